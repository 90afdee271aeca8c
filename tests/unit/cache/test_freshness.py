"""
What is served when an answer is past its duration, slow to come, or about to end.
"""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt._coroutine import run
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    DatabaseCacheManager,
    InProcess,
    MemoryStore,
)
from supaopt.cache._loop import LoopBackground, LoopFollower
from supaopt.cache._runtime import ThreadBackground, ThreadFollower
from supaopt.errors import ConfigError, RequestTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = CacheConfig("5 minutes", ["products"], grace="1 hour")


def fail() -> int:
    """
    Be a query that fails.
    """
    raise LookupError("source is down")


@pytest.fixture(name="chance")
def _chance(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Any:
    """
    Give the engine a clock and a die that the test throws.
    """
    die = SimpleNamespace(value=0.0)
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    monkeypatch.setattr("supaopt.cache._engine.random", SimpleNamespace(random=lambda: die.value))
    return die


@pytest.fixture(name="spawned")
def _spawned(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Any]]:
    """
    Hold back what no caller waits for until the test lets it run.
    """
    spawned: list[Callable[[], Any]] = []

    def spawn(self: object, make: Callable[[], Any], /) -> bool:
        spawned.append(make)
        return True

    for background in (ThreadBackground, LoopBackground):
        monkeypatch.setattr(background, "spawn", spawn)
    return spawned


def fly(spawned: list[Callable[[], Any]]) -> None:
    """
    Run what was held back.
    """
    while spawned:
        asyncio.run(spawned.pop()())


def kinds(cache: Any) -> list[str]:
    """
    Return the kinds of all events.
    """
    return [event.kind for event in cache.events]


def test_an_error_within_grace_serves_the_old_answer(cache: Any, clock: Any) -> None:
    """
    When computing fails, an answer past its duration is served, and the failure told.
    """
    cache.get("k", lambda: 1, GRACE)
    clock.now += 600
    assert cache.get("k", fail, GRACE) == 1
    assert ["miss", "stale"] == kinds(cache)[-2:]
    assert "source is down" == str(cache.events[-1].error)


def test_after_grace_the_error_is_raised(cache: Any, clock: Any) -> None:
    """
    Beyond its grace nothing is served.
    """
    cache.get("k", lambda: 1, GRACE)
    clock.now += 300 + 3600
    with pytest.raises(LookupError):
        cache.get("k", fail, GRACE)


def test_without_grace_the_error_is_raised(cache: Any, clock: Any) -> None:
    """
    Nobody gets an old answer who did not ask for it.
    """
    config = CacheConfig("5 minutes", ["products"])
    cache.get("k", lambda: 1, config)
    clock.now += 301
    with pytest.raises(LookupError):
        cache.get("k", fail, config)


def test_what_a_write_has_ended_is_never_served(cache: Any, clock: Any) -> None:
    """
    Grace is for age alone: an invalidated answer is gone.
    """
    cache.get("k", lambda: 1, GRACE)
    clock.now += 301
    cache.invalidate(["products"])
    with pytest.raises(LookupError):
        cache.get("k", fail, GRACE)


def test_grace_makes_nothing_live_longer(cache: Any, clock: Any) -> None:
    """
    While computing works, an answer past its duration is computed anew.
    """
    cache.get("k", lambda: 1, GRACE)
    clock.now += 301
    assert cache.get("k", lambda: 2, GRACE) == 2


def test_a_mistake_is_not_hidden_by_grace(cache: Any, clock: Any) -> None:
    """
    A value that cannot be kept is told, although there is an old answer.
    """
    cache.get("k", lambda: 1, GRACE)
    clock.now += 301
    with pytest.raises(ConfigError, match="no JSON"):
        cache.get("k", object, GRACE)


def test_callers_at_once_share_the_old_answer(cache: Any, clock: Any) -> None:
    """
    One failing computation serves its old answer to all who wait for it.
    """
    cache.get("k", lambda: 1, GRACE)
    clock.now += 301
    cache.arrivals.count = 0
    runs: list[int] = []

    def query() -> int:
        runs.append(1)
        return fail()

    assert [1] * 20 == cache.burst(20, "k", query, GRACE)
    assert runs == [1]


