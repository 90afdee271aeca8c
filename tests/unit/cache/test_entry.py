"""
What is told of an answer, whichever tier it comes from.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt._coroutine import run
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheContext,
    DatabaseCacheManager,
    InProcess,
    MemoryStore,
)
from supaopt.cache._entry import Facts
from supaopt.cache._loop import LoopFollower
from supaopt.cache._near import Near
from supaopt.cache._runtime import ThreadFollower
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = CacheConfig("5 minutes", ["products"], grace="1 hour")


class Shelf:
    """
    A Redis in a dictionary.
    """

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def get(self, key: str, /) -> bytes | None:
        """Get."""
        return self.kept.get(key)

    async def get_many(self, keys: Any, /) -> list[bytes | None]:
        """Get many."""
        return [self.kept.get(key) for key in keys]

    async def put(self, key: str, value: bytes, /, *, seconds: float) -> None:
        """Put."""
        self.kept[key] = value

    async def claim(self, key: str, token: str, /, *, seconds: float) -> bool:
        """Claim."""
        return True

    async def release(self, key: str, token: str, /) -> None:
        """Release."""

    async def close(self) -> None:
        """Close."""


@pytest.fixture(name="cache")
def _cache(cache: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """
    A manager of either colour on a clock of the test's, with `entry` to read by.
    """
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: None)
    for module in ("_blocking.shelf_of", "_awaiting.async_shelf_of"):
        monkeypatch.setattr(f"supaopt.cache.{module}", lambda target: target)

    def entry(function: Callable[[Any], Any], config: Any = None, **options: Any) -> Any:
        compute = cache.adapt(function)
        return cache.do(cache.manager.get_cached_entry("k", compute, config, **options))

    def later(seconds: float) -> None:
        clock.now += seconds
        run(cache.manager._engine.poll())  # so that the upper tiers are trusted

    cache.entry = entry
    cache.later = later
    return cache


@pytest.fixture(name="tier", params=["process", "redis", "database"])
def _tier(request: pytest.FixtureRequest, cache: Any) -> str:
    """
    The tier that answers what has been read before.
    """
    options: dict[str, dict[str, Any]] = {
        "process": {"l1": InProcess()},
        "redis": {"redis": Shelf()},
        "database": {},
    }
    cache.manager = cache.make(**options[request.param])
    run(cache.manager._engine.poll())
    return str(request.param)


def adaptive(context: Any) -> int:
    """
    Be a computation that knows more than its configuration.
    """
    context.set_duration("1 minute")
    context.add_tags(["product:7"])
    return 1


def fail(_: Any) -> int:
    """
    Be a computation that fails.
    """
    raise LookupError("source is down")


def test_each_tier_tells_what_is_known(cache: Any, tier: str) -> None:
    """
    Value, tags that the computation added, age and what is left are told of any tier's answer.
    """
    fresh = cache.entry(adaptive, GRACE)
    cache.later(20)
    kept = cache.entry(adaptive, GRACE)

    assert ("fresh", tier) == (fresh.source, kept.source)
    assert [1, 1] == [fresh.value, kept.value]
    assert [{"products", "product:7"}] * 2 == [set(fresh.tags), set(kept.tags)]
    assert [(0, 60), (20, 40)] == [(each.age, each.left) for each in (fresh, kept)]
    assert [3600, 3600] == [fresh.grace, kept.grace]


def test_a_stale_answer_has_nothing_left(cache: Any, tier: str) -> None:
    """
    An answer that is served for want of a fresh one tells its age and the rest of its grace.
    """
    cache.entry(lambda context: context.add_tags(["product:7"]) or 1, GRACE)
    cache.later(400)
    stale = cache.entry(fail, GRACE)

    assert ("stale", 1, 400, 0) == (stale.source, stale.value, stale.age, stale.left)
    assert 300 + 3600 - 400 == stale.grace
    assert {"products", "product:7"} == set(stale.tags)


def test_a_none_has_a_duration_of_its_own(cache: Any, tier: str) -> None:
    """
    What is left of a None is counted by its own duration, and it has no grace.
    """
    config = CacheConfig("5 minutes", ["products"], grace="1 hour", none_duration=10)
    fresh = cache.entry(lambda _: None, config)
    cache.later(4)
    kept = cache.entry(lambda _: None, config)

    assert [("fresh", None), (tier, None)] == [(each.source, each.value) for each in (fresh, kept)]
    assert [(10, 0), (6, 0)] == [(each.left, each.grace) for each in (fresh, kept)]


def test_jitter_is_taken_off(cache: Any, tier: str) -> None:
    """
    What is left ends when the cache itself stops serving.
    """
    config = CacheConfig("5 minutes", ["products"], jitter=0.9)
    assert config.age_of("k") < 300
    fresh = cache.entry(lambda _: 1, config)
    cache.later(1)
    kept = cache.entry(lambda _: 1, config)

    assert (config.age_of("k"), tier) == (fresh.left, kept.source)
    assert config.age_of("k") - 1 == pytest.approx(kept.left)


def test_what_is_left_is_counted_by_the_callers_own_duration(cache: Any, tier: str) -> None:
    """
    Who asks for younger answers than those who stored one is told no more than that.
    """
    cache.entry(lambda _: 1, GRACE)
    cache.later(20)
    kept = cache.entry(lambda _: 1, CacheConfig("1 minute", ["products"], grace=5))
    assert (tier, 40, 5) == (kept.source, kept.left, kept.grace)


def test_an_early_refresh_takes_nothing_off(cache: Any, tier: str) -> None:
    """
    What is left is the rest of the duration, though somebody will compute anew before.
    """
    config = CacheConfig("5 minutes", ["products"], early_refresh="1 minute")
    cache.entry(lambda _: 1, config)
    assert 300 == cache.entry(lambda _: 2, config).left


def test_an_overtaken_answer_is_not_kept(cache: Any, store: MemoryStore, tier: str) -> None:
    """
    An answer that a write has overtaken meanwhile has nothing left, not even grace.
    """

    def overtaken(_: Any) -> int:
        with store.begin() as transaction:
            transaction.touch(["products"])
        return 1

    entry = cache.entry(overtaken, GRACE)
    assert ("fresh", 1, 0, 0) == (entry.source, entry.value, entry.left, entry.grace)


def test_nothing_is_promised_while_the_database_is_silent(
    cache: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, tier: str
) -> None:
    """
    An answer that could not be stored has nothing left, as no write would end it.
    """

    async def silent(*_: Any, **__: Any) -> Any:
        raise ConnectionError("database is down")

    monkeypatch.setattr(store, "lookup", silent)
    entry = cache.entry(lambda _: 1, GRACE)
    assert ("fresh", 1, 0, 0) == (entry.source, entry.value, entry.left, entry.grace)


def test_a_last_resort_is_of_unknown_age(
    cache: Any, clock: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A copy that is served though nothing has been heard of it promises nothing.
    """

    async def silent(*_: Any, **__: Any) -> Any:
        raise ConnectionError("database is down")

    cache.manager = cache.make(l1=InProcess())
    run(cache.manager._engine.poll())
    cache.entry(lambda _: 1, GRACE)
    monkeypatch.setattr(store, "lookup", silent)
    clock.now += 400
    entry = cache.entry(fail, GRACE)
    assert ("stale", 1, None) == (entry.source, entry.value, entry.age)
    assert (0, 0) == (entry.left, entry.grace)


