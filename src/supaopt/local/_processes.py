"""
A child process with a log file, and what to tell about it.
"""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING, Any

from supaopt.errors import StackError

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_LINES = 12


class Child:
    """
    One program of the stack.

    Args:
        part: What it is, as in `StackError.part`.
        command: Program and arguments.
        log: File that receives what it prints to stderr, and to stdout unless that is a pipe.
        stop_signal: What asks it to stop.
        **options: Further arguments of `subprocess.Popen`.

    Attributes:
        part: What it is.
        process: The running process.
    """

    def __init__(
        self,
        part: str,
        command: list[str],
        *,
        log: Path,
        stop_signal: signal.Signals,
        **options: Any,
    ) -> None:
        self.part = part
        self._log = log
        self._stop_signal = stop_signal
        with log.open("ab") as file:
            self._log_start = file.tell()
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
            self.process = subprocess.Popen(command, text=True, **(streams | options))  # noqa: S603

    def log_tail(self) -> str:
        """
        Return the last lines that this run printed.
        """
        with self._log.open("rb") as file:
            file.seek(self._log_start)
            lines = file.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    def require_alive(self, doing: str) -> None:
        """
        Raise if it has ended while it should be *doing* something.

        Raises:
            StackError: It has ended.
        """
        if self.process.poll() is not None:
            raise self.failure(f"{self.part} ended while {doing}")

    def failure(self, message: str) -> StackError:
        """
        Return an error that carries the log's last lines.
        """
        return StackError(message, part=self.part, log=self.log_tail())

    def obituary(self) -> str:
        """
        Say how it ended.
        """
        code = self.process.returncode
        if code < 0:
            return f"{self.part} was killed by {signal.Signals(-code).name}"
        return f"{self.part} ended with exit code {code}"

    def stop(self, patience: float = 10) -> None:
        """
        Ask it to stop, and kill it if it has not within *patience* seconds.
        """
        if self.process.poll() is not None:
            return
        self.process.send_signal(self._stop_signal)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
