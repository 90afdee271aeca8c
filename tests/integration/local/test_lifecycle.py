"""
Tests that a stack starts, is shared, is found again, and leaves nothing behind however it ends.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest

from supaopt.errors import StackError
from supaopt.local import LocalSupabase
from supaopt.local._packages import postgres_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Which processes are left is read from /proc.
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

PATIENCE_SECONDS = 60

PROGRAM = """
import json, sys
from supaopt.local import LocalSupabase
from supaopt.local._packages import postgres_tool
stack = LocalSupabase(sys.argv[1] if len(sys.argv) > 1 else None)
with stack:
    print(json.dumps([stack.url, stack.db_url, str(stack.state_dir)]), flush=True)
    stack.wait()
"""


@dataclass
class Footprint:
    """
    What a stack occupies: its processes, by part, and its ports.
    """

    processes: dict[str, int]
    ports: list[int]

    @classmethod
    def of(cls, url: str, db_url: str) -> Footprint:
        """
        Look at a stack that runs.
        """
        ports = [int(urlsplit(address).port or 0) for address in (url, db_url)]
        with psycopg.connect(db_url) as connection:
            row = connection.execute("select pg_backend_pid()").fetchone()
            assert row
            postgres = _parent(row[0])
        guard = _parent(postgres)
        (api,) = (pid for pid in _children(guard) if pid != postgres)
        return cls({"postgres": postgres, "guard": guard, "api": api}, ports)

    def what_is_left(self) -> list[object]:
        """
        Return the parts that are alive and the ports that answer.
        """
        alive: list[object] = [name for name, pid in self.processes.items() if _is_alive(pid)]
        return alive + [port for port in self.ports if _is_taken(port)]

    def await_gone(self) -> list[object]:
        """
        Wait until nothing is left, and return what stays all the same.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (left := self.what_is_left()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _is_alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(name="start_program")
def _start_program() -> Iterator[Callable[..., tuple[subprocess.Popen[str], Footprint, Path]]]:
    programs: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], Footprint, Path]:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        programs.append(program)
        assert program.stdout
        url, db_url, state_dir = json.loads(program.stdout.readline())
        return program, Footprint.of(url, db_url), Path(state_dir)

    yield start
    for program in programs:
        program.kill()
        program.communicate()


