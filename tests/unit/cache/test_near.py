"""
The tier in this process: fast, bounded, and never behind what it was told.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ConfigDict

from supaopt._coroutine import run
from supaopt.cache import CacheConfig, InProcess
from supaopt.cache._follow import IDLE_POLLS
from supaopt.cache._freeze import is_immutable
from supaopt.cache._loop import LoopFollower
from supaopt.cache._runtime import ThreadFollower
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.cache import MemoryStore


class Frozen(BaseModel):
    """A row that nobody can change."""

    model_config = ConfigDict(frozen=True)

    name: str
    tags: tuple[str, ...] = ()


class Open(BaseModel):
    """A row that anybody can change."""

    name: str


@pytest.fixture(name="cache")
def _cache(cache: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    # Tests poll by hand, when they want to.
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: None)
    cache.manager = cache.make(l1=InProcess(size=3, poll=1, max_staleness=5))
    cache.poll = lambda: run(cache.manager._engine._runner._follower.step())
    cache.near = cache.manager._near
    cache.poll()
    return cache


def tiers(cache: Any) -> list[str]:
    """
    Return which tier answered, read by read.
    """
    return [event.tier for event in cache.events if event.kind == "hit"]


def test_the_second_read_stays_in_the_process(cache: Any, config: CacheConfig) -> None:
    """
    Once computed, an answer is read without asking the database.
    """
    assert [1, 1] == [cache.get("k", lambda: 1, config) for _ in range(2)]
    assert ["process"] == tiers(cache)


def test_an_entry_of_another_process_is_copied(
    cache: Any, store: MemoryStore, config: CacheConfig
) -> None:
    """
    A hit in the database is copied too, however old its lease is.
    """
    cache.get("k", lambda: 1, config)
    second = cache.make(l1=InProcess())
    cache.manager, first = second, cache.manager
    store.begin().commit()
    run(second._engine._runner._follower.step())
    assert [1, 1] == [cache.get("k", lambda: 2, config) for _ in range(2)]
    assert ["database", "process"] == tiers(cache)
    assert first is not second


def test_anothers_write_is_learnt_with_the_next_poll(
    cache: Any, store: MemoryStore, config: CacheConfig
) -> None:
    """
    A copy ends when the follower hears of a write to one of its tags, and no other copy does.
    """
    cache.get("k", lambda: 1, config)
    cache.get("other", lambda: 1, CacheConfig("5 minutes", ["students"]))
    with store.begin() as transaction:
        transaction.touch(["products"])
    cache.poll()
    assert cache.get("k", lambda: 2, config) == 2
    assert cache.get("other", lambda: 2, config) == 1


@pytest.mark.parametrize("tag", ["student:*", "*"])
def test_bulk_writes_reach_copies(cache: Any, store: MemoryStore, tag: str) -> None:
    """
    A write logged under a bulk tag or a flush ends copies too.
    """
    config = CacheConfig("5 minutes", ["student:1"])
    cache.get("k", lambda: 1, config)
    with store.begin() as transaction:
        transaction.touch([tag])
    cache.poll()
    assert cache.get("k", lambda: 2, config) == 2


def test_own_invalidation_is_seen_at_once(cache: Any, config: CacheConfig) -> None:
    """
    After an invalidation in this process no copy of it is left here.
    """
    cache.get("k", lambda: 1, config)
    cache.invalidate(["products"])
    assert cache.get("k", lambda: 2, config) == 2


def test_a_read_under_way_survives_no_own_invalidation(
    cache: Any, store: MemoryStore, config: CacheConfig, monkeypatch: Any
) -> None:
    """
    What was looked up before an invalidation is not copied after it.
    """
    cache.get("k", lambda: 1, config)
    cache.near.forget(["products"])
    lookup = store.lookup

    async def slow(key: str, /, *, max_age: float) -> Any:
        found = await lookup(key, max_age=max_age)
        await store.invalidate(["products"])
        cache.near.forget(["products"])
        return found

    monkeypatch.setattr(store, "lookup", slow)
    cache.get("k", lambda: 1, config)
    assert len(cache.near._copies) == 0


def test_a_read_under_way_survives_no_poll_that_ends_it(
    cache: Any, store: MemoryStore, config: CacheConfig, monkeypatch: Any
) -> None:
    """
    What a delivered write has ended while it was on its way is not copied.
    """
    cache.get("k", lambda: 1, config)
    cache.near.forget(["products"])
    lookup = store.lookup

    async def slow(key: str, /, *, max_age: float) -> Any:
        found = await lookup(key, max_age=max_age)
        with store.begin() as transaction:
            transaction.touch(["products"])
        cache.poll()
        return found

    monkeypatch.setattr(store, "lookup", slow)
    cache.get("k", lambda: 1, config)
    assert len(cache.near._copies) == 0


def test_a_read_longer_than_the_memory_of_changes_is_not_copied(
    cache: Any, store: MemoryStore, config: CacheConfig, monkeypatch: Any
) -> None:
    """
    A read that began before the oldest change that is remembered cannot be judged.
    """
    cache.get("k", lambda: 1, config)
    cache.near.forget(["products"])
    lookup = store.lookup
    cache.near._window._limit = 3

    async def slow(key: str, /, *, max_age: float) -> Any:
        found = await lookup(key, max_age=max_age)
        for tag in ("a", "b", "c", "d"):
            with store.begin() as transaction:
                transaction.touch([tag])
            cache.poll()
        return found

    monkeypatch.setattr(store, "lookup", slow)
    cache.get("k", lambda: 1, config)
    assert len(cache.near._copies) == 0


def test_silence_ends_trust(cache: Any, clock: Any, config: CacheConfig) -> None:
    """
    Without word from the database copies answer no longer than allowed, and do again after it.
    """
    cache.get("k", lambda: 1, config)
    clock.now += 4.9
    cache.get("k", lambda: 1, config)
    clock.now += 0.2
    cache.get("k", lambda: 1, config)
    cache.poll()
    cache.get("k", lambda: 1, config)
    assert ["process", "database", "process"] == tiers(cache)


def test_a_failing_poll_is_told_and_trusts_nothing(
    cache: Any, store: MemoryStore, config: CacheConfig, clock: Any, monkeypatch: Any
) -> None:
    """
    A poll that fails is an event, and extends no trust.
    """
    cache.get("k", lambda: 1, config)

    async def fail(after: str | None, /) -> Any:
        raise OSError("down")

    monkeypatch.setattr(store, "changes", fail)
    clock.now += 6
    cache.poll()
    cache.get("k", lambda: 1, config)
    assert ["database"] == tiers(cache)
    assert ["changes"] == [event.tier for event in cache.events if event.kind == "error"]


def test_strict_reads_pass_by(cache: Any) -> None:
    """
    Who asks for strict answers gets the database's.
    """
    config = CacheConfig("5 minutes", ["products"], consistency="strict")
    for _ in range(2):
        cache.get("k", lambda: 1, config)
    assert ["database"] == tiers(cache)
    assert len(cache.near._copies) == 0


def test_another_life_of_the_database_ends_all(
    cache: Any, store: MemoryStore, config: CacheConfig
) -> None:
    """
    After a restore or a promotion nothing that was copied before is served.
    """
    cache.get("k", lambda: 1, config)
    store._generation = "another"
    cache.poll()
    assert cache.get("k", lambda: 2, config) == 2


def test_a_copy_ends_with_its_duration(cache: Any, clock: Any, store: MemoryStore) -> None:
    """
    A copy grows no older than its entry, wherever that came from.
    """
    config = CacheConfig("5 minutes")
    cache.get("k", lambda: 1, config)
    clock.now += 200
    cache.near._copies.clear()
    cache.poll()
    cache.get("k", lambda: 2, config)
    clock.now += 99
    cache.poll()
    assert cache.get("k", lambda: 3, config) == 1
    clock.now += 1
    assert cache.get("k", lambda: 4, config) == 4


def test_a_shorter_duration_holds_for_older_copies(cache: Any, clock: Any) -> None:
    """
    A caller never gets a copy older than it allows.
    """
    cache.get("k", lambda: 1, CacheConfig("5 minutes"))
    clock.now += 60
    cache.poll()
    assert cache.get("k", lambda: 2, CacheConfig("30 seconds")) == 2


def test_a_copy_ends_with_its_entry(cache: Any, clock: Any, store: MemoryStore) -> None:
    """
    An entry that another process stored for less time than this one allows ends on time.
    """
    entry = store.store("k", b"1", duration=30, tags=(), lease=store.lease())
    assert run(entry)
    config = CacheConfig("1 hour")
    cache.get("k", lambda: 2, config)
    clock.now += 29
    cache.poll()
    assert cache.get("k", lambda: 2, config) == 1
    clock.now += 1
    assert cache.get("k", lambda: 2, config) == 2


def test_no_more_than_its_size(cache: Any, config: CacheConfig) -> None:
    """
    The tier is bounded, and what is read stays.
    """
    for key in ("a", "b", "c"):
        cache.get(key, lambda: 1, config)
    cache.get("a", lambda: 1, config)
    for key in ("d", "e"):
        cache.get(key, lambda: 1, config)
    assert {"a", "d", "e"} == set(cache.near._copies)
    assert {"a", "d", "e"} == set().union(*cache.near._keys.values())


def test_eviction_leaves_no_trace(cache: Any) -> None:
    """
    What goes takes its tags with it.
    """
    for number in range(50):
        cache.get(f"k{number}", lambda: 1, CacheConfig(60, [f"student:{number}"]))
    assert len(cache.near._copies) == 3
    assert len(cache.near._keys) == 5


@pytest.mark.parametrize(
    ("value", "kind"), [([{"a": 1}], None), ({"a": [1]}, None), (Open(name="a"), Open)]
)
def test_no_caller_changes_a_copy(
    cache: Any, value: object, kind: object, config: CacheConfig
) -> None:
    """
    What can be changed is handed out anew each time.
    """
    options = {"type": kind} if kind else {}
    first, second, third = (cache.get("k", lambda: value, config, **options) for _ in range(3))
    assert value == first == second == third
    assert second is not third
    assert first is not second


@pytest.mark.parametrize(
    ("value", "kind"), [("text", None), (Frozen(name="a", tags=("b",)), Frozen)]
)
def test_what_nobody_can_change_is_shared(
    cache: Any, value: object, kind: object, config: CacheConfig
) -> None:
    """
    What cannot be changed is one object for all.
    """
    options = {"type": kind} if kind else {}
    _, second, third = (cache.get("k", lambda: value, config, **options) for _ in range(3))
    assert second is third


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        (None, True),
        ((1, "a", (2.0,)), True),
        (frozenset({1}), True),
        (Frozen(name="a"), True),
        ((Frozen(name="a"),), True),
        ([1], False),
        ((1, [2]), False),
        ({}, False),
        (Open(name="a"), False),
        (object(), False),
    ],
)
def test_tells_what_nobody_can_change(value: object, *, expected: bool) -> None:
    """
    Only what is immutable through and through is shared.
    """
    assert expected is is_immutable(value)


def test_another_type_reads_for_itself(cache: Any, config: CacheConfig) -> None:
    """
    A copy serves the type it was read as, and equal ones.
    """
    cache.get("k", lambda: [1], config, type=list[int])
    assert [1] == cache.get("k", lambda: [1], config, type=list[int])
    assert (1,) == cache.get("k", lambda: (1,), config, type=tuple[int, ...])
    assert ["process", "database"] == tiers(cache)


@pytest.mark.parametrize(("key", "config"), [(["k"], None), ("k", "5 minutes")])
def test_wrong_arguments_are_refused_on_a_hot_key(cache: Any, key: Any, config: Any) -> None:
    """
    The fast path refuses what the slow one does.
    """
    cache.get("k", lambda: 1)
    with pytest.raises(ConfigError):
        cache.get(key, lambda: 1, config)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 0}, "size 0 must be at least 1"),
        ({"poll": "-1 second"}, "poll '-1 second'"),
        ({"poll": "10 seconds"}, "max_staleness 5 s is shorter than poll 10 s"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], words: str) -> None:
    """
    A tier that could never answer is refused.
    """
    with pytest.raises(ConfigError, match=words):
        InProcess(**options)


def test_a_follower_rests_when_nobody_reads(cache: Any, config: CacheConfig) -> None:
    """
    Polling ends some time after the last read, and goes on as long as there are any.
    """
    cache.get("k", lambda: 1, config)
    for _ in range(IDLE_POLLS * 2):
        cache.get("k", lambda: 1, config)
        assert cache.poll()
    assert [True] * (IDLE_POLLS - 1) + [False] == [cache.poll() for _ in range(IDLE_POLLS)]
