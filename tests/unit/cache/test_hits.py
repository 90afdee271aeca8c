"""
Hits are gathered here and told to the database in batches.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt._coroutine import run
from supaopt.cache import CacheConfig, InProcess
from supaopt.cache._hits import EVERY, MOST, Hits
from supaopt.cache._loop import LoopFollower
from supaopt.cache._runtime import ThreadFollower

if TYPE_CHECKING:
    from supaopt.cache import MemoryStore


@pytest.fixture(name="engine_time", autouse=True)
def _engine_time(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: None)


def close(cache: Any) -> None:
    """
    Close a manager of either colour.
    """
    manager = cache.manager
    if hasattr(manager, "close"):
        manager.close()
    else:
        asyncio.run(manager.aclose())


def test_closing_tells_the_rest(cache: Any, config: CacheConfig) -> None:
    """
    What was counted is told when the manager closes.
    """
    cache.manager = cache.make()
    for _ in range(4):
        cache.get("k", lambda: 1, config)
    close(cache)
    metrics = cache.metrics()
    assert (3, 1) == (metrics.max_hits, metrics.reused_entries)
    assert 3 == metrics.by_tag["products"].hits


def test_hits_in_the_process_count_too(cache: Any, config: CacheConfig) -> None:
    """
    A read that never left the process is told as well, once.
    """
    cache.manager = cache.make(l1=InProcess())
    run(cache.manager._engine._runner._follower.step())
    for _ in range(4):
        cache.get("k", lambda: 1, config)
    close(cache)
    close(cache)
    assert 3 == cache.metrics().max_hits


def test_a_read_that_is_due_tells(
    cache: Any, config: CacheConfig, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After a while a read has the counts told behind its back.
    """
    told: list[Any] = []
    cache.manager = cache.make()
    monkeypatch.setattr(cache.manager._engine._background, "spawn", told.append)
    cache.get("k", lambda: 1, config)
    cache.get("k", lambda: 1, config)
    assert [] == told
    clock.now += EVERY
    cache.get("k", lambda: 1, config)
    asyncio.run(told.pop()())
    assert 2 == cache.metrics().max_hits


def test_a_failure_is_told_and_harms_nobody(
    cache: Any, config: CacheConfig, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Counts that cannot be told are an event.
    """

    async def fail(hits: Any, /) -> None:
        raise OSError("down")

    monkeypatch.setattr(store, "record_hits", fail)
    cache.manager = cache.make()
    for _ in range(2):
        cache.get("k", lambda: 1, config)
    close(cache)
    assert ("error", "hits") == (cache.events[-1].kind, cache.events[-1].tier)


def test_a_full_batch_is_due_at_once(clock: Any) -> None:
    """
    Very many keys do not wait for the time.
    """
    hits = Hits(clock)
    for number in range(MOST - 1):
        hits.add(f"k{number}")
    assert not hits.due()
    hits.add("last")
    assert hits.due()
    assert MOST == len(hits.take())
    assert not hits.due()
