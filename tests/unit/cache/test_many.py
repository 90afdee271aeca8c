"""
Many keys in one call: what is kept is read, and the rest is computed at once.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt._coroutine import run
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheContext,
    DatabaseCacheManager,
    InProcess,
    MemoryStore,
)
from supaopt.cache._loop import LoopBackground, LoopFollower
from supaopt.cache._runtime import ThreadBackground, ThreadFollower
from supaopt.errors import ConfigError, RequestTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GRACE = CacheConfig("5 minutes", ["products"], grace="1 hour")


class Counting:
    """
    A query of many keys that notes what it was asked, and answers with the number of the run.
    """

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, missing: list[str]) -> dict[str, list[int]]:
        """
        Note and answer.
        """
        self.asked.append(missing)
        return {key: [len(self.asked)] for key in missing}


def fail(missing: list[str]) -> dict[str, int]:
    """
    Be a query that fails.
    """
    raise LookupError("source is down")


def kinds(cache: Any) -> list[str]:
    """
    Return the kinds of all events.
    """
    return [event.kind for event in cache.events]


@pytest.fixture(name="query")
def _query() -> Counting:
    return Counting()


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    """
    Let engine and store read the same clock, which is the test's.
    """
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    for follower in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(follower, "ensure", lambda self: None)


@pytest.fixture(name="singly", params=[False, True], ids=["bulk", "singly"])
def _singly(request: pytest.FixtureRequest, cache: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    """
    Have the store look up many keys at once, or each by itself as others do.
    """
    if request.param:
        cache.manager._engine._bulk = None
    return bool(request.param)


@pytest.mark.usefixtures("singly")
class TestKeys:
    """
    What is read and what is computed.
    """

    def test_one_computation_for_all(self, cache: Any, query: Counting) -> None:
        """
        All missing keys are computed in one call, in their order, and the next call computes none.
        """
        expected = {"b": [1], "a": [1], "c": [1]}
        assert [expected, expected] == [cache.many(["b", "a", "c"], query) for _ in range(2)]
        assert [["b", "a", "c"]] == query.asked

    def test_only_what_is_missing_is_computed(
        self, cache: Any, query: Counting, config: CacheConfig
    ) -> None:
        """
        What is kept, by whatever call, is not computed again.
        """
        cache.get("b", lambda: [0], config)
        assert {"a": [1], "b": [0], "c": [1]} == cache.many(["a", "b", "c"], query, config)
        assert [["a", "c"]] == query.asked
        assert [1] == cache.get("a", lambda: [9], config)

    def test_the_order_is_the_callers(self, cache: Any, query: Counting) -> None:
        """
        The answers come in the order of the keys, whichever tier they come from.
        """
        cache.many(["b"], query)
        assert ["c", "b", "a"] == list(cache.many(["c", "b", "a"], query))

    def test_each_key_is_read_once(self, cache: Any, query: Counting) -> None:
        """
        A key that is named twice is one key.
        """
        assert {"a": [1], "b": [1]} == cache.many(iter(["a", "b", "a"]), query)
        assert [["a", "b"]] == query.asked

    def test_no_keys_ask_nobody(self, cache: Any, query: Counting) -> None:
        """
        For no keys nothing is looked up and nothing computed.
        """
        assert {} == cache.many([], query)
        assert ([], []) == (query.asked, cache.events)

    def test_none_is_a_value(self, cache: Any) -> None:
        """
        What is not there is told by a None, which is kept.
        """
        assert {"a": None} == cache.many(["a"], dict.fromkeys)
        assert {"a": None} == cache.many(["a"], fail)

    def test_what_was_not_asked_for_is_not_kept(self, cache: Any) -> None:
        """
        A function may answer for more keys than it was given; they are passed over.
        """
        assert {"a": 1} == cache.many(["a"], lambda _: {"a": 1, "b": 1})
        assert cache.get("b", lambda: 2) == 2

    def test_values_are_the_callers_own(self, cache: Any, query: Counting) -> None:
        """
        What a caller does to its values changes nobody's.
        """
        cache.many(["a"], query)["a"].append(7)
        assert {"a": [1]} == cache.many(["a"], query)

    def test_each_key_has_its_own_tags(self, cache: Any, query: Counting) -> None:
        """
        A function may say what each key depends on.
        """

        def config(key: str) -> CacheConfig:
            return CacheConfig("5 minutes", [f"product:{key}"])

        cache.many(["1", "2"], query, config)
        assert cache.invalidate(["product:2"]) == 1
        assert {"1": [1], "2": [2]} == cache.many(["1", "2"], query, config)

    def test_each_key_has_its_own_age(self, cache: Any, query: Counting, clock: Any) -> None:
        """
        Durations of one call may differ.
        """

        def config(key: str) -> CacheConfig:
            return CacheConfig(10 if key == "short" else 100)

        cache.many(["short", "long"], query, config)
        clock.now += 50
        assert {"short": [2], "long": [1]} == cache.many(["short", "long"], query, config)

    def test_values_have_a_type(self, cache: Any) -> None:
        """
        Values come back as what they were, by their type.
        """
        found = [
            cache.many(["a"], lambda _: {"a": {1, 2}}, CacheConfig("5 minutes"), type=set[int])
            for _ in range(2)
        ]
        assert [{"a": {1, 2}}] * 2 == found

    def test_a_write_during_the_computation_refuses_its_keys(
        self, cache: Any, store: MemoryStore
    ) -> None:
        """
        An answer that a write has overtaken is returned and not kept; the others are kept.
        """

        def config(key: str) -> CacheConfig:
            return CacheConfig("5 minutes", [f"product:{key}"])

        def overtaken(missing: list[str]) -> dict[str, int]:
            with store.begin() as transaction:
                transaction.touch(["product:2"])
            return dict.fromkeys(missing, 1)

        assert {"1": 1, "2": 1} == cache.many(["1", "2"], overtaken, config)
        assert {"1": 1, "2": 2} == cache.many(
            ["1", "2"], lambda missing: dict.fromkeys(missing, 2), config
        )


class TestTiers:
    """
    The tiers above the database.
    """

    def test_copies_answer_first(self, cache: Any, query: Counting) -> None:
        """
        What this process holds is not looked up.
        """
        cache.manager = cache.make(l1=InProcess(max_staleness="1 hour"))
        run(cache.manager._engine._runner._follower.step())
        cache.many(["a", "b"], query)
        cache.many(["a", "b", "c"], query)
        hits = [(event.tier, event.key) for event in cache.events if event.kind == "hit"]
        assert [("process", "a"), ("process", "b")] == hits
        assert [["a", "b"], ["c"]] == query.asked

    def test_one_round_trip_where_the_store_can(
        self, cache: Any, query: Counting, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A store that can look up many keys is asked once.
        """
        asked: list[Any] = []
        lookup_many = store.lookup_many

        async def noted(max_ages: Mapping[str, float], /) -> Any:
            asked.append(dict(max_ages))
            return await lookup_many(max_ages)

        monkeypatch.setattr(store, "lookup_many", noted)
        cache.many(["a", "b"], query, CacheConfig(60))
        assert [{"a": 60.0, "b": 60.0}] == asked

    @pytest.mark.parametrize("method", ["lookup_many", "store"])
    def test_a_database_that_is_down_costs_a_computation(
        self,
        cache: Any,
        query: Counting,
        store: MemoryStore,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
    ) -> None:
        """
        A failing tier is a miss and a report.
        """

        async def down(*args: Any, **options: Any) -> Any:
            raise OSError("database is down")

        monkeypatch.setattr(store, method, down)
        assert {"a": [1], "b": [1]} == cache.many(["a", "b"], query)
        assert "error" in kinds(cache)


