"""
Invalidations gathered in a block and made at its end.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, DatabaseCacheManager, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence


class Counting(MemoryStore):
    """
    A store that notes what it is told to end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, ...]] = []

    async def invalidate(self, tags: Sequence[str], /) -> int:
        """
        Note, and do it.
        """
        self.calls.append(tuple(tags))
        return await super().invalidate(tags)


@pytest.fixture(name="counting")
def _counting() -> Counting:
    return Counting()


@pytest.fixture(name="manager")
def _manager(counting: Counting) -> DatabaseCacheManager:
    return DatabaseCacheManager(counting)


def test_a_block_makes_one_call(manager: DatabaseCacheManager, counting: Counting) -> None:
    """
    All tags of a block are ended at its end, each once.
    """
    with manager.deferred_invalidation():
        assert [0, 0] == [manager.invalidate_by_tags(tags) for tags in (["a"], ["b", "a"])]
        assert [] == counting.calls
    assert [("a", "b")] == counting.calls


def test_an_empty_block_asks_nobody(manager: DatabaseCacheManager, counting: Counting) -> None:
    """
    Nothing gathered means nothing asked.
    """
    with manager.deferred_invalidation():
        pass
    assert [] == counting.calls


def test_an_error_keeps_the_invalidations(
    manager: DatabaseCacheManager, counting: Counting
) -> None:
    """
    What was written before an error may stay, so its entries end.
    """

    def fail() -> None:
        with manager.deferred_invalidation():
            manager.invalidate_by_tags(["a"])
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert [("a",)] == counting.calls


def test_an_inner_block_adds_to_the_outer(
    manager: DatabaseCacheManager, counting: Counting
) -> None:
    """
    Blocks nest into one call.
    """
    with manager.deferred_invalidation():
        manager.invalidate_by_tags(["a"])
        with manager.deferred_invalidation():
            manager.invalidate_by_tags(["b"])
        assert [] == counting.calls
    assert [("a", "b")] == counting.calls


def test_wrong_tags_are_refused_where_they_are(manager: DatabaseCacheManager) -> None:
    """
    A mistake shows at its line, not at the block's end.
    """
    with manager.deferred_invalidation(), pytest.raises(ValueError, match="null"):
        manager.invalidate_by_tags([None])


def test_other_managers_and_threads_go_on(
    manager: DatabaseCacheManager, counting: Counting
) -> None:
    """
    A block is of one manager and one thread.
    """
    other = DatabaseCacheManager(counting)
    with manager.deferred_invalidation():
        other.invalidate_by_tags(["other"])
        thread = threading.Thread(target=manager.invalidate_by_tags, args=(["thread"],))
        thread.start()
        thread.join()
    assert [("other",), ("thread",)] == counting.calls


def test_tasks_have_blocks_of_their_own(counting: Counting) -> None:
    """
    A task's block leaves another task's invalidations alone.
    """

    async def main() -> None:
        cache = AsyncDatabaseCacheManager(counting)
        inside, done = asyncio.Event(), asyncio.Event()

        async def block() -> None:
            async with cache.deferred_invalidation():
                await cache.invalidate_by_tags(["deferred"])
                inside.set()
                await done.wait()

        task = asyncio.create_task(block())
        await inside.wait()
        await cache.invalidate_by_tags(["now"])
        done.set()
        await task

    asyncio.run(main())
    assert [("now",), ("deferred",)] == counting.calls


def test_clean_up_removes_what_has_ended(cache: Any, clock: Any) -> None:
    """
    Entries past their end are removed and counted.
    """
    cache.get("short", lambda: 1, CacheConfig(10))
    cache.get("long", lambda: 1, CacheConfig(1000))
    clock.now += 11
    removed = cache.manager.cleanup_expired_cache()
    assert 1 == (asyncio.run(removed) if asyncio.iscoroutine(removed) else removed)
    assert 1 == cache.metrics().total_entries