def test_a_stopped_stack_leaves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Leaving the context ends every process, frees the ports, removes the folder, and is silent.
    """
    with LocalSupabase() as stack:
        footprint, state_dir = Footprint.of(stack.url, stack.db_url), stack.state_dir
        assert state_dir.is_dir()

    assert [] == footprint.what_is_left()
    assert not state_dir.exists()
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize("part", ["postgres", "api", "guard"])
def test_a_killed_part_takes_the_rest_along_and_is_named(part: str) -> None:
    """
    When one process is killed, the others end, and the error says which died and how.
    """
    stack = LocalSupabase().start()
    footprint = Footprint.of(stack.url, stack.db_url)

    os.kill(footprint.processes[part], signal.SIGKILL)

    assert [] == footprint.await_gone()
    with pytest.raises(StackError, match=rf"{part}.* was killed by SIGKILL") as death:
        stack.check()
    assert part == death.value.part
    stack.stop()


@pytest.mark.parametrize("part", ["postgres", "api"])
def test_leaving_after_a_death_still_waits_for_the_rest(part: str) -> None:
    """
    Once the error is raised nothing is left, even if Postgres was busy when it was told to stop.
    """
    left: list[object] = []

    def work(stack: LocalSupabase) -> None:
        with stack, psycopg.connect(stack.db_url) as connection:
            footprint = Footprint.of(stack.url, stack.db_url)
            connection.execute("create table busy as select generate_series(1, 300000) as id")
            os.kill(footprint.processes[part], signal.SIGKILL)
            left.append(footprint)
            stack.wait()

    with pytest.raises((StackError, psycopg.OperationalError)):
        work(LocalSupabase())

    assert [] == left[0].what_is_left()


def test_the_death_of_a_part_explains_the_error_that_follows_from_it() -> None:
    """
    An error in the block, after a part died, is raised as that death.
    """

    def work() -> None:
        with LocalSupabase() as stack:
            footprint = Footprint.of(stack.url, stack.db_url)
            os.kill(footprint.processes["postgres"], signal.SIGKILL)
            while True:
                psycopg.connect(stack.db_url).close()

    with pytest.raises(StackError, match="postgres was killed by SIGKILL") as death:
        work()

    assert isinstance(death.value.__cause__, psycopg.OperationalError)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_program_takes_its_stack_along(start_program: Any, number: signal.Signals) -> None:
    """
    When the program itself is killed, its stack ends, removes its folder, and says why.
    """
    program, footprint, state_dir = start_program()

    program.send_signal(number)

    _, said = program.communicate(timeout=PATIENCE_SECONDS)
    assert "whose program has died" in said
    assert [] == footprint.await_gone()
    assert not state_dir.exists()


def test_ctrl_c_stops_the_stack_in_order(start_program: Any) -> None:
    """
    Ctrl-C reaches the program alone, which then stops its stack.
    """
    program, footprint, _ = start_program()

    program.send_signal(signal.SIGINT)

    _, said = program.communicate(timeout=PATIENCE_SECONDS)
    assert "KeyboardInterrupt" in said
    assert [] == footprint.what_is_left()


def test_programs_that_name_the_same_folder_share_a_stack(
    start_program: Any, tmp_path: Path
) -> None:
    """
    The second program finds the first one's stack, and keeps it when the first is killed.
    """
    program, footprint, _ = start_program(str(tmp_path / "a stack"))

    with LocalSupabase(tmp_path / "a stack") as second:
        shared = second.attached, Footprint.of(second.url, second.db_url)
        program.kill()
        program.wait()
        second.reload_schema()

    assert (True, footprint) == shared
    assert [] == footprint.await_gone()


def test_data_outlive_a_stack_that_was_killed(tmp_path: Path, start_program: Any) -> None:
    """
    A named folder keeps data, keys and ports, and a stack that died there is known to be gone.
    """
    _, footprint, state_dir = start_program(str(tmp_path / "kept"))
    before = json.loads((state_dir / "running.json").read_text())
    with psycopg.connect(before["db_url"]) as connection:
        connection.execute("create table public.kept as select 1 as id")
    os.kill(footprint.processes["guard"], signal.SIGKILL)
    footprint.await_gone()

    assert LocalSupabase.find(state_dir) is None
    with LocalSupabase(state_dir) as stack:
        with psycopg.connect(stack.db_url) as connection:
            rows = connection.execute("select id from public.kept").fetchall()
        assert (before["url"], before["secret_key"]) == (stack.url, stack.secret_key)

    assert [(1,)] == rows


def test_a_detached_stack_lives_until_it_is_shut_down(tmp_path: Path) -> None:
    """
    A detached stack outlives its starter, is found by its folder, and is ended by anyone.
    """
    starter = LocalSupabase(tmp_path, detached=True).start()
    starter.stop()

    found = LocalSupabase.find(tmp_path)

    assert found is not None
    footprint = Footprint.of(found.url, found.db_url)
    found.shut_down()
    assert [] == footprint.await_gone()
    assert LocalSupabase.find(tmp_path) is None


def test_an_error_of_the_program_stays_its_own() -> None:
    """
    What the block raises for its own reasons is not replaced, on a stopped stack either.
    """

    def work(*, stopped: bool) -> None:
        with LocalSupabase() as stack:
            if stopped:
                stack.stop()
            raise KeyError

    for stopped in (False, True):
        with pytest.raises(KeyError):
            work(stopped=stopped)


def test_stopping_twice_and_asking_a_stopped_stack() -> None:
    """
    A second stop does nothing, and a stopped stack says what to do.
    """
    stack = LocalSupabase().start()
    stack.stop()
    stack.stop()

    with pytest.raises(StackError, match=r"call start\(\) first"):
        _ = stack.url


def test_the_api_serves_a_database_that_somebody_else_runs(tmp_path: Path) -> None:
    """
    With a database URL no Postgres is started, and the two login roles go when the stack goes.
    """
    with LocalSupabase(tmp_path, keep=False) as owner:
        project = json.loads((tmp_path / "project.json").read_text())
        parts = urlsplit(owner.db_url)
        admin = (
            f"postgresql://supabase_admin:{project['superuser_password']}@127.0.0.1:{parts.port}"
        )
        with psycopg.connect(f"{admin}/postgres", autocommit=True) as connection:
            connection.execute("create database foreign_one")

        with LocalSupabase(database_url=f"{admin}/foreign_one") as stack:
            with psycopg.connect(stack.db_url) as connection:
                connection.execute("create table public.hello as select 1 as id")
            stack.reload_schema()
            rows = _get_json(f"{stack.url}/rest/v1/hello", stack.publishable_key)

        with psycopg.connect(f"{admin}/postgres") as connection:
            left = connection.execute("select 1 from pg_roles where rolname like 'supaopt%'")
            assert [] == left.fetchall()
    assert [{"id": 1}] == rows


def _nobody_can_run_postgres() -> bool:
    try:
        version = [postgres_tool("postgres"), "--version"]
        subprocess.run(version, user="nobody", check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop its rights")
def test_root_can_run_postgres_as_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where root has no user namespace, Postgres runs as an account without privileges.
    """
    if not _nobody_can_run_postgres():
        pytest.skip("the packages are where nobody may read them")
    monkeypatch.setenv("SUPAOPT_POSTGRES_ACCOUNT", "nobody")

    stack = LocalSupabase().start()
    try:
        footprint = Footprint.of(stack.url, stack.db_url)
        owner = Path(f"/proc/{footprint.processes['postgres']}").stat().st_uid
        os.kill(footprint.processes["guard"], signal.SIGKILL)
        left = footprint.await_gone()
    finally:
        stack.stop()

    assert (pwd.getpwnam("nobody").pw_uid, []) == (owner, left)


def _get_json(url: str, key: str) -> Any:
    import urllib.request

    with urllib.request.urlopen(urllib.request.Request(url, headers={"apikey": key})) as answer:
        return json.load(answer)