class TestMistakes:
    """
    What is refused, and what becomes of the other keys.
    """

    def test_a_key_that_is_left_out_is_an_error(self, cache: Any) -> None:
        """
        Who leaves a key out is told which, and the others are kept.
        """
        with pytest.raises(ConfigError, match="left out 'b'; return a value for each"):
            cache.many(["a", "b", "c"], lambda _: {"a": 1, "c": 1})
        assert {"a": 1, "c": 1} == cache.many(["a", "c"], fail)

    def test_a_value_that_cannot_be_kept_is_an_error(self, cache: Any) -> None:
        """
        A value that is no JSON is told, and the others are kept.
        """
        with pytest.raises(ConfigError, match=r"'b'.*no JSON"):
            cache.many(["a", "b"], lambda _: {"a": 1, "b": object()})
        assert {"a": 1} == cache.many(["a"], fail)

    def test_what_is_no_mapping_is_an_error(self, cache: Any) -> None:
        """
        Values without keys are nobody's.
        """
        with pytest.raises(ConfigError, match="returned a list; return a dictionary"):
            cache.many(["a"], lambda _: [1])

    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ("abc", r"keys 'abc' must be a list of texts; write \['abc'\]"),
            (None, "keys None must be a list"),
            (["a", None], "cache key None is null"),
            (["a", ""], "has 0 characters"),
        ],
    )
    def test_wrong_keys_are_refused(self, cache: Any, keys: Any, words: str) -> None:
        """
        Nothing is computed for keys that cannot be kept.
        """
        with pytest.raises(ConfigError, match=words):
            cache.many(keys, fail)

    @pytest.mark.parametrize("config", [{"duration": 60}, "5 minutes", lambda key: None])
    def test_wrong_configurations_are_refused(self, cache: Any, config: Any) -> None:
        """
        What is no configuration is told by its type.
        """
        with pytest.raises(ConfigError, match="config for 'a' is a"):
            cache.many(["a"], fail, config)

    def test_a_context_is_refused(self, store: MemoryStore) -> None:
        """
        A context speaks of one key.
        """

        def compute(context: CacheContext[int]) -> dict[str, int]:
            return {}

        with pytest.raises(ConfigError, match="many keys takes no CacheContext"):
            DatabaseCacheManager(store).get_many(["a"], compute)  # type: ignore[type-var]

    def test_a_function_without_keys_is_told(self, store: MemoryStore) -> None:
        """
        A function that cannot be called with the keys is refused.
        """
        with pytest.raises(ConfigError, match="takes the list of those that are missing"):
            DatabaseCacheManager(store).get_many(["a"], lambda: {"a": 1})  # type: ignore[arg-type,misc]

    def test_a_type_error_of_its_own_is_raised_as_it_is(self, cache: Any) -> None:
        """
        What the function raises is not mistaken for a call that does not fit.
        """

        def wrong(missing: list[str]) -> dict[str, int]:
            raise TypeError("its own")

        with pytest.raises(TypeError, match="its own") as caught:
            cache.many(["a"], wrong)
        assert not isinstance(caught.value, ConfigError)

    def test_functions_of_the_other_colour_are_refused(self, store: MemoryStore) -> None:
        """
        Each manager takes functions of its own colour.
        """

        async def later(missing: list[str]) -> dict[str, int]:
            return {}

        with pytest.raises(ConfigError, match="is asynchronous; use"):
            DatabaseCacheManager(store).get_many(["a"], later)  # type: ignore[arg-type,type-var]
        manager: Any = AsyncDatabaseCacheManager(store)
        with pytest.raises(ConfigError, match="is not asynchronous"):
            asyncio.run(manager.get_many(["a"], fail_not))


