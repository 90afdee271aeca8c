"""
Ports on loopback.
"""

from __future__ import annotations

import socket

from supaopt.errors import StackError


def choose_port(wanted: int | None, preferred: int | None, *, part: str) -> int:
    """
    Return a port that is free now.

    Args:
        wanted: The port that must be used, if the user named one.
        preferred: The port to use if it is free.
        part: Who will listen there, for the message.

    Raises:
        StackError: *wanted* is taken.
    """
    if wanted:
        if not _is_free(wanted):
            raise StackError(
                f"port {wanted} is taken by another program: "
                "stop it, or name another port, or none to get a free one",
                part=part,
            )
        return wanted
    if preferred and _is_free(preferred):
        return preferred
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
