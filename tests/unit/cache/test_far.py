"""
The tier that processes share: nothing in it is trusted, and nothing of it is needed.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt._coroutine import run
from supaopt.cache import CacheConfig, InProcess
from supaopt.cache._loop import LoopBackground, LoopFollower
from supaopt.cache._runtime import ThreadBackground, ThreadFollower

if TYPE_CHECKING:
    from supaopt.cache import MemoryStore


class Shelf:
    """
    A Redis in a dictionary, which can break and hold things back.
    """

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.kept: dict[str, tuple[Any, float]] = {}
        self.broken = False
        self.calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self.broken:
            raise ConnectionError("redis is down")

    async def get(self, key: str, /) -> Any:
        """Get."""
        self._call()
        value, ends = self.kept.get(key, (None, 0.0))
        return value if self.clock.now < ends else None

    async def get_many(self, keys: Any, /) -> list[Any]:
        """Get many."""
        self._call()
        self.calls -= len(keys)
        return [await self.get(key) for key in keys]

    async def put(self, key: str, value: bytes, /, *, seconds: float) -> None:
        """Put."""
        self._call()
        self.kept[key] = value, self.clock.now + seconds

    async def claim(self, key: str, token: str, /, *, seconds: float) -> bool:
        """Claim."""
        if await self.get(key) is not None:
            return False
        self.kept[key] = token, self.clock.now + seconds
        return True

    async def release(self, key: str, token: str, /) -> None:
        """Release."""
        if await self.get(key) == token:
            del self.kept[key]

    async def close(self) -> None:
        """Close."""
        self._call()


@pytest.fixture(name="shelf")
def _shelf(clock: Any) -> Shelf:
    return Shelf(clock)


@pytest.fixture(name="cache")
def _cache(cache: Any, clock: Any, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Any:
    """
    Make two processes, ``cache`` and ``cache.other``, on one database and one Redis.
    """
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: None)
    for module in ("_blocking.shelf_of", "_awaiting.async_shelf_of"):
        monkeypatch.setattr(f"supaopt.cache.{module}", lambda target: target)
    other = type(cache)(cache.store, cache.arrivals)
    for one in (cache, other):
        one.manager = one.make(redis=shelf)
        one.poll = one.manager._engine._follower.step
        run(one.poll())
    cache.other = other
    return cache


def tiers(cache: Any) -> list[str]:
    """
    Return which tier answered, read by read.
    """
    return [event.tier for event in cache.events if event.kind == "hit"]


def test_another_process_reads_what_one_has_computed(cache: Any, config: CacheConfig) -> None:
    """
    An answer that one process computed is read by another without its database.
    """
    assert [1, 1] == [one.get("k", lambda: 1, config) for one in (cache, cache.other)]
    assert ["redis"] == tiers(cache.other)


def test_a_hit_in_the_database_is_shared(cache: Any, shelf: Shelf, config: CacheConfig) -> None:
    """
    What is found in the database is put where the next process finds it sooner.
    """
    cache.get("k", lambda: 1, config)
    shelf.kept.clear()
    assert [1, 1] == [one.get("k", lambda: 2, config) for one in (cache, cache.other)]
    assert (["database"], ["redis"]) == (tiers(cache), tiers(cache.other))


def test_a_write_ends_it_with_the_next_poll(
    cache: Any, store: MemoryStore, config: CacheConfig
) -> None:
    """
    Nobody deletes anything in Redis, and yet nobody who has heard of a write reads the old.
    """
    cache.get("k", lambda: 1, config)
    with store.begin() as transaction:
        transaction.touch(["products"])
    run(cache.other.poll())
    assert cache.other.get("k", lambda: 2, config) == 2


def test_own_invalidation_is_seen_at_once(cache: Any, config: CacheConfig) -> None:
    """
    After an invalidation this process reads nothing that it ended.
    """
    cache.get("k", lambda: 1, config)
    cache.invalidate(["products"])
    assert cache.get("k", lambda: 2, config) == 2


def test_own_invalidation_is_seen_although_polling_fails(
    cache: Any, store: MemoryStore, config: CacheConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A process that cannot hear of its own write asks the database.
    """
    cache.get("k", lambda: 1, config)

    async def fail(after: str | None, /) -> Any:
        raise OSError("down")

    monkeypatch.setattr(store, "changes", fail)
    cache.invalidate(["products"])
    assert cache.get("k", lambda: 2, config) == 2


def test_silence_ends_trust(cache: Any, clock: Any, config: CacheConfig) -> None:
    """
    A process that has not heard of the log for some time leaves the tier out.
    """
    cache.get("k", lambda: 1, config)
    clock.now += 5.1
    cache.other.get("k", lambda: 2, config)
    assert ["database"] == tiers(cache.other)