def fail_not(missing: list[str]) -> dict[str, int]:
    """
    Answer at once.
    """
    return dict.fromkeys(missing, 1)


@pytest.mark.usefixtures("singly")
class TestFailure:
    """
    What is served when the computation fails or takes long.
    """

    def test_old_answers_are_served(self, cache: Any, query: Counting, clock: Any) -> None:
        """
        If each key has an answer within its grace, a failure is told and they are served.
        """
        cache.many(["a", "b"], query, GRACE)
        clock.now += 301
        assert {"a": [1], "b": [1]} == cache.many(["a", "b"], fail, GRACE)
        assert ["stale", "stale"] == kinds(cache)[-2:]

    def test_a_key_without_an_old_answer_raises(
        self, cache: Any, query: Counting, clock: Any
    ) -> None:
        """
        One key that has nothing raises the error for the call, whatever the others have.
        """
        cache.many(["a"], query, GRACE)
        clock.now += 301
        with pytest.raises(LookupError, match="source is down"):
            cache.many(["a", "b"], fail, GRACE)

    def test_what_a_write_has_ended_is_not_served(
        self, cache: Any, query: Counting, clock: Any
    ) -> None:
        """
        Grace is for age alone.
        """
        cache.many(["a", "b"], query, GRACE)
        clock.now += 301
        cache.invalidate(["products"])
        with pytest.raises(LookupError):
            cache.many(["a", "b"], fail, GRACE)

    def test_a_mistake_is_not_hidden_by_grace(
        self, cache: Any, query: Counting, clock: Any
    ) -> None:
        """
        A key that is left out is told, although there is an old answer.
        """
        cache.many(["a"], query, GRACE)
        clock.now += 301
        with pytest.raises(ConfigError, match="left out 'a'"):
            cache.many(["a"], lambda _: {}, GRACE)

    def test_a_slow_computation_is_bypassed(
        self, cache: Any, query: Counting, clock: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Who has waited long enough gets old answers, and the computation goes on and is kept.
        """
        spawned: list[Any] = []
        for background in (ThreadBackground, LoopBackground):
            monkeypatch.setattr(background, "spawn", lambda _, make: not spawned.append(make))
        soft = CacheConfig("5 minutes", ["products"], grace="1 hour", soft_timeout=0.01)
        cache.many(["a", "b"], query, soft)
        clock.now += 301
        assert {"a": [1], "b": [1]} == cache.many(["a", "b"], query, soft)
        (refresh,) = spawned
        asyncio.run(refresh())
        assert {"a": [2], "b": [2]} == cache.many(["a", "b"], fail, soft)
        assert [["a", "b"], ["a", "b"]] == query.asked

    def test_a_quick_computation_is_waited_for(
        self, cache: Any, query: Counting, clock: Any
    ) -> None:
        """
        A computation within the soft limit is what its caller gets.
        """
        soft = CacheConfig("5 minutes", grace="1 hour", soft_timeout="20 seconds")
        cache.many(["a", "b"], query, soft)
        clock.now += 301
        assert {"a": [2], "b": [2]} == cache.many(["a", "b"], query, soft)

    def test_a_key_without_an_old_answer_waits(
        self, cache: Any, query: Counting, clock: Any
    ) -> None:
        """
        If one key has nothing to serve, all wait for the one computation.
        """
        soft = CacheConfig("5 minutes", grace="1 hour", soft_timeout=0.01)
        cache.many(["a"], query, soft)
        clock.now += 301
        assert {"a": [2], "b": [2]} == cache.many(["a", "b"], query, soft)

    def test_answers_near_their_end_are_computed_behind(
        self, cache: Any, query: Counting, clock: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        All keys that are about to end are computed anew in one call, behind a caller's back.
        """
        monkeypatch.setattr("supaopt.cache._engine.Hits.due", lambda _: False)
        spawned: list[Any] = []
        for background in (ThreadBackground, LoopBackground):
            monkeypatch.setattr(background, "spawn", lambda _, make: not spawned.append(make))
        die = SimpleNamespace(random=lambda: 0.99)
        monkeypatch.setattr("supaopt.cache._engine.random", die)
        early = CacheConfig("5 minutes", early_refresh="30 seconds")
        cache.many(["a", "b"], query, early)
        clock.now += 280
        assert {"a": [1], "b": [1]} == cache.many(["a", "b"], query, early)
        (refresh,) = spawned
        asyncio.run(refresh())
        assert [["a", "b"], ["a", "b"]] == query.asked


def test_a_hard_limit_stops_a_computation(store: MemoryStore) -> None:
    """
    A computation over its limit is cancelled, and its caller told.
    """

    async def main() -> None:
        async def hang(missing: list[str]) -> dict[str, int]:
            await asyncio.Event().wait()
            return {}

        config = CacheConfig(60, hard_timeout=0.01)
        await AsyncDatabaseCacheManager(store).get_many(["a", "b"], hang, config)

    with pytest.raises(RequestTimeoutError, match=r"within 0\.01 s"):
        asyncio.run(main())


class Crowd:
    """
    Callers of overlapping keys at once, in threads or tasks.
    """

    def __init__(self, arrivals: Any) -> None:
        self.arrivals = arrivals
        self.store = MemoryStore()
        self.asked: list[str] = []
        self.lock = threading.Lock()

    def note(self, missing: list[str]) -> dict[str, int]:
        """
        Note what is computed.
        """
        with self.lock:
            self.asked += missing
        return dict.fromkeys(missing, 1)

    def threads(self, calls: list[list[str]], joins: int) -> list[Any]:
        """
        Read each of *calls* in a thread; computations wait for *joins* callers and keys.
        """
        manager = DatabaseCacheManager(self.store)

        def slow(missing: list[str]) -> dict[str, int]:
            self.arrivals.wait(joins)
            return self.note(missing)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda keys: manager.get_many(keys, slow), calls))

    def tasks(self, calls: list[list[str]], joins: int) -> list[Any]:
        """
        Read each of *calls* in a task.
        """

        async def slow(missing: list[str]) -> dict[str, int]:
            await self.arrivals.wait_async(joins)
            return self.note(missing)

        async def main() -> list[Any]:
            manager = AsyncDatabaseCacheManager(self.store)
            return await asyncio.gather(*(manager.get_many(keys, slow) for keys in calls))

        return asyncio.run(main())


