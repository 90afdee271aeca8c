"""
Ports on loopback.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from supaopt.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.local._processes import Child

_IN_USE = "address already in use"


def choose_port(wanted: int | None, preferred: int | None, *, part: str) -> int:
    """
    Return the port that was asked for, else one that is free now.

    Args:
        wanted: The port that must be used, if the user named one.
        preferred: The port to use if it is free.
        part: Who will listen there, for the message.

    Raises:
        StackError: *wanted* is taken.
    """
    if wanted and not _is_free(wanted):
        raise StackError(
            f"port {wanted} is taken by another program: "
            "stop that, name another port, or name none to get a free one",
            part=part,
        )
    if wanted:
        return wanted
    return preferred if preferred and _is_free(preferred) else _any_free()


def start_on_port(
    start: Callable[[int], Child], wanted: int | None, preferred: int | None, *, part: str
) -> tuple[Child, int]:
    """
    Start a server on the port that was asked for, else on a free one.

    Args:
        start: Starts the server on the port that it is given.
        wanted: The port that must be used, if the user named one.
        preferred: The port to use if it is free.
        part: Which server it is, for the message.

    Returns:
        The server and its port.

    Raises:
        StackError: *wanted* is taken, or the server did not start.
    """
    port = choose_port(wanted, preferred, part=part)
    try:
        return start(port), port
    except StackError as error:
        # Between our look and its start another program may have taken the port.
        if wanted or _IN_USE not in error.log.lower():
            raise
    port = _any_free()
    return start(port), port


def answers(*addresses: str) -> bool:
    """
    Say whether somebody listens at each of *addresses*, URLs of an API or of a Postgres.
    """
    return all(_answers(urlsplit(address)) for address in addresses)


def _answers(address: SplitResult) -> bool:
    place = address.hostname or "127.0.0.1", address.port or 5432
    try:
        socket.create_connection(place, timeout=1).close()
    except OSError:
        return False
    return True


def _any_free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
