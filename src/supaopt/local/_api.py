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

_START_SECONDS = 60


def start_api(node: Path, launcher: Path, log: Path, settings: dict[str, Any]) -> Child:
    """
    Start the server and wait until it listens.

    Args:
        node: The Node executable.
        launcher: Folder with ``server.mjs`` and, above it, what that imports.
        log: File for what it prints.
        settings: What the server reads on its first line of stdin; secrets stay out of the
            environment and the process list.

    Returns:
        The process.

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
    try:
        _await_ready(child)
    except BaseException:
        child.stop()
        raise
    return child


def _await_ready(child: Child) -> None:
    assert child.process.stdout
    readable, _, _ = select.select([child.process.stdout], [], [], _START_SECONDS)
    if line := child.process.stdout.readline() if readable else "":
        event = json.loads(line)
        if event["event"] == "ready":
            return
        child.process.wait()
        raise child.failure(f"the API server could not start: {event['message']}")
    raise child.failure(f"the API server was not ready within {_START_SECONDS} s")
