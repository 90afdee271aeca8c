"""
What the asynchronous cache runs on: event loops.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from supaopt.cache._gate import Board
from supaopt.errors import ConfigError, RequestTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from supaopt.cache._follow import Follower

T = TypeVar("T")

_AT_ONCE: Final = 16  # a client keeps about as many connections


def from_coroutine(
    key: str, function: Callable[[], Awaitable[Any]]
) -> Callable[[], Awaitable[Any]]:
    """
    Return *function* as what the flow awaits.

    Raises:
        ConfigError: When awaited, if the function turns out to block.
    """

    async def query() -> Any:
        value = function()
        if not inspect.isawaitable(value):
            raise ConfigError(
                f"the function that computes {key!r} is not asynchronous and would hold up the "
                "event loop; pass an `async def`"
            )
        return await value

    return query


class LoopBackground:
    """
    Runs what no caller waits for as tasks.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def sleep(self, seconds: float, /) -> None:
        """
        Let others run.
        """
        await asyncio.sleep(seconds)

    def spawn(self, make: Callable[[], Coroutine[Any, Any, None]], /) -> bool:
        """
        Run as a task of the running loop.
        """
        task = asyncio.get_running_loop().create_task(make(), name="supaopt-cache-refresh")
        self._tasks.add(task)  # the loop itself would let it be collected
        task.add_done_callback(self._tasks.discard)
        return True

    async def each(self, makes: Sequence[Callable[[], Coroutine[Any, Any, T]]], /) -> list[T]:
        """
        Run as tasks of the running loop.
        """
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
            async with room:
                return await make()

        # All of them end before any error is raised: what they work on is the caller's.
        found = await asyncio.gather(*map(one, makes), return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return [each for each in found if not isinstance(each, BaseException)]

    async def within(self, seconds: float, make: Callable[[], Awaitable[T]], /) -> T:
        """
        Wait, and cancel after *seconds*.

        Raises:
            RequestTimeoutError: It took longer.
        """
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await make()
        except TimeoutError as error:
            if not limit.expired():
                raise  # the query's own
            raise RequestTimeoutError(
                f"the answer was not computed within {seconds:g} s"
            ) from error


class LoopSignal:
    """
    A `Signal` between the tasks of one event loop.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """
        Let it happen.
        """
        self._event.set()

    async def wait(self, seconds: float, /) -> bool:
        """
        Wait until it has happened; False after *seconds* in vain.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._event.wait()
        except TimeoutError:
            return False


class LoopBoards:
    """
    One board for each event loop: what belongs to one loop must not be awaited on another.
    """

    def __init__(self) -> None:
        self._boards: WeakKeyDictionary[asyncio.AbstractEventLoop, Board] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def current(self) -> Board:
        """
        Return the flights of the running event loop.
        """
        loop = asyncio.get_running_loop()
        with self._lock:
            board = self._boards.get(loop)
            if board is None:
                board = self._boards[loop] = Board(LoopSignal, threading.Lock())
            return board


class LoopFollower:
    """
    Runs a `Follower` as a task of the event loop that needs it.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def ensure(self) -> None:
        """
        Start the task unless it runs, on whichever loop.
        """
        if self._stopped or (self._task is not None and _runs(self._task)):
            return
        self._task = asyncio.create_task(self._loop(), name="supaopt-cache-follower")

    def stop(self) -> None:
        """
        Cancel the task, and start no more.
        """
        self._stopped = True
        if self._task is not None and _runs(self._task):
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def _loop(self) -> None:
        while await self._follower.step():  # noqa: ASYNC110 - nobody here would set an event
            await asyncio.sleep(self._follower.poll)


def _runs(task: asyncio.Task[None]) -> bool:
    # The task of a loop that was closed before its end is never done.
    return not task.done() and not task.get_loop().is_closed()