def test_who_waits_for_another_is_told_the_same(cache: Any) -> None:
    """
    One computation tells all its callers its tags and its duration.
    """
    read = cache.manager.get_cached_entry
    cache.manager = SimpleNamespace(get_cached_data=read)
    found = cache.burst(5, "k", adaptive, GRACE, context=True)
    assert [1] * 5 == [each.value for each in found]
    assert [60] * 5 == [each.left for each in found]
    assert [{"products", "product:7"}] * 5 == [set(each.tags) for each in found]


def test_who_waits_for_a_read_of_many_is_told_of_its_own_key(arrivals: Any) -> None:
    """
    An answer that another caller computes among others brings what is known of it along.
    """

    async def main() -> Any:
        manager = AsyncDatabaseCacheManager(MemoryStore())
        begun = asyncio.Event()

        async def rest(missing: list[str]) -> dict[str, int]:
            begun.set()
            await arrivals.wait_async(3)
            return dict.fromkeys(missing, 1)

        many = asyncio.create_task(manager.get_many(["j", "k"], rest, GRACE))
        await begun.wait()
        single = asyncio.create_task(manager.get_cached_entry("k", never, GRACE))
        await many
        return await single

    async def never() -> int:
        raise AssertionError

    entry = asyncio.run(main())
    assert (1, ("products",), "fresh") == (entry.value, entry.tags, entry.source)
    assert 0 < entry.left <= 300


