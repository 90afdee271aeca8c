"""
What is computed together is stored in one round trip, or each by itself where that cannot be.
"""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import CacheConfig, MemoryStore
from supaopt.errors import RequestError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = ["a", "b", "c"]


class Bulk(MemoryStore):
    """
    A store that counts calls, and fails or cannot as a test says.
    """

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.old = False
        self.together: list[list[str]] = []
        self.alone: list[str] = []

    async def lookup_many(self, max_ages: Any, /) -> Any:
        """
        Look up together, or not at all.
        """
        return None if self.old else await super().lookup_many(max_ages)

    async def store_many(self, entries: Sequence[Any], /) -> Any:
        """
        Note, and store together or fail.
        """
        self.together.append([entry.key for entry in entries])
        if self.error is not None:
            raise self.error
        if self.old:
            return None
        return [
            await MemoryStore.store(
                self,
                entry.key,
                entry.data,
                duration=entry.duration,
                tags=entry.tags,
                lease=entry.lease,
            )
            for entry in entries
        ]

    async def store(self, key: str, data: bytes, /, **rest: Any) -> bool:
        """
        Note, and store one; a value that is too large is refused.
        """
        self.alone.append(key)
        if data == b'"large"':
            raise ResponseError("cached value has too many bytes", status=400, code="22023")
        return await super().store(key, data, **rest)


@pytest.fixture(name="store")
def _store(clock: Any, monkeypatch: pytest.MonkeyPatch) -> Bulk:
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    return Bulk()


def ones(missing: list[str]) -> dict[str, Any]:
    """
    Compute.
    """
    return dict.fromkeys(missing, 1)


def told(cache: Any) -> Counter[str]:
    """
    Return how often each kind of event was told.
    """
    return Counter(event.kind for event in cache.events)


def test_one_round_trip_stores_all(cache: Any, store: Bulk) -> None:
    """
    All missing keys are stored by one call, and each is told as stored.
    """
    assert dict.fromkeys(KEYS, 1) == cache.many(KEYS, ones)
    assert ([KEYS], []) == (store.together, store.alone)
    assert {"miss": 3, "stored": 3} == told(cache)


def test_a_single_key_is_stored_by_itself(cache: Any, store: Bulk) -> None:
    """
    What nothing is stored with needs no call for many.
    """
    cache.many(["a"], ones)
    assert ([], ["a"]) == (store.together, store.alone)


def test_each_is_told_what_became_of_it(cache: Any, store: Bulk) -> None:
    """
    Of entries that are stored together one that a write has overtaken is refused, and told so.
    """

    def overtaken(missing: list[str]) -> dict[str, int]:
        with store.begin() as transaction:
            transaction.touch(["t:b"])
        return dict.fromkeys(missing, 1)

    cache.many(KEYS, overtaken, lambda key: CacheConfig("5 minutes", [f"t:{key}"]))
    fates = [(event.kind, event.key) for event in cache.events if event.kind != "miss"]
    assert [("stored", "a"), ("refused", "b"), ("stored", "c")] == fates


def test_one_that_can_never_be_kept_keeps_no_other_out(cache: Any, store: Bulk) -> None:
    """
    When the database refuses all for the sake of one, each is stored by itself, and one is told.
    """
    store.error = ResponseError("too many bytes", status=400, code="22023")
    values = {"a": 1, "b": "large", "c": 1}
    assert values == cache.many(KEYS, lambda _: values, type=object)
    assert KEYS == sorted(store.alone)
    assert {"miss": 3, "stored": 2, "error": 1} == told(cache)
    assert ["b"] == [event.key for event in cache.events if event.kind == "error"]


@pytest.mark.parametrize("error", [RequestError("down"), OSError("down")])
def test_an_outage_is_told_once(cache: Any, store: Bulk, error: Exception) -> None:
    """
    Callers have their answers, and a database that does not answer is not asked for each.
    """
    store.error = error
    assert dict.fromkeys(KEYS, 1) == cache.many(KEYS, ones)
    assert ([KEYS], []) == (store.together, store.alone)
    assert {"miss": 3, "error": 1} == told(cache)


def test_a_store_that_cannot_is_asked_for_each(cache: Any, store: Bulk) -> None:
    """
    An older release looks up and stores one by one, with the same answers.
    """
    store.old = True
    assert [dict.fromkeys(KEYS, 1)] * 2 == [cache.many(KEYS, ones) for _ in range(2)]
    assert KEYS == sorted(store.alone)
    assert {"miss": 3, "stored": 3, "hit": 3} == told(cache)


def test_without_leases_nothing_is_stored(
    cache: Any, store: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where nobody can vouch for a moment, the database is not asked to keep anything.
    """

    async def fail(self: Bulk, max_ages: Any, /) -> Any:
        raise RequestError("down")

    monkeypatch.setattr(Bulk, "lookup_many", fail)
    assert dict.fromkeys(KEYS, 1) == cache.many(KEYS, ones)
    assert ([], []) == (store.together, store.alone)


def test_while_the_database_is_left_alone_nothing_is_stored(
    cache: Any, store: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After failures in a row a computation that is still under way does not ask it either.
    """
    store.error = RequestError("down")
    for number in range(3):
        cache.many([f"{number}:{key}" for key in KEYS], ones)

    def lease(self: Any, max_ages: Any, /) -> Any:
        return MemoryStore.lookup_many(store, max_ages)

    monkeypatch.setattr("supaopt.cache._guard.GuardedStore.lookup_many", lease)
    monkeypatch.setattr("supaopt.cache._breaker.Breaker.allows", lambda self: False)
    cache.many(KEYS, ones)
    assert KEYS not in store.together
    assert 3 == told(cache)["refused"]
