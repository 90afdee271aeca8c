"""
The follower runs beside the callers, from the first need until the manager closes.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager, InProcess, MemoryStore


class Watched(MemoryStore):
    """
    A store that tells when it is polled.
    """

    def __init__(self) -> None:
        super().__init__()
        self.polls = threading.Semaphore(0)

    async def changes(self, after: str | None, /) -> Any:
        """
        Answer, and tell.
        """
        found = await super().changes(after)
        self.polls.release()
        return found


@pytest.fixture(name="watched")
def _watched() -> Watched:
    return Watched()


def polled(store: Watched, times: int = 1) -> bool:
    """
    Wait for so many polls.
    """
    return all(store.polls.acquire(timeout=30) for _ in range(times))


def test_a_thread_polls_from_the_first_read_to_the_end(watched: Watched) -> None:
    """
    Nothing is polled before the first read or after the manager is closed.
    """
    with DatabaseCacheManager(watched, l1=InProcess(poll=0.01)) as cache:
        runner: Any = cache._engine._runner
        assert runner._thread is None
        cache.get_cached_data("k", lambda: 1)
        assert polled(watched, 3)
    runner._thread.join(30)
    assert not runner._thread.is_alive()
    cache.get_cached_data("other", lambda: 1)
    assert not runner._thread.is_alive()


def test_a_thread_that_rested_starts_again(watched: Watched, monkeypatch: Any) -> None:
    """
    A follower that went to rest, or was lost in a fork, starts again with the next read.
    """
    monkeypatch.setattr("supaopt.cache._follow.IDLE_POLLS", 1)
    with DatabaseCacheManager(watched, l1=InProcess(poll=0.01)) as cache:
        runner: Any = cache._engine._runner
        cache.get_cached_data("k", lambda: 1)
        first = runner._thread
        first.join(30)
        assert polled(watched)
        cache.get_cached_data("other", lambda: 1)
        assert first is not runner._thread


def test_a_task_polls_on_each_loop_that_needs_it(watched: Watched) -> None:
    """
    The asynchronous follower lives with the loop of its readers.
    """
    cache = AsyncDatabaseCacheManager(watched, l1=InProcess(poll=0.01))

    async def query() -> int:
        return 1

    async def read(key: str) -> bool:
        await cache.get_cached_data(key, query)
        return await asyncio.to_thread(polled, watched, 2)

    assert [True, True] == [asyncio.run(read(key)) for key in ("a", "b")]


def test_closing_ends_the_task(watched: Watched) -> None:
    """
    After closing, no task of the manager is left.
    """

    async def query() -> int:
        return 1

    async def main() -> int:
        async with AsyncDatabaseCacheManager(watched, l1=InProcess(poll=0.01)) as cache:
            await cache.get_cached_data("k", query)
            await asyncio.to_thread(polled, watched)
            (task,) = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait([task])
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
