"""
The API server: a Node process that ends when our end of its stdin closes.
"""

from __future__ import annotations

import json
import select
import signal
import subprocess
from typing import TYPE_CHECKING, Any

from supaopt.local._processes import Child

if TYPE_CHECKING:
    from pathlib import Path

_START_SECONDS = 30


def start_api(node: Path, launcher: Path, log: Path, settings: dict[str, Any]) -> tuple[Child, int]:
    """
    Start the server and wait until it listens.

    Args:
        node: The Node executable.
        launcher: Folder with ``server.mjs`` and, above it, what that imports.
        log: File for what it prints.
        settings: What the server reads on its first line of stdin; secrets stay out of the
            environment and the process list.

    Returns:
        The process and the port that it listens on.

    Raises:
        StackError: It did not come up.
    """
    child = Child(
        "api",
        [str(node), str(launcher / "server.mjs")],
        log=log,
        stop_signal=signal.SIGTERM,
        cwd=launcher,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.process.stdin and child.process.stdout  # noqa: PT018 - both are pipes
    child.process.stdin.write(json.dumps(settings) + "\n")
    child.process.stdin.flush()
    return child, _await_port(child)


def _await_port(child: Child) -> int:
    assert child.process.stdout
    readable, _, _ = select.select([child.process.stdout], [], [], _START_SECONDS)
    line = child.process.stdout.readline() if readable else ""
    if line:
        event = json.loads(line)
        if event["event"] == "ready":
            return int(event["port"])
        child.process.wait()
        raise child.failure(f"the API server could not start: {event['message']}")
    child.stop()
    raise child.failure("the API server did not start")