def test_with_the_database_down_the_process_helps_out(
    cache: Any, clock: Any, store: MemoryStore, chance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When neither database nor computation answers, a copy within grace does.
    """
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: None)
    cache.manager = cache.make(l1=InProcess())
    run(cache.manager._engine._runner._follower.step())
    cache.get("k", lambda: 1, GRACE)

    async def down(key: str, /, *, max_age: float) -> Any:
        raise OSError("database is down")

    monkeypatch.setattr(store, "lookup", down)
    clock.now += 1000
    assert cache.get("k", fail, GRACE) == 1
    clock.now += 3000
    with pytest.raises(LookupError):
        cache.get("k", fail, GRACE)


SOFT = CacheConfig("5 minutes", ["products"], grace="1 hour", soft_timeout=0.01)


def test_a_slow_computation_is_bypassed(cache: Any, clock: Any, spawned: Any) -> None:
    """
    Who has waited long enough gets the old answer; the computation goes on and is kept.
    """
    cache.get("k", lambda: 1, SOFT)
    clock.now += 301
    assert cache.get("k", lambda: 2, SOFT) == 1
    assert "stale" == kinds(cache)[-1]
    fly(spawned)
    assert cache.get("k", lambda: 3, SOFT) == 2


def test_a_slow_computation_is_begun_once(store: MemoryStore, clock: Any, spawned: Any) -> None:
    """
    Callers that bypass a computation do not each begin another.
    """
    cache = DatabaseCacheManager(store)
    cache.get_cached_data("k", lambda: 1, SOFT)
    clock.now += 301
    assert [1, 1, 1] == [cache.get_cached_data("k", lambda: 2, SOFT) for _ in range(3)]
    assert 1 == len(spawned)


def test_a_quick_computation_is_waited_for(cache: Any, clock: Any) -> None:
    """
    A computation within the soft limit is what its caller gets.
    """
    config = CacheConfig("5 minutes", grace="1 hour", soft_timeout="20 seconds")
    cache.get("k", lambda: 1, config)
    clock.now += 301
    assert cache.get("k", lambda: 2, config) == 2


def test_without_an_old_answer_a_slow_computation_is_waited_for(cache: Any, spawned: Any) -> None:
    """
    Nothing to serve means to wait.
    """
    assert cache.get("k", lambda: 1, SOFT) == 1
    assert [] == spawned


def test_an_invalidated_answer_does_not_bypass(cache: Any, clock: Any, spawned: Any) -> None:
    """
    After a write the caller waits for what is fresh, however slow.
    """
    cache.get("k", lambda: 1, SOFT)
    clock.now += 301
    cache.invalidate(["products"])
    assert cache.get("k", lambda: 2, SOFT) == 2
    assert [] == spawned


def test_without_room_the_old_answer_is_served(
    cache: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When too many computations hang already, no more are begun.
    """
    for background in (ThreadBackground, LoopBackground):
        monkeypatch.setattr(background, "spawn", lambda self, make: False)
    cache.get("k", lambda: 1, SOFT)
    clock.now += 301
    assert [1, 1] == [cache.get("k", lambda: 2, SOFT) for _ in range(2)]


def test_threads_for_the_background_are_few() -> None:
    """
    A background full of hung computations refuses more, and takes them again later.
    """
    background = ThreadBackground()
    release = threading.Event()
    ended = threading.Semaphore(0)

    async def hang() -> None:
        release.wait(30)
        ended.release()

    taken = [background.spawn(hang) for _ in range(10)]
    assert [True] * 8 + [False] * 2 == taken
    release.set()
    assert all(ended.acquire(timeout=30) for _ in range(8))


def test_a_failing_refresh_is_told(cache: Any, clock: Any, spawned: Any) -> None:
    """
    An error that no caller sees is an event.
    """
    cache.get("k", lambda: 1, SOFT)
    clock.now += 301
    assert cache.get("k", fail, SOFT) == 1
    fly(spawned)
    assert ("error", "refresh") == (cache.events[-1].kind, cache.events[-1].tier)


def test_a_hard_limit_stops_a_computation(store: MemoryStore) -> None:
    """
    A computation over its limit is cancelled, and its caller told.
    """

    async def main() -> None:
        cache = AsyncDatabaseCacheManager(store)

        async def hang() -> int:
            await asyncio.Event().wait()
            return 1

        await cache.get_cached_data("k", hang, CacheConfig(60, hard_timeout=0.01))

    with pytest.raises(RequestTimeoutError, match=r"within 0\.01 s"):
        asyncio.run(main())


def test_the_querys_own_timeout_is_its_own(store: MemoryStore) -> None:
    """
    A timeout inside the computation is not mistaken for the limit.
    """

    async def main() -> None:
        cache = AsyncDatabaseCacheManager(store)

        async def query() -> int:
            raise TimeoutError("its own")

        await cache.get_cached_data("k", query, CacheConfig(60, hard_timeout=60))

    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(main())


def test_a_function_cannot_be_stopped(store: MemoryStore) -> None:
    """
    A hard limit in threads is refused rather than ignored.
    """
    cache = DatabaseCacheManager(store)
    with pytest.raises(ConfigError, match="hard_timeout=5 asks to stop a function"):
        cache.get_cached_data("k", lambda: 1, CacheConfig(60, hard_timeout=5))


EARLY = CacheConfig("5 minutes", early_refresh="30 seconds")


def test_an_answer_near_its_end_is_computed_behind(
    cache: Any, clock: Any, chance: Any, spawned: Any
) -> None:
    """
    A reader near the end gets the present answer, and the next one is on its way.
    """
    cache.get("k", lambda: 1, EARLY)
    clock.now += 280
    chance.value = 0.0
    assert cache.get("k", lambda: 2, EARLY) == 1
    assert [] == spawned
    chance.value = 0.99
    assert cache.get("k", lambda: 2, EARLY) == 1
    fly(spawned)
    assert cache.get("k", lambda: 3, EARLY) == 2


def test_a_copy_near_its_end_sends_to_the_database(
    cache: Any, clock: Any, chance: Any, spawned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The tier in the process lets go early, so that its readers refresh too.
    """
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: None)
    cache.manager = cache.make(l1=InProcess(max_staleness="1 hour"))
    run(cache.manager._engine._runner._follower.step())
    chance.value = 1 - 1 / 2.718281828  # a headstart of 30 seconds
    cache.get("k", lambda: 1, EARLY)
    clock.now += 269
    assert cache.get("k", lambda: 2, EARLY) == 1
    assert [] == spawned
    clock.now += 2
    assert cache.get("k", lambda: 2, EARLY) == 1
    assert 1 == sum(make.__name__ == "run" for make in spawned)


def test_none_may_live_shorter(cache: Any, clock: Any) -> None:
    """
    An answer of None has a duration of its own.
    """
    config = CacheConfig("5 minutes", none_duration="10 seconds", grace="1 hour")
    cache.get("none", lambda: None, config)
    cache.get("some", lambda: 1, config)
    clock.now += 11
    assert [2, 1] == [cache.get(key, lambda: 2, config) for key in ("none", "some")]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(0, 0.99))
def test_jitter_shortens_by_its_part(key: str, jitter: float) -> None:
    """
    Every key's age is between the duration less the part and the duration, and its own.
    """
    config = CacheConfig(100, jitter=jitter)
    assert 100 * (1 - jitter) <= config.age_of(key) <= 100
    assert config.age_of(key) == config.age_of(key)


def test_jitter_spreads_the_ends(cache: Any, clock: Any) -> None:
    """
    Entries stored together end apart.
    """
    config = CacheConfig(100, jitter=0.5, grace="1 hour")
    for number in range(40):
        cache.get(f"k{number}", lambda: 1, config)
    clock.now += 75
    ended = sum(cache.get(f"k{number}", lambda: 2, config) == 2 for number in range(40))
    assert 5 < ended < 35


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"grace": "-1 hour"}, "grace '-1 hour'"),
        ({"soft_timeout": 1}, "without grace there is none"),
        ({"hard_timeout": 0}, "hard_timeout 0 must be above zero"),
        ({"jitter": 1.0}, r"jitter 1\.0 must be a part of one"),
        ({"jitter": -0.1}, r"jitter -0\.1"),
        ({"early_refresh": "10 minutes"}, "early_refresh 600 s must be shorter"),
        ({"none_duration": "0 seconds"}, "none_duration '0 seconds'"),
        ({"consistency": "eventual"}, "neither 'strict' nor 'bounded'"),
        ({"tags": ["student:*"]}, "would miss the writes to single rows"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], words: str) -> None:
    """
    Options that contradict each other are refused where they are written.
    """
    with pytest.raises(ConfigError, match=words):
        CacheConfig("5 minutes", **options)


def test_a_stored_answer_tells_how_long_it_took(
    cache: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The event of a store carries the seconds that its computation took.
    """
    monkeypatch.setattr("supaopt.cache._engine.time.time", lambda: clock.now)

    def compute() -> int:
        clock.now += 2
        return 1

    cache.get("k", compute, CacheConfig("5 minutes", ["t"]))

    assert [2.0] == [event.seconds for event in cache.events if event.kind == "stored"]
