"""
A database that does not answer is left alone, but for what nobody else would do.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import MemoryStore
from supaopt.errors import ConflictError, NotFoundError, RequestError, ResponseError

if TYPE_CHECKING:
    from supaopt.cache import CacheConfig


class Failing(MemoryStore):
    """
    A store that fails as a test says, and counts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.lookups = 0
        self.invalidations = 0

    async def lookup(self, key: str, /, *, max_age: float) -> Any:
        """Look up, or fail."""
        self.lookups += 1
        if self.error is not None:
            raise self.error
        return await super().lookup(key, max_age=max_age)

    async def lookup_many(self, max_ages: Any, /) -> Any:
        """Look up many, or fail."""
        self.lookups += 1
        if self.error is not None:
            raise self.error
        return await super().lookup_many(max_ages)

    async def invalidate(self, tags: Any, /) -> int:
        """Invalidate, or fail."""
        self.invalidations += 1
        if self.error is not None:
            raise self.error
        return await super().invalidate(tags)


@pytest.fixture(name="store")
def _store(clock: Any, monkeypatch: pytest.MonkeyPatch) -> Failing:
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    return Failing()


@pytest.mark.parametrize(
    "error",
    [RequestError("down"), OSError("down"), NotFoundError("no function", status=404)],
    ids=["request", "os", "not installed"],
)
def test_an_outage_costs_a_few_reports(
    cache: Any, store: Failing, config: CacheConfig, error: Exception
) -> None:
    """
    After some failures in a row reads compute without asking, and without a report each.
    """
    store.error = error
    assert [1] * 20 == [cache.get(f"k{number}", lambda: 1, config) for number in range(20)]
    assert (3, 3) == (store.lookups, sum(event.kind == "error" for event in cache.events))


@pytest.mark.parametrize(
    "error",
    [ResponseError("too long", status=400, code="22023"), ConflictError("busy", status=409)],
    ids=["value", "conflict"],
)
def test_a_refused_entry_is_no_outage(
    cache: Any, store: Failing, config: CacheConfig, error: Exception
) -> None:
    """
    The database saying no to one entry is asked for the next.
    """
    store.error = error
    for number in range(20):
        cache.get(f"k{number}", lambda: 1, config)
    assert 20 == store.lookups


def test_it_is_used_again_when_it_is_back(
    cache: Any, store: Failing, config: CacheConfig, clock: Any
) -> None:
    """
    After a rest one read tries, and when it succeeds all go on.
    """
    store.error = RequestError("down")
    for number in range(10):
        cache.get(f"k{number}", lambda: 1, config)
    store.error = None
    cache.get("k", lambda: 1, config)
    assert 3 == store.lookups
    clock.now += 1
    assert [2, 2] == [cache.get("k", query, config) for query in (lambda: 2, lambda: 3)]
    assert 5 == store.lookups


def test_invalidations_always_go_through(cache: Any, store: Failing, config: CacheConfig) -> None:
    """
    An invalidation is tried whatever is known, and its failure told.
    """
    store.error = RequestError("down")
    for number in range(10):
        cache.get(f"k{number}", lambda: 1, config)
    with pytest.raises(RequestError):
        cache.invalidate(["products"])
    store.error = None
    cache.invalidate(["products"])
    assert 2 == store.invalidations


def test_an_outage_costs_many_keys_no_more(cache: Any, store: Failing) -> None:
    """
    A look-up of many keys that fails is one failure and one report; after some, none is asked.
    """
    store.error = RequestError("down")
    keys = [f"k{number}" for number in range(10)]
    found = [cache.many(keys, lambda missing: dict.fromkeys(missing, 1)) for _ in range(6)]
    assert [dict.fromkeys(keys, 1)] * 6 == found
    assert 3 == store.lookups
    assert 3 == sum(event.kind == "error" for event in cache.events)