def test_what_is_older_than_a_process_remembers_is_a_miss(
    cache: Any, store: MemoryStore, config: CacheConfig
) -> None:
    """
    A process that started after an entry was shared asks the database once, and shares anew.
    """
    cache.get("k", lambda: 1, config)
    with store.begin() as transaction:
        transaction.touch(["another"])
    late = type(cache)(cache.store, cache.arrivals)
    late.manager = late.make(redis=cache.manager._engine._far._shelf)
    run(late.manager._engine._follower.step())
    assert [1, 1] == [late.get("k", lambda: 2, config) for _ in range(2)]
    assert ["database", "redis"] == tiers(late)


def test_another_life_of_the_database_reads_nothing_of_the_last(
    cache: Any, store: MemoryStore, config: CacheConfig
) -> None:
    """
    Keys hold the database's generation.
    """
    cache.get("k", lambda: 1, config)
    store._generation = "0" * 32
    for one in (cache, cache.other):
        run(one.poll())
    assert cache.other.get("k", lambda: 2, config) == 2


def test_strict_reads_pass_by(cache: Any, shelf: Shelf) -> None:
    """
    Who asks for strict answers gets the database's.
    """
    config = CacheConfig("5 minutes", ["products"], consistency="strict")
    for _ in range(2):
        cache.get("k", lambda: 1, config)
    assert (["database"], 0) == (tiers(cache), shelf.calls)


def test_it_ends_with_its_duration(cache: Any, clock: Any, config: CacheConfig) -> None:
    """
    An entry grows no older here than in the database, nor than a caller allows.
    """
    cache.get("k", lambda: 1, config)
    clock.now += 299
    run(cache.other.poll())
    assert cache.other.get("k", lambda: 2, config) == 1
    clock.now += 1
    assert cache.other.get("k", lambda: 2, config) == 2
    clock.now += 30
    run(cache.poll())
    assert cache.get("k", lambda: 3, CacheConfig("30 seconds", ["products"])) == 3


def test_with_a_tier_in_the_process_it_is_copied(cache: Any, config: CacheConfig) -> None:
    """
    What Redis brings is kept in the process.
    """
    cache.get("k", lambda: 1, config)
    other = cache.other
    other.manager = other.make(redis=cache.manager._engine._far._shelf, l1=InProcess())
    run(other.manager._engine._follower.step())
    for _ in range(2):
        other.get("k", lambda: 2, config)
    assert ["redis", "process"] == tiers(other)


@pytest.mark.parametrize(
    "rubbish", [b"", b"\n", b"{}", b"[]\n1", b'["a","b",[],1,1]\n1', b"\xff\xfe", b"null\nnull"]
)
def test_rubbish_is_a_miss(cache: Any, shelf: Shelf, config: CacheConfig, rubbish: bytes) -> None:
    """
    What somebody else wrote there is told, and the answer comes from below.
    """
    cache.get("k", lambda: 1, config)
    shelf.kept = {key: (rubbish, ends) for key, (_, ends) in shelf.kept.items()}
    assert cache.other.get("k", lambda: 2, config) == 1
    assert [("error", "redis")] == [
        (event.kind, event.tier) for event in cache.other.events if event.kind == "error"
    ]


@pytest.mark.parametrize("stored_at", ["NaN", "Infinity", "-Infinity", "1e300", "1e10"])
def test_a_time_that_cannot_be_is_a_miss(
    cache: Any, shelf: Shelf, config: CacheConfig, stored_at: str
) -> None:
    """
    An entry from the far future would never grow old.
    """
    cache.get("k", lambda: 1, config)
    [(key, (value, ends))] = shelf.kept.items()
    shelf.kept[key] = value.replace(b",1000000.0,", f",{stored_at},".encode()), ends
    assert (1, ["database"]) == (cache.other.get("k", lambda: 2, config), tiers(cache.other))


def test_an_entry_of_another_type_is_a_miss(cache: Any, config: CacheConfig) -> None:
    """
    What an older release shared as something else is told, and computed anew.
    """
    cache.get("k", lambda: {"count": 1}, config)
    assert 2 == cache.other.get("k", lambda: 2, config, type=int)
    assert ("error", "redis") == (cache.other.events[0].kind, cache.other.events[0].tier)


def test_each_caller_has_a_value_of_its_own(cache: Any, config: CacheConfig) -> None:
    """
    What one caller does to an answer from Redis, no other sees.
    """
    cache.get("k", lambda: [1], config)
    cache.other.get("k", lambda: [2], config).append(3)
    assert [1] == cache.other.get("k", lambda: [2], config)