@pytest.mark.parametrize("colour", ["threads", "tasks"])
def test_each_key_is_computed_once(arrivals: Any, colour: str) -> None:
    """
    Callers whose keys overlap, in opposite orders too, compute each key once and wait for none
    in a circle.
    """
    crowd = Crowd(arrivals)
    calls = [["a", "b", "c"], ["c", "b", "a"], ["b", "d"], ["d", "a"]] * 5
    found = getattr(crowd, colour)(calls, sum(map(len, calls)))
    assert [dict.fromkeys(keys, 1) for keys in calls] == found
    assert ["a", "b", "c", "d"] == sorted(crowd.asked)


def test_a_single_reader_shares_the_batch(cache: Any, arrivals: Any) -> None:
    """
    Who reads one key while many are being computed waits for that computation, and the other way
    round.
    """

    async def main() -> tuple[Any, int, list[str]]:
        manager = AsyncDatabaseCacheManager(MemoryStore())
        asked: list[str] = []
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def one() -> int:
            asked.append("b alone")
            begun.set()
            await go_on.wait()
            return 2

        async def rest(missing: list[str]) -> dict[str, int]:
            asked.extend(missing)
            return dict.fromkeys(missing, 1)

        single = asyncio.create_task(manager.get_cached_data("b", one))
        await begun.wait()
        many = asyncio.create_task(manager.get_many(["a", "b", "c"], rest))
        await arrivals.wait_async(4)
        go_on.set()
        return await many, await single, asked

    assert ({"a": 1, "b": 2, "c": 1}, 2, ["b alone", "a", "c"]) == asyncio.run(main())


