"""
What both managers promise their callers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from supaopt.cache import CacheConfig, CacheEvent, Miss
from supaopt.errors import ConfigError, RequestError

if TYPE_CHECKING:
    from supaopt.cache import MemoryStore


class Product(BaseModel):
    """A typed row."""

    name: str
    sold_at: datetime


class Broken:
    """A store that is down."""

    async def lookup(self, key: str, /, *, max_age: float) -> Any:
        """Fail."""
        raise RequestError("connection refused")

    async def store(self, key: str, data: bytes, /, **options: Any) -> bool:
        """Fail."""
        raise RequestError("connection refused")

    async def invalidate(self, tags: Any, /) -> int:
        """Fail."""
        raise RequestError("connection refused")

    async def changes(self, after: str | None, /) -> Any:
        """Fail."""
        raise RequestError("connection refused")

    async def record_hits(self, hits: Any, /) -> None:
        """Fail."""
        raise RequestError("connection refused")

    async def cleanup(self) -> int:
        """Fail."""
        raise RequestError("connection refused")

    async def metrics(self) -> Any:
        """Fail."""
        raise RequestError("connection refused")


class Counting:
    """A query that counts its runs and returns their number."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self) -> int:
        """Count and return."""
        self.runs += 1
        return self.runs


@pytest.fixture(name="query")
def _query() -> Counting:
    return Counting()


def test_computes_once_and_then_remembers(cache: Any, query: Counting, config: CacheConfig) -> None:
    """
    The second call returns the first call's answer.
    """
    assert [1, 1, 1] == [cache.get("k", query, config) for _ in range(3)]


def test_an_entry_ends_with_its_duration(cache: Any, query: Counting, clock: Any) -> None:
    """
    An answer older than its duration is computed again.
    """
    config = CacheConfig("5 minutes")
    cache.get("k", query, config)
    clock.now += 299
    assert cache.get("k", query, config) == 1
    clock.now += 1
    assert cache.get("k", query, config) == 2


def test_a_shorter_duration_holds_for_older_entries(
    cache: Any, query: Counting, clock: Any
) -> None:
    """
    A caller never gets an answer older than it allows, however long it was stored for.
    """
    cache.get("k", query, CacheConfig("1 hour"))
    clock.now += 60
    assert cache.get("k", query, CacheConfig("30 seconds")) == 2


def test_invalidation_ends_what_carries_the_tag(
    cache: Any, query: Counting, config: CacheConfig
) -> None:
    """
    Entries end by their tags, and only by theirs.
    """
    cache.get("k", query, config)
    assert cache.invalidate(["students"]) == 0
    assert cache.get("k", query, config) == 1
    assert cache.invalidate(["students", "products"]) == 1
    assert cache.get("k", query, config) == 2


@pytest.mark.parametrize("tag", ["student:*", "*"])
def test_bulk_tags_end_all_of_a_kind(cache: Any, query: Counting, tag: str) -> None:
    """
    A bulk tag ends every entry of its prefix, a flush every entry.
    """
    config = CacheConfig("5 minutes", ["student:1"])
    cache.get("k", query, config)
    assert cache.invalidate([tag]) == 1
    assert cache.get("k", query, config) == 2


def test_no_tags_end_nothing(cache: Any, query: Counting, config: CacheConfig) -> None:
    """
    An empty list of tags ends no entry, and asks no database.
    """
    cache.get("k", query, config)
    assert cache.invalidate([]) == 0
    assert cache.get("k", query, config) == 1


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}])
def test_empty_answers_are_answers(cache: Any, value: object, config: CacheConfig) -> None:
    """
    Null, zero, false and nothing are kept like any other answer.
    """
    runs = []

    def query() -> object:
        runs.append(1)
        return value

    assert [value, value] == [cache.get("k", query, config) for _ in range(2)]
    assert runs == [1]


def test_no_caller_changes_anothers_answer(cache: Any, config: CacheConfig) -> None:
    """
    Whatever a caller does with its answer, the next caller gets what was computed.
    """
    original = {"names": ["a"]}
    for _ in range(3):
        cache.get("k", lambda: original, config)["names"].append("changed")
    assert {"names": ["a"]} == cache.get("k", lambda: original, config)
    assert {"names": ["a"]} == original


def test_typed_answers_are_their_type_each_time(cache: Any, config: CacheConfig) -> None:
    """
    A model with what JSON lacks is the same model, fresh or cached.
    """
    product = Product(name="a", sold_at=datetime(2026, 1, 1, tzinfo=UTC))
    found = [cache.get("k", lambda: [product], config, type=list[Product]) for _ in range(2)]
    assert [[product], [product]] == found