def test_who_is_served_by_it_goes_on_following(
    cache: Any, config: CacheConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Reads that Redis answers keep the follower awake, without which it would not be believed.
    """
    monkeypatch.setattr("supaopt.cache._follow.IDLE_POLLS", 1)
    cache.get("k", lambda: 1, config)
    followed = []
    for read in (True, False):
        if read:
            cache.other.get("k", lambda: 2, config)
        followed.append(run(cache.other.poll()))
    assert ([True, False], ["redis"]) == (followed, tiers(cache.other))


def test_a_follower_that_rests_starts_with_the_next_miss(
    cache: Any, clock: Any, config: CacheConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A read that Redis answers starts nothing; one that is no longer believed does.
    """
    started: list[None] = []
    for runner in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(runner, "ensure", lambda self: started.append(None))
    cache.get("k", lambda: 1, config)
    cache.get("k", lambda: 1, config)
    assert [None] == started
    clock.now += 5.1
    cache.get("k", lambda: 1, config)
    assert [None, None] == started


def test_reads_that_it_answers_are_counted(cache: Any, config: CacheConfig) -> None:
    """
    The database is told how often an entry was read in Redis.
    """
    cache.get("k", lambda: 1, config)
    for _ in range(3):
        cache.other.get("k", lambda: 2, config)
    run(cache.other.manager._engine.flush_hits())
    assert 3 == cache.metrics().max_hits


def test_a_broken_redis_is_left_alone(cache: Any, shelf: Shelf, config: CacheConfig) -> None:
    """
    A Redis that fails costs one report and then nothing, and no caller an answer.
    """
    shelf.broken = True
    assert [1] * 20 == [cache.get(f"k{number}", lambda: 1, config) for number in range(20)]
    assert 1 == shelf.calls
    assert 1 == sum(event.kind == "error" for event in cache.events)


def test_a_mended_redis_is_used_again(
    cache: Any, shelf: Shelf, clock: Any, config: CacheConfig
) -> None:
    """
    After a rest the tier is tried, and used.
    """
    shelf.broken = True
    for number in range(5):
        cache.get(f"k{number}", lambda: 1, config)
    shelf.broken = False
    clock.now += 1
    for _ in range(2):
        cache.get("new", lambda: 1, config)
    assert "redis" == tiers(cache)[-1]


class Waiting:
    """
    A background whose waits let something else happen.
    """

    def __init__(self, *happenings: Any) -> None:
        self.happenings = list(happenings)

    async def sleep(self, seconds: float, /) -> None:
        """
        Let the next thing happen.
        """
        if self.happenings:
            self.happenings.pop(0)()


@pytest.fixture(name="waits")
def _waits(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(*happenings: Any) -> None:
        waiting = Waiting(*happenings)
        for background in (ThreadBackground, LoopBackground):
            monkeypatch.setattr(background, "sleep", lambda self, seconds: waiting.sleep(seconds))

    return install


def claim(cache: Any) -> tuple[Any, str]:
    """
    Let the other process claim the key, as if it computed.
    """
    engine: Any = cache.other.manager._engine
    mark = engine.near.mark()
    token = run(engine._far.claim("k", mark, seconds=30))
    return (lambda: run(engine._far.release("k", mark, token))), token


def test_one_process_computes_for_all(cache: Any, config: CacheConfig, waits: Any) -> None:
    """
    A process that finds another one computing waits for its answer.
    """
    release, _ = claim(cache)
    far: Any = cache.other.manager._engine._far
    turns: list[None] = []

    def answer() -> None:
        mark = cache.other.manager._engine.near.mark()
        lookup = run(cache.store.lookup("k", max_age=1))
        run(cache.store.store("k", b"7", duration=60, tags=config.tags, lease=lookup.lease))
        found = run(cache.store.lookup("k", max_age=60))
        run(far.keep("k", found, mark, life=60))
        release()

    waits(lambda: turns.append(None), answer)
    assert cache.get("k", lambda: 1, config) == 7
    assert [None] == turns
    assert ["redis"] == tiers(cache)


def test_a_process_that_fails_is_replaced(cache: Any, config: CacheConfig, waits: Any) -> None:
    """
    When the other one gives up without an answer, the next computes.
    """
    release, _ = claim(cache)
    waits(release)
    assert cache.get("k", lambda: 1, config) == 1


def test_a_process_that_dies_is_replaced(
    cache: Any, config: CacheConfig, clock: Any, waits: Any
) -> None:
    """
    A claim ends by itself.
    """
    claim(cache)

    def later() -> None:
        clock.now += 31
        run(cache.poll())

    waits(later)
    assert cache.get("k", lambda: 1, config) == 1


def test_waiting_has_an_end(cache: Any, config: CacheConfig, waits: Any) -> None:
    """
    A process that never comes back holds nobody up for longer than a leader may.
    """
    claim(cache)
    waits()
    assert cache.get("k", lambda: 1, config) == 1


def test_only_the_owner_gives_a_claim_back(cache: Any) -> None:
    """
    A late process does not end the claim of the next.
    """
    engine: Any = cache.manager._engine
    mark = engine.near.mark()
    token = run(engine._far.claim("k", mark, seconds=30))
    run(engine._far.release("k", mark, "another"))
    assert run(engine._far.claim("k", mark, seconds=30)) is None
    run(engine._far.release("k", mark, token))
    assert run(engine._far.claim("k", mark, seconds=30)) is not None


def test_a_failing_query_gives_the_claim_back(cache: Any, config: CacheConfig) -> None:
    """
    An error in one process lets the next compute at once.
    """

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        cache.get("k", fail, config)
    assert cache.other.get("k", lambda: 1, config) == 1


class TestMany:
    """
    Many keys at once.
    """

    def test_they_cost_one_call(self, cache: Any, shelf: Shelf, config: CacheConfig) -> None:
        """
        What another process has computed is fetched together, and the rest is computed together.
        """
        cache.many(["a", "b"], lambda missing: dict.fromkeys(missing, 1), config)
        shelf.calls = 0
        found = cache.other.many(
            ["a", "c", "b"], lambda missing: dict.fromkeys(missing, missing), config
        )
        assert {"a": 1, "c": ["c"], "b": 1} == found
        assert ["redis", "redis"] == tiers(cache.other)
        assert shelf.calls == 2  # and one to share what was computed

    def test_rubbish_spoils_no_other_key(
        self, cache: Any, shelf: Shelf, config: CacheConfig
    ) -> None:
        """
        An entry that cannot be read is a miss of its own.
        """
        cache.many(["a", "b", "c"], lambda missing: dict.fromkeys(missing, 1), config)
        (spoilt,) = (key for key in shelf.kept if key.endswith(":b"))
        shelf.kept[spoilt] = b"{}", shelf.kept[spoilt][1]
        assert dict.fromkeys("abc", 1) == cache.other.many(["a", "b", "c"], dict.fromkeys, config)
        assert ["redis", "redis", "database"] == tiers(cache.other)

    def test_a_broken_redis_costs_no_answer(
        self, cache: Any, shelf: Shelf, config: CacheConfig
    ) -> None:
        """
        A failing call is a miss of all keys and one report, not one of each.
        """
        cache.many(["a", "b", "c"], lambda missing: dict.fromkeys(missing, 1), config)
        shelf.broken = True
        cache.other.many(["a", "b", "c"], dict.fromkeys, config)
        assert ["database"] * 3 == tiers(cache.other)
        fetches = [event for event in cache.other.events if event.kind == "error"]
        assert 1 <= len(fetches) <= 3  # sharing what the database had fails too

    def test_strict_keys_pass_by(self, cache: Any, shelf: Shelf, config: CacheConfig) -> None:
        """
        Each key's own configuration says whether it may be shared.
        """
        strict = CacheConfig("5 minutes", ["products"], consistency="strict")

        def ask(one: Any) -> Any:
            return one.many(
                ["a", "b"],
                lambda missing: dict.fromkeys(missing, 1),
                lambda key: strict if key == "a" else config,
            )

        assert ask(cache) == ask(cache.other)
        assert [("redis", "b"), ("database", "a")] == [
            (event.tier, event.key) for event in cache.other.events if event.kind == "hit"
        ]


def test_a_set_duration_and_late_tags_are_shared(
    cache: Any, clock: Any, store: MemoryStore
) -> None:
    """
    Another process lets go of an answer when its own duration is over, and when a late tag ends.
    """

    def compute(context: Any) -> int:
        context.set_duration("30 seconds")
        context.add_tags(["customer:7"])
        return 1

    grace = CacheConfig("5 minutes", grace="1 hour")
    cache.get_with("k", compute, grace)
    assert cache.other.get_with("k", lambda _: 2, grace) == 1
    with store.begin() as transaction:
        transaction.touch(["customer:7"])
    run(cache.other.poll())
    assert cache.other.get_with("k", compute, grace) == 1
    assert ["redis"] == tiers(cache.other)
    clock.now += 31
    for one in (cache, cache.other):
        run(one.poll())
        assert one.get_with("k", lambda _: 3, grace) == 3