def test_a_failure_is_each_keys_own(arrivals: Any) -> None:
    """
    A reader of one key gets its answer, although the call that computed it left another out.
    """

    async def main() -> tuple[Any, Any]:
        manager = AsyncDatabaseCacheManager(MemoryStore())
        go_on = asyncio.Event()

        async def some(missing: list[str]) -> dict[str, int]:
            await go_on.wait()
            return {"a": 1}

        async def never() -> int:
            raise AssertionError

        many = asyncio.create_task(manager.get_many(["a", "b"], some))
        await arrivals.wait_async(2)
        single = asyncio.create_task(manager.get_cached_data("a", never))
        await arrivals.wait_async(3)
        go_on.set()
        return await asyncio.gather(many, single, return_exceptions=True)

    failed, found = asyncio.run(main())
    assert isinstance(failed, ConfigError)
    assert found == 1


def test_a_cancelled_leader_is_replaced(arrivals: Any) -> None:
    """
    When the caller that computes is cancelled, one of those who wait computes.
    """

    async def main() -> Any:
        manager = AsyncDatabaseCacheManager(MemoryStore())
        begun = asyncio.Event()

        async def hang(missing: list[str]) -> dict[str, int]:
            begun.set()
            await asyncio.Event().wait()
            return {}

        async def answer(missing: list[str]) -> dict[str, int]:
            return dict.fromkeys(missing, 1)

        leader = asyncio.create_task(manager.get_many(["a", "b"], hang))
        await begun.wait()
        follower = asyncio.create_task(manager.get_many(["b", "a"], answer))
        await arrivals.wait_async(4)
        leader.cancel()
        return await follower

    assert {"b": 1, "a": 1} == asyncio.run(main())


