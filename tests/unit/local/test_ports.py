"""
Tests of `supaopt.local._ports`.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.errors import StackError
from supaopt.local._ports import start_on_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="taken")
def _taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(name="free")
def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _started(port: int) -> Any:
    return f"server on {port}"


def test_a_wanted_port_is_used(free: int) -> None:
    """
    A free port that was asked for is the one.
    """
    assert (f"server on {free}", free) == start_on_port(_started, free, None, part="api")


def test_a_wanted_port_that_is_taken_is_refused(taken: int) -> None:
    """
    A taken port that was asked for is never replaced by another.
    """
    with pytest.raises(StackError, match=f"port {taken} is taken"):
        start_on_port(_started, taken, None, part="api")


def test_a_preferred_port_gives_way(taken: int) -> None:
    """
    A taken port that was only preferred is replaced.
    """
    _, port = start_on_port(_started, None, taken, part="api")

    assert taken != port


def test_a_port_lost_between_look_and_start_is_replaced() -> None:
    """
    When another program takes the chosen port first, a second one is tried.
    """
    tried: list[int] = []

    def start(port: int) -> Any:
        tried.append(port)
        if len(tried) == 1:
            raise StackError("api ended", part="api", log="Error: Address already in use")
        return _started(port)

    _, port = start_on_port(start, None, None, part="api")

    assert [port] == tried[1:]


def test_any_other_failure_is_not_tried_again(free: int) -> None:
    """
    A server that fails for another reason is started once.
    """
    tried: list[int] = []

    def start(port: int) -> Any:
        tried.append(port)
        raise StackError("api ended", part="api", log="out of memory")

    with pytest.raises(StackError, match="api ended"):
        start_on_port(start, None, free, part="api")

    assert [free] == tried
