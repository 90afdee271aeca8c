"""
Counting what happens to reads.
"""

import gc
import threading
import weakref
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from supaopt.cache import (
    CacheEvent,
    CacheTally,
    DatabaseCacheManager,
    InProcess,
    MemoryStore,
)
from supaopt.cache._model import EventKind
from supaopt.cache._tally import OUTCOMES


class Broken(MemoryStore):
    """A database that is down."""

    async def lookup(self, key: str, /, *, max_age: float) -> Any:
        raise ConnectionError(key)


@pytest.fixture(name="tally")
def _tally(clock: Any) -> CacheTally:
    return CacheTally(recent=3, clock=clock)


def _met(tally: CacheTally) -> dict[tuple[str, str], int]:
    return {outcome: count for outcome, count in tally.counts().items() if count}


def test_reads_are_counted_by_kind_and_tier(cache: Any, tally: CacheTally, config: Any) -> None:
    """A miss that is stored and the hits that follow are counted, in either colour."""
    cache.manager = cache.manager.__class__(cache.store, on_event=tally)
    answers = [cache.get("key", lambda: 1, config) for _ in range(3)]
    expected = {("miss", "database"): 1, ("stored", "database"): 1, ("hit", "database"): 2}
    assert ([1, 1, 1], expected) == (answers, _met(tally))


def test_hits_in_the_process_are_counted(tally: CacheTally, config: Any) -> None:
    """The tier that answers without the database counts its hits too."""
    with DatabaseCacheManager(MemoryStore(), l1=InProcess(), on_event=tally) as cache:
        cache.poll_changes()
        for _ in range(5):
            cache.get_cached_data("key", lambda: 1, config)
    assert 4 == tally.counts()["hit", "process"]


def test_a_hit_makes_no_event(
    monkeypatch: pytest.MonkeyPatch, tally: CacheTally, config: Any
) -> None:
    """A manager hands hits to a tally as they are, since an event costs more than the hit."""
    made: list[str] = []
    told = CacheTally.__call__

    def spy(self: CacheTally, event: CacheEvent) -> None:
        made.append(event.kind)
        told(self, event)

    monkeypatch.setattr(CacheTally, "__call__", spy)
    cache = DatabaseCacheManager(MemoryStore(), on_event=tally)
    for _ in range(3):
        cache.get_cached_data("key", lambda: 1, config)
    assert (["miss", "stored"], 2) == (made, tally.counts()["hit", "database"])


def test_an_event_of_a_hit_counts_as_well(tally: CacheTally) -> None:
    """Who calls a tally from a listener of their own loses nothing."""
    tally(CacheEvent(kind="hit", tier="redis", key="key"))
    assert {("hit", "redis"): 1} == _met(tally)


def test_what_never_happened_is_counted_as_zero(tally: CacheTally) -> None:
    """Every known outcome has a count from the start."""
    counts = tally.counts()
    assert ({0}, True) == (set(counts.values()), ("error", "changes") in counts)


def test_every_kind_of_event_is_known() -> None:
    """What a manager may tell is counted from zero."""
    assert set(get_args(EventKind)) == {kind for kind, _ in OUTCOMES}


def test_other_events_are_counted_exactly_by_any_threads() -> None:
    """Simultaneous misses of several threads are all counted."""
    tally = CacheTally()
    event = CacheEvent(kind="miss", tier="database", key="key")

    def tell() -> None:
        for _ in range(2000):
            tally(event)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 8000 == tally.counts()["miss", "database"]


def test_problems_are_remembered_newest_first(tally: CacheTally, clock: Any) -> None:
    """The last few errors, refusals and old answers are kept, and nothing else."""
    for number, kind in enumerate(("error", "miss", "refused", "stored", "stale", "error")):
        clock.now = float(number)
        tally(CacheEvent(kind=kind, tier="database", key=f"k{number}"))  # type: ignore[arg-type]
    expected = [("error", "k5", 5), ("stale", "k4", 4), ("refused", "k2", 2)]
    found = [(p.kind, p.key, int(p.at.timestamp())) for p in tally.problems]
    assert expected == found


def test_of_an_error_its_kind_alone_is_kept(tally: CacheTally) -> None:
    """The text of an exception may hold data, and its traceback holds what it has passed."""

    class Held:
        """Something that a failing call had in hand."""

    def fail(held: Held) -> None:
        raise ValueError("ada@example.com", held)

    def refresh() -> "weakref.ref[Held]":
        held = Held()
        try:
            fail(held)
        except ValueError as error:
            tally(CacheEvent(kind="error", tier="refresh", key="key", error=error))
        return weakref.ref(held)

    held = refresh()
    gc.collect()
    (problem,) = tally.problems
    assert ("ValueError", None, False) == (problem.error, held(), "ada" in repr(problem))


def test_listeners_hear_of_all_but_hits(tally: CacheTally) -> None:
    """A listener is told of each event, and of one hit in 128."""
    heard: list[CacheEvent] = []
    tally.subscribe(heard.append)
    tally(CacheEvent(kind="miss", tier="database", key="key"))
    for _ in range(300):
        tally.hit("process", "key")
    assert ["miss", "hit", "hit"] == [event.kind for event in heard]


def test_a_failing_listener_harms_nobody(
    tally: CacheTally, caplog: pytest.LogCaptureFixture
) -> None:
    """A read goes on, and so do the other listeners, when one raises: on a hit as well."""
    heard: list[str] = []

    def broken(_: CacheEvent) -> None:
        raise RuntimeError

    tally.subscribe(broken)
    tally.subscribe(lambda event: heard.append(event.kind))
    tally(CacheEvent(kind="miss", tier="database", key="key"))
    for _ in range(128):
        tally.hit("process", "key")
    said = {record.message for record in caplog.records}
    assert (["miss", "hit"], {"a listener of the cache's tally raised; the read goes on"}) == (
        heard,
        said,
    )


def test_it_knows_since_when_it_counts(tally: CacheTally, clock: Any) -> None:
    """Counts come with the moment from which they are."""
    assert datetime.fromtimestamp(clock.now, UTC) == tally.since


def test_a_database_that_is_down_is_counted(tally: CacheTally) -> None:
    """Its error is counted and remembered, and the caller has an answer."""
    cache = DatabaseCacheManager(Broken(), on_event=tally)
    assert 1 == cache.get_cached_data("key", lambda: 1)
    assert ["ConnectionError"] == [problem.error for problem in tally.problems]


def test_a_count_never_falls(tally: CacheTally) -> None:
    """A thread that puts a count back takes nothing from what was told already."""
    tally._hits["process"] = 5
    told = [tally.counts()["hit", "process"]]
    for count in (3, 7):
        tally._hits["process"] = count
        told.append(tally.counts()["hit", "process"])
    assert [5, 5, 7] == told
