"""
Tests of ``supaopt dev`` as a person uses it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 120
SUPAOPT = str(Path(sys.executable).with_name("supaopt"))


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a project"
    folder.mkdir()
    yield folder
    if left := LocalSupabase.find(folder / ".supaopt"):
        left.shut_down()


@pytest.fixture(name="dev")
def _dev(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SUPAOPT, "dev", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    return dev


def test_a_detached_stack_is_told_found_and_ended(dev: Any, folder: Path) -> None:
    """
    ``up --detach`` returns, ``status`` and a second ``up`` find it, ``down`` ends it.
    """
    first = json.loads(dev("up", "--detach", "--json").stdout)
    second, status = dev("up", "--json"), dev("status", "--json")
    down, again = json.loads(dev("down", "--json").stdout), dev("status", "--json")

    assert str(folder / ".supaopt") == first["state_dir"]
    assert first == json.loads(second.stdout) == json.loads(status.stdout)
    assert "running already" in second.stderr
    assert {"stopped": True, "state_dir": first["state_dir"]} == down
    assert (1, False) == (again.returncode, json.loads(again.stdout)["running"])


def test_what_up_prints_is_an_environment(dev: Any) -> None:
    """
    Without --json the lines fit into a .env file.
    """
    printed = dev("up", "--detach").stdout.splitlines()

    names = [line.partition("=")[0] for line in printed]
    assert [
        "SUPABASE_URL",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_JWT_SECRET",
        "DATABASE_URL",
    ] == names


def test_in_the_foreground_ctrl_c_ends_it(folder: Path) -> None:
    """
    Plain ``up`` stays, and Ctrl-C stops the stack and is no failure.
    """
    command = [SUPAOPT, "dev", "up"]
    with subprocess.Popen(command, cwd=folder, stdout=PIPE, stderr=PIPE, text=True) as program:
        assert program.stdout
        assert program.stderr
        shown, told = program.stdout.readline(), program.stderr.readline()
        running = LocalSupabase.find(folder / ".supaopt")
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=PATIENCE_SECONDS)

    assert shown.startswith("SUPABASE_URL=http://127.0.0.1:")
    assert told.startswith("Ctrl-C stops it")
    assert running is not None
    assert (0, None) == (program.returncode, LocalSupabase.find(folder / ".supaopt"))
    assert "stopping" in said


def test_a_failure_is_a_sentence_and_an_exit_code(dev: Any, folder: Path) -> None:
    """
    What cannot start is told without a traceback, and exits with 1.
    """
    (folder / ".supaopt").write_text("in the way")

    failed = dev("up")

    assert 1 == failed.returncode
    assert "cannot be used" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_nothing_to_stop_is_no_failure(dev: Any) -> None:
    """
    ``down`` without a stack says so and exits with 0.
    """
    down = dev("down")

    assert (0, "no stack runs in .supaopt\n") == (down.returncode, down.stdout)