def test_an_entry_of_an_older_release_is_a_miss(cache: Any, config: CacheConfig) -> None:
    """
    An entry that no longer fits its type is computed again and replaced.
    """
    cache.get("k", lambda: "as it was", config)
    product = Product(name="a", sold_at=datetime(2026, 1, 1, tzinfo=UTC))
    found = [cache.get("k", lambda: product, config, type=Product) for _ in range(2)]
    assert [product, product] == found
    assert ["error", "miss", "stored", "hit"] == [event.kind for event in cache.events[2:]]


def test_an_error_of_the_query_reaches_the_caller(cache: Any, config: CacheConfig) -> None:
    """
    What the query raises is raised, unchanged, and nothing is kept.
    """

    def fail() -> int:
        raise LookupError("no such product")

    with pytest.raises(LookupError, match="no such product"):
        cache.get("k", fail, config)
    assert cache.get("k", lambda: 1, config) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_failing_database_is_a_miss(
    cache: Any, query: Counting, config: CacheConfig, caplog: pytest.LogCaptureFixture
) -> None:
    """
    With the cache's database down, calls compute, and each failure is told once.
    """
    cache.store = Broken()
    cache.manager = cache.make()
    assert [1, 2] == [cache.get("k", query, config) for _ in range(2)]
    assert ["error", "miss"] * 2 == [event.kind for event in cache.events]
    assert 2 == caplog.text.count("connection refused")


def test_a_failing_invalidation_is_told(cache: Any) -> None:
    """
    An invalidation that did not happen raises: entries would live on unnoticed.
    """
    cache.store = Broken()
    cache.manager = cache.make()
    with pytest.raises(RequestError):
        cache.invalidate(["products"])


def test_a_failing_store_does_no_harm(
    cache: Any, store: MemoryStore, query: Counting, config: CacheConfig, monkeypatch: Any
) -> None:
    """
    An answer that cannot be kept is returned all the same.
    """
    monkeypatch.setattr(store, "store", Broken().store)
    assert cache.get("k", query, config) == 1
    assert ["miss", "error"] == [event.kind for event in cache.events]


def test_without_a_lease_nothing_is_stored(
    cache: Any, store: MemoryStore, query: Counting, config: CacheConfig, monkeypatch: Any
) -> None:
    """
    A miss without a lease, as on a standby, computes and stores nothing.
    """

    async def lookup(key: str, /, *, max_age: float) -> Miss:
        return Miss()

    monkeypatch.setattr(store, "lookup", lookup)
    monkeypatch.setattr(store, "store", Broken().store)
    assert cache.get("k", query, config) == 1
    assert ["miss"] == [event.kind for event in cache.events]


def test_tells_what_happened(cache: Any, query: Counting, config: CacheConfig) -> None:
    """
    Every read tells its listener of misses, stores and hits.
    """
    cache.get("k", query, config)
    cache.get("k", query, config)
    expected = [
        CacheEvent(kind=kind, tier="database", key="k") for kind in ("miss", "stored", "hit")
    ]
    assert expected == cache.events


def test_a_raising_listener_does_no_harm(
    cache: Any, query: Counting, config: CacheConfig, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A listener that raises is logged, and the read goes on.
    """

    class Deaf:
        def append(self, event: CacheEvent) -> None:
            raise RuntimeError("deaf")

    cache.events = Deaf()
    cache.manager = cache.make()
    assert cache.get("k", query, config) == 1
    assert "on_event raised" in caplog.text


def test_metrics_count_entries(cache: Any, query: Counting, config: CacheConfig) -> None:
    """
    The metrics tell how many entries there are, of which tag.
    """
    cache.get("k", query, config)
    metrics = cache.metrics()
    assert 1 == metrics.total_entries
    assert 1 == metrics.by_tag["products"].entries
    assert metrics.oldest_entry == metrics.newest_entry is not None


@pytest.mark.parametrize(
    ("key", "config", "words"),
    [
        ("k" * 600, None, "600 characters"),
        ("", None, "0 characters"),
        ("k", {"duration": "5 minutes"}, "pass CacheConfig"),
        ("k", "5 minutes", "pass CacheConfig"),
    ],
)
def test_wrong_arguments_are_refused(
    cache: Any, query: Counting, key: str, config: Any, words: str
) -> None:
    """
    A wrong key or configuration is the caller's mistake, and nothing is computed.
    """
    with pytest.raises(ConfigError, match=words):
        cache.get(key, query, config)
    assert query.runs == 0


def test_the_default_keeps_ten_minutes(cache: Any, query: Counting, clock: Any) -> None:
    """
    Without a configuration an answer lives ten minutes.
    """
    cache.get("k", query)
    clock.now += 599
    assert cache.get("k", query) == 1
    clock.now += 1
    assert cache.get("k", query) == 2


@pytest.mark.parametrize("option", ["timeout", "leader_timeout"])
def test_wrong_limits_are_refused(cache: Any, option: str) -> None:
    """
    A limit that is no length of time is refused under its own name.
    """
    with pytest.raises(ConfigError, match=f"{option} '-1 hour'"):
        cache.make(**{option: "-1 hour"})
