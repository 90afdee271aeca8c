"""
What the synchronous cache runs on: threads, and ports that never suspend.
"""

from __future__ import annotations

import contextvars
import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from supaopt._coroutine import run
from supaopt.cache._gate import Board
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from supaopt.cache._follow import Follower

T = TypeVar("T")

_THREADS: Final = 8


def from_function(key: str, function: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """
    Return *function* as what the flow awaits; it never suspends.

    Raises:
        ConfigError: When awaited, if the function turns out to be asynchronous.
    """

    async def query() -> Any:
        value = function()
        if inspect.isawaitable(value):
            if inspect.iscoroutine(value):
                value.close()  # one that is never awaited would warn from somewhere else
            raise ConfigError(
                f"the function that computes {key!r} is asynchronous; use "
                "AsyncDatabaseCacheManager, or pass a function that returns its value"
            )
        return value

    return query


class ThreadBackground:
    """
    Runs what no caller waits for in daemon threads, a few at a time.
    """

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(_THREADS)

    async def sleep(self, seconds: float, /) -> None:
        """
        Block.
        """
        time.sleep(seconds)  # noqa: ASYNC251 - the synchronous port

    def spawn(self, make: Callable[[], Coroutine[Any, Any, None]], /) -> bool:
        """
        Run in a thread, under a copy of the caller's context; False when all are taken.
        """
        if not self._room.acquire(blocking=False):
            return False
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=self._run, args=(context, make), name="supaopt-cache-refresh", daemon=True
        )
        thread.start()
        return True

    def _run(
        self, context: contextvars.Context, make: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        try:
            context.run(lambda: run(make()))
        finally:
            self._room.release()

    async def each(self, makes: Sequence[Callable[[], Coroutine[Any, Any, T]]], /) -> list[T]:
        """
        Run in threads, under copies of the caller's context.
        """
        if len(makes) < 2:
            return [await make() for make in makes]
        # Not kept: threads do not survive a fork, and starting some costs less than a round trip.
        with ThreadPoolExecutor(min(len(makes), _THREADS), "supaopt-cache-many") as pool:
            runs = [
                pool.submit(contextvars.copy_context().run, lambda make=make: run(make()))
                for make in makes
            ]
            return [each.result() for each in runs]

    async def within(self, seconds: float, _make: Callable[[], Awaitable[T]], /) -> T:
        """
        Refuse: nothing can stop a function.
        """
        raise ConfigError(
            f"hard_timeout={seconds:g} asks to stop a function, which threads cannot; set the "
            "client's own timeout, or soft_timeout with grace"
        )


class ThreadSignal:
    """
    A `Signal` between threads; its ``wait`` blocks and never suspends.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """
        Let it happen.
        """
        self._event.set()

    async def wait(self, seconds: float, /) -> bool:
        """
        Block until it has happened; False after *seconds* in vain.
        """
        return self._event.wait(seconds)


def thread_board() -> Board:
    """
    Return the flights of this process's threads.
    """
    return Board(ThreadSignal, threading.Lock())


class ThreadFollower:
    """
    Runs a `Follower` in a daemon thread, from the first need on.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def ensure(self) -> None:
        """
        Start the thread unless it runs; after a fork it does not.
        """
        if self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if (self._thread is None or not self._thread.is_alive()) and not self._stop.is_set():
                self._thread = threading.Thread(
                    target=self._loop, name="supaopt-cache-follower", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """
        Let the thread end, now or after its present poll, and start no more.
        """
        self._stop.set()

    def _loop(self) -> None:
        while run(self._follower.step()) and not self._stop.wait(self._follower.poll):
            pass
