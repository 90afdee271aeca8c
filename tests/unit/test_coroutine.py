"""
Driving the flow without an event loop.
"""

from __future__ import annotations

import asyncio

import pytest

from supaopt._coroutine import run


def test_runs_what_never_suspends() -> None:
    """
    A coroutine over synchronous ports runs to its end.
    """

    async def port() -> int:
        return 1

    async def flow() -> int:
        return await port() + 1

    assert run(flow()) == 2


def test_a_port_of_the_wrong_colour_is_found_out() -> None:
    """
    A port that suspends raises rather than returning nothing.
    """
    with pytest.raises(RuntimeError, match="suspended"):
        run(asyncio.sleep(0))


def test_errors_pass_through() -> None:
    """
    What the coroutine raises is raised.
    """

    async def flow() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        run(flow())