def test_attack_a_new_copy_lends_the_old_value_no_tags(
    cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A copy that is replaced while it is read tells nothing; another tier does.
    """
    cache.manager = cache.make(l1=InProcess())
    run(cache.manager._engine.poll())
    cache.entry(adaptive, GRACE)
    peek = Near.peek

    def torn(near: Any, key: str, *rest: Any) -> Any:
        found = peek(near, key, *rest)
        near._copies[key] = SimpleNamespace(tags=("wrong",), born=0, life=9e9, data=b"1", hashes=())
        return found

    monkeypatch.setattr(Near, "peek", torn)
    entry = cache.entry(adaptive, GRACE)
    assert ("database", {"products", "product:7"}) == (entry.source, set(entry.tags))


def test_a_store_that_tells_no_time_leaves_the_age_unknown(
    cache: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A store of one's own need not tell when it stored an entry; then nothing is promised.
    """
    cache.entry(lambda _: 1, GRACE)
    lookup = store.lookup

    async def timeless(key: str, /, *, max_age: float) -> Any:
        found: Any = await lookup(key, max_age=max_age)
        return replace(found, stored_at=None, expires_at=None)

    monkeypatch.setattr(store, "lookup", timeless)
    entry = cache.entry(lambda _: 2, GRACE)
    assert ("database", 1, None, 0) == (entry.source, entry.value, entry.age, entry.left)


def test_types_are_read_as_ever(cache: Any, tier: str) -> None:
    """
    A value of a type comes back as that type, from each tier.
    """
    wait = timedelta(seconds=3)
    found = [cache.entry(lambda _: wait, GRACE, type=timedelta) for _ in range(2)]
    assert [("fresh", wait), (tier, wait)] == [(each.source, each.value) for each in found]


@pytest.mark.parametrize(("key", "config"), [(["k"], None), ("k", "5 minutes")])
def test_wrong_arguments_are_refused(cache: Any, tier: str, key: Any, config: Any) -> None:
    """
    They are told as ``get_cached_data`` tells them.
    """
    with pytest.raises(ConfigError, match=r"key|config is a str"):
        cache.do(cache.manager.get_cached_entry(key, cache.adapt(adaptive), config))


def test_a_decorated_function_tells_too(cache: Any, tier: str) -> None:
    """
    ``entry`` takes the function's own arguments, and ``config_of`` tells what is known before.
    """

    def double(_: Any, number: int) -> int:
        return 2 * number

    async def double_later(context: CacheContext[int], number: int) -> int:
        return double(context, number)

    def double_now(context: CacheContext[int], number: int) -> int:
        return double(context, number)

    blocks = isinstance(cache.manager, DatabaseCacheManager)
    function: Any = double_now if blocks else double_later
    manager: Any = cache.manager
    made = manager.cached("n:{number}", duration=60, tags=["n:{number}"])(function)
    found = [cache.do(made.entry(number=4)) for _ in range(2)]

    assert [("fresh", 8), (tier, 8)] == [(each.source, each.value) for each in found]
    assert [made.config_of(4).tags] * 2 == [each.tags for each in found]
    assert "n:4" in made.config_of(4).tags
    assert (60, 8) == (made.config_of(4).max_age, cache.do(made(4)))
    assert 1 == cache.do(made.invalidate(4))
    assert "fresh" == cache.do(made.entry(4)).source


@given(
    born=st.floats(0, 1e6),
    life=st.floats(0, 1e5),
    more=st.floats(0, 1e5),
    longest=st.floats(1, 1e5),
    now=st.floats(0, 2e6),
)
def test_nothing_is_promised_beyond_a_life(
    born: float, life: float, more: float, longest: float, now: float
) -> None:
    """
    Whatever the clocks say, what is left and the grace end when the cache's own do.
    """
    config = CacheConfig(longest, grace=60)
    entry = Facts((), born, life, life + more, "database").entry(1, longest, config, now)
    assert entry.age is not None
    assert 0 <= entry.left <= min(life, longest)
    assert 0 <= entry.grace <= max(more, life + more - entry.age)
    assert entry.left == 0 or entry.age + entry.left <= min(life, longest) * (1 + 1e-9)
    if not entry.left:
        assert entry.age + entry.grace <= max(entry.age, life + more) * (1 + 1e-9)