def test_a_query_that_reads_its_own_key_is_refused(store: MemoryStore) -> None:
    """
    A computation that asks for one of its own keys raises where it would wait for ever.
    """
    manager = DatabaseCacheManager(store)

    def again(missing: list[str]) -> dict[str, int]:
        return manager.get_many(["b"], fail_not)

    with pytest.raises(ConfigError, match="reads 'b' again and would wait for itself"):
        manager.get_many(["a", "b"], again)


def test_who_comes_after_a_write_is_not_served_the_past(arrivals: Any) -> None:
    """
    A caller that has seen a commit is not served a computation that began before it.
    """

    async def main() -> tuple[Any, Any]:
        store = MemoryStore()
        manager = AsyncDatabaseCacheManager(store)
        config = CacheConfig("5 minutes", ["products"])
        table = [1]
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(missing: list[str]) -> dict[str, int]:
            found = dict.fromkeys(missing, table[0])
            begun.set()
            await go_on.wait()
            return found

        first = asyncio.create_task(manager.get_many(["a", "b"], slow, config))
        await begun.wait()
        with store.begin() as transaction:
            transaction.touch(["products"])
            table[0] = 2
        second = asyncio.create_task(manager.get_many(["b", "c"], slow, config))
        await arrivals.wait_async(4)
        go_on.set()
        return await first, await second

    assert ({"a": 1, "b": 1}, {"b": 2, "c": 2}) == asyncio.run(main())


class Held(MemoryStore):
    """
    A store whose first answer to a store is held up on its way back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def store(self, key: str, data: bytes, /, **options: Any) -> bool:
        """
        Store, then wait for the test.
        """
        stored = await super().store(key, data, **options)
        if not self.reached.is_set():
            self.reached.set()
            await self.go_on.wait()
        return stored


def test_who_comes_after_the_store_has_agreed_is_not_covered_by_its_word(arrivals: Any) -> None:
    """
    A write between the store's word and its arrival is not hidden from who has seen it.
    """

    async def main() -> Any:
        store = Held()
        manager = AsyncDatabaseCacheManager(store)
        config = CacheConfig("5 minutes", ["products"])
        table = [1]

        async def query(missing: list[str]) -> dict[str, int]:
            return dict.fromkeys(missing, table[0])

        first = asyncio.create_task(manager.get_many(["a", "b"], query, config))
        await store.reached.wait()
        with store.begin() as transaction:
            transaction.touch(["products"])
            table[0] = 2
        second = asyncio.create_task(manager.get_many(["a"], query, config))
        await arrivals.wait_async(3)
        store.go_on.set()
        await first
        return await second

    assert {"a": 2} == asyncio.run(main())


def test_threads_are_few_and_keep_the_callers_context() -> None:
    """
    Look-ups of many keys take a handful of threads, each under the caller's context.
    """
    import contextvars

    user = contextvars.ContextVar("user", default="nobody")
    user.set("ada")

    async def one() -> tuple[str, str]:
        return user.get(), threading.current_thread().name

    makes: list[Callable[[], Any]] = [one] * 40
    found = run(ThreadBackground().each(makes))
    assert {"ada"} == {name for name, _ in found}
    assert len({thread for _, thread in found}) <= 8


def test_tasks_are_few_and_end_before_an_error_is_raised() -> None:
    """
    Look-ups of many keys take a handful of connections, and none of them outlives the call.
    """
    running, most, ended = 0, 0, 0

    async def one() -> None:
        nonlocal running, most, ended
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        ended += 1

    async def fail_at_once() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(LoopBackground().each([fail_at_once, *[one] * 40]))
    assert (40, True) == (ended, most <= 16)
