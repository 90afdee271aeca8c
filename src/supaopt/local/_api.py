"""
The API server: a Node process that ends when our end of its stdin closes.
"""

from __future__ import annotations

import json
import select
import signal
import subprocess
import urllib.request
from typing import TYPE_CHECKING, Any

from supaopt.local._processes import Child

if TYPE_CHECKING:
    from pathlib import Path

_START_SECONDS = 60
_RELOAD_SECONDS = 30


def reload_schema(url: str, secret_key: str) -> None:
    """
    Have the server at *url* look at the schema again, and return when it has.
    """
    request = urllib.request.Request(  # noqa: S310 - loopback, http
        f"{url}/_supaopt/reload", method="POST", headers={"apikey": secret_key}
    )
    urllib.request.urlopen(request, timeout=_RELOAD_SECONDS).close()  # noqa: S310


class Api:
    """
    Starts the process, which loads its program while its database is still being made.

    Args:
        node: The Node executable.
        launcher: Folder with ``server.mjs`` and, above it, what that imports.
        log: File for what it prints.

    Attributes:
        child: The process.
    """

    def __init__(self, node: Path, launcher: Path, log: Path) -> None:
        self.child = Child(
            "api",
            [str(node), str(launcher / "server.mjs")],
            log=log,
            stop_signal=signal.SIGTERM,
            cwd=launcher,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def serve(self, settings: dict[str, Any]) -> int:
        """
        Have it serve, and wait until it listens.

        Args:
            settings: What the server reads on its first line of stdin; so no secret shows in the
                environment or in the list of processes.

        Returns:
            Its port.

        Raises:
            StackError: It did not come up.
        """
        self._send(json.dumps(settings))
        line = self._receive()
        event = json.loads(line) if line else {}
        if event.get("event") == "ready":
            return int(event["port"])
        self.child.stop()
        reason = event.get("message") or f"it was not ready within {_START_SECONDS} s"
        raise self.child.failure(f"the API server did not start: {reason}")

    def _send(self, line: str) -> None:
        stdin = self.child.process.stdin
        assert stdin
        try:
            stdin.write(line + "\n")
            stdin.flush()
        except BrokenPipeError:
            self.child.process.wait()
        self.child.require_alive("starting")

    def _receive(self) -> str:
        stdout = self.child.process.stdout
        assert stdout
        readable, _, _ = select.select([stdout], [], [], _START_SECONDS)
        line = stdout.readline() if readable else ""
        if readable and not line:
            self.child.process.wait()
            self.child.require_alive("starting")
        return line
