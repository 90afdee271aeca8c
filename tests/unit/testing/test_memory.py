"""
Tests of `supaopt.testing.MemoryCache`.
"""

from __future__ import annotations

from supaopt.cache import CacheConfig, DatabaseCacheManager, MemoryStore
from supaopt.testing import FrozenClock, MemoryCache


def test_a_program_is_tested_without_a_database() -> None:
    """
    A manager on a `MemoryCache` keeps, ends at commit, and ages by the test's own clock.
    """
    clock = FrozenClock(1_750_000_000)
    memory = MemoryCache(clock=clock)
    cache = DatabaseCacheManager(memory)
    config = CacheConfig("5 minutes", ["products"])
    assert cache.get_cached_data("k", lambda: 1, config) == 1
    assert cache.get_cached_data("k", lambda: 2, config) == 1
    with memory.begin() as transaction:
        transaction.touch(["products"])
    assert cache.get_cached_data("k", lambda: 3, config) == 3
    clock.advance(301)
    assert cache.get_cached_data("k", lambda: 4, config) == 4


def test_it_is_the_store_of_the_cache() -> None:
    """
    Both names are one class, so that what is tested is what runs.
    """
    assert MemoryCache is MemoryStore
