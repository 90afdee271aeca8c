"""
The guard as its starter sees it: a process that reports what happens.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supaopt.errors import StackError
from supaopt.local._privileges import unprivileged_prefix
from supaopt.local._state import Running

if TYPE_CHECKING:
    from supaopt.local._options import Options

_LOG = "guard.log"


class GuardProcess:
    """
    Starts a guard in a session of its own, so that Ctrl-C reaches the starter alone.

    Args:
        options: What the guard shall start.
    """

    def __init__(self, options: Options) -> None:
        # -P: the current folder may hold modules that shadow ours.
        command = [*unprivileged_prefix(), sys.executable, "-P", "-m", "supaopt.local._guard"]
        log = (Path(options.state_dir) / _LOG).open("ab") if options.detached else None
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": _python_path()},
        )
        if log:
            log.close()
        assert self._process.stdin and self._process.stdout  # noqa: PT018 - both are pipes
        self._events = self._process.stdout
        with self._process.stdin as stdin:
            stdin.write(json.dumps(asdict(options)) + "\n")

    def await_ready(self) -> Running | None:
        """
        Wait until everything runs.

        Returns:
            Where it is; None when the folder turned out to have a guard already.

        Raises:
            StackError: A part did not start.
        """
        event = self._read()
        if event["event"] == "ready":
            return Running(**event["running"])
        self.close(ended=True)
        if event["event"] == "busy":
            return None
        raise _as_error(event)

    def await_death(self) -> StackError:
        """
        Wait until the stack dies, and say how.
        """
        return _as_error(self._read())

    def death(self, *, patience: float = 0) -> StackError | None:
        """
        Say how the stack died, or return None if it has not within *patience* seconds.
        """
        if not select.select([self._events], [], [], patience)[0]:
            return None
        return self.await_death()

    def close(self, *, ended: bool) -> None:
        """
        Stop watching.

        Args:
            ended: Whether the guard has ended; else others use its stack, and it goes on.
        """
        self._events.close()
        if ended:
            self._process.wait()
        else:
            # Its finaliser would warn of a child that still runs, as it should.
            self._process.returncode = 0

    def _read(self) -> dict[str, Any]:
        line = self._events.readline()
        if line:
            event: dict[str, Any] = json.loads(line)
            return event
        code = self._process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        return {
            "event": "failed",
            "part": "guard",
            "log": "",
            "message": f"the guard process {how}",
        }


def _python_path() -> str:
    # The guard must find this very package, even if only this process has it on its path.
    ours = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH")]))


def _as_error(event: dict[str, Any]) -> StackError:
    return StackError(event["message"], part=event["part"], log=event["log"])
