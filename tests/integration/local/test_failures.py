"""
Tests that whatever keeps a stack from starting is told in words, with the part and its last lines.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from supaopt.errors import StackError
from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL_DISK = """
import resource, sys
from supaopt.errors import StackError
from supaopt.local import LocalSupabase

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    LocalSupabase(sys.argv[1]).start()
except StackError as error:
    print(error.part, error)
"""


@pytest.fixture(name="taken_port")
def _taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _failure_of(stack: LocalSupabase) -> StackError:
    with pytest.raises(StackError) as failure:
        stack.start()
    return failure.value


@pytest.mark.parametrize(("option", "part"), [("api_port", "api"), ("db_port", "postgres")])
def test_a_taken_port_is_named(taken_port: int, option: str, part: str) -> None:
    """
    A port that was asked for and is taken is named, with what to do.
    """
    error = _failure_of(LocalSupabase(**{option: taken_port}))  # type: ignore[arg-type]

    assert part == error.part
    assert f"port {taken_port} is taken" in str(error)
    assert "name another port" in str(error)


def test_a_postgres_that_does_not_start_says_why(tmp_path: Path) -> None:
    """
    Data that Postgres refuses give its own last words.
    """
    with LocalSupabase(tmp_path):
        pass
    (tmp_path / "pgdata" / "PG_VERSION").write_text("9.6\n")

    error = _failure_of(LocalSupabase(tmp_path))

    assert "postgres" == error.part
    assert "postgres ended while starting" in str(error)
    assert "initialized by PostgreSQL version 9.6" in error.log


def test_a_full_disk_is_told_by_initdb(tmp_path: Path) -> None:
    """
    When the data cannot be written, initdb's words are told, and nothing half-made stays.
    """
    finished = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert finished.stdout.startswith("postgres Postgres could not create its data in")
    assert "initdb: removing contents" in finished.stdout
    assert not (tmp_path / "pgdata").exists()


def test_an_api_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When the API server cannot start, its last lines come with the error, and Postgres is stopped.
    """
    launcher = tmp_path / "launcher"
    launcher.mkdir()
    (launcher / "server.mjs").write_text("throw new Error('out of cheese')")
    monkeypatch.setattr("supaopt.local._stack.install_launcher", lambda _: launcher)

    error = _failure_of(LocalSupabase(tmp_path / "state"))

    assert "api" == error.part
    assert "out of cheese" in error.log
    assert LocalSupabase.find(tmp_path / "state") is None


def test_an_api_that_dies_before_its_database_is_ready_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A server that ended while Postgres was still starting is told of, too.
    """
    launcher = tmp_path / "launcher"
    launcher.mkdir()
    (launcher / "server.mjs").write_text("process.exit(3)")
    monkeypatch.setattr("supaopt.local._stack.install_launcher", lambda _: launcher)

    error = _failure_of(LocalSupabase(tmp_path / "state"))

    assert ("api", "api ended while starting") == (error.part, error.args[0])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://ada:secret@127.0.0.1:1/postgres", "refused"),
        ("postgresql://ada:secret@127.0.0.1:{port}/postgres", "authentication failed"),
    ],
    ids=["nobody listens", "wrong password"],
)
def test_a_foreign_database_that_refuses_is_named_without_its_password(
    url: str, reason: str
) -> None:
    """
    A database URL that does not work gives host, port and reason, and never the password.
    """
    with LocalSupabase() as owner:
        port = owner.db_url.rpartition(":")[2].partition("/")[0]
        error = _failure_of(LocalSupabase(database_url=url.format(port=port)))

    assert "postgres" == error.part
    assert reason in str(error)
    assert "secret" not in str(error)


def test_a_damaged_state_folder_is_refused(tmp_path: Path) -> None:
    """
    A project file that cannot be read is named, with what to do.
    """
    (tmp_path / "project.json").write_text("{")

    error = _failure_of(LocalSupabase(tmp_path))

    assert "state" == error.part
    assert "project.json is damaged" in str(error)


def test_a_state_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """
    A state folder below a file is named as unusable.
    """
    (tmp_path / "file").touch()

    error = _failure_of(LocalSupabase(tmp_path / "file" / "state"))

    assert "state" == error.part
    assert "name a folder that you may write" in str(error)
