"""
What the two colours run on: threads or an event loop.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from supaopt.cache._gate import Board

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """
    Run a coroutine whose ports never suspend.

    Raises:
        RuntimeError: One did: a port of the wrong colour was wired in.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        coroutine.close()
    raise RuntimeError("a synchronous port suspended; it belongs to the asynchronous cache")


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


def thread_board() -> Board:
    """
    Return the flights of this process's threads.
    """
    return Board(ThreadSignal, threading.Lock())


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
