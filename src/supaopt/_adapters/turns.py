"""
How the tasks of an event loop share a client: few at a time, and nobody waits for what hangs.

A pool of connections either refuses who is one too many or limits how long he waits; either way
a busy event loop looks like an outage of the server. And who waits behind commands that hang would
hang once more by himself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from supaopt.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

AT_ONCE: Final = 16
"""Commands under way on one event loop: more are no faster, and take long to connect together."""


class Turns:
    """
    Clients, one for each event loop, as a connection of one cannot be used on another.

    Args:
        make: Makes a client, or returns the only one.
        own: Whether clients are closed with this.
    """

    def __init__(self, make: Callable[[], Any], *, own: bool) -> None:
        self._make = make
        self._own = own
        self._lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Lane] = WeakKeyDictionary()

    async def run(self, command: Callable[[Any], Awaitable[T]]) -> T:
        """
        Return what *command* does with the client, once it is its turn.

        Raises:
            RequestError: Another command has failed meanwhile.
            Exception: Whatever *command* raised.
        """
        loop = asyncio.get_running_loop()
        lane = self._lanes.get(loop)
        if lane is None:
            lane = self._lanes[loop] = _Lane(self._make())
        return await lane.run(command)

    async def close(self) -> None:
        """
        Close the client of the running event loop, if it is ours.
        """
        lane = self._lanes.pop(asyncio.get_running_loop(), None)
        if lane is not None and self._own:
            await lane.client.aclose()


class _Lane:
    def __init__(self, client: Any) -> None:
        self.client = client
        self._room = asyncio.Semaphore(AT_ONCE)
        self._failures = 0

    async def run(self, command: Callable[[Any], Awaitable[T]]) -> T:
        before = self._failures
        async with self._room:
            if self._failures != before:
                raise RequestError("another command failed while this one waited for its turn")
            try:
                return await command(self.client)
            except Exception:
                self._failures += 1
                raise
