"""
Computations that say what their answer depends on, how long it holds, and that it is the old one.
"""

from __future__ import annotations

from datetime import timedelta
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
from supaopt.cache._loop import LoopFollower
from supaopt.cache._runtime import ThreadFollower
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = CacheConfig("5 minutes", ["products"], grace="1 hour")


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    """
    Let engine and store read the same clock, which is the test's.
    """
    monkeypatch.setattr("supaopt.cache._engine.time", SimpleNamespace(monotonic=clock, time=clock))
    for follower in (ThreadFollower, LoopFollower):
        monkeypatch.setattr(follower, "ensure", lambda self: None)


def kinds(cache: Any) -> list[str]:
    """
    Return the kinds of all events.
    """
    return [event.kind for event in cache.events]


def saying(value: Any, **said: Any) -> Callable[[Any], Any]:
    """
    Return a computation of *value* that calls each method of its context that is named.
    """

    def compute(context: CacheContext[Any]) -> Any:
        for method, argument in said.items():
            getattr(context, method)(argument)
        return value

    return compute


def unmodified(context: CacheContext[Any]) -> Any:
    """
    Be a computation that finds the old answer not to be modified.
    """
    return context.not_modified()


class TestTags:
    """
    Tags that are known late.
    """

    def test_a_write_to_a_late_tag_ends_the_answer(self, cache: Any) -> None:
        """
        A tag that the computation adds ends the entry like those of the configuration.
        """
        compute = saying(1, add_tags=["customer:7"])
        cache.get_with("k", compute, CacheConfig("5 minutes", ["products"]))
        assert cache.get("k", lambda: 2) == 1
        assert cache.invalidate(["customer:7"]) == 1
        assert cache.get("k", lambda: 2) == 2

    def test_the_static_tags_stay(self, cache: Any, config: CacheConfig) -> None:
        """
        Adding tags takes none away.
        """
        cache.get_with("k", saying(1, add_tags=["customer:7"]), config)
        assert cache.invalidate(["products"]) == 1

    def test_a_write_between_lease_and_late_tag_refuses_the_store(
        self, cache: Any, store: MemoryStore
    ) -> None:
        """
        A write to a tag that nobody had named yet overtakes the computation all the same.
        """

        def overtaken(context: CacheContext[int]) -> int:
            with store.begin() as transaction:
                transaction.touch(["customer:7"])
            context.add_tags(["customer:7"])
            return 1

        assert cache.get_with("k", overtaken) == 1
        assert "refused" == kinds(cache)[-1]
        assert cache.get("k", lambda: 2) == 2

    def test_a_write_in_progress_ends_the_answer_at_its_commit(
        self, cache: Any, store: MemoryStore
    ) -> None:
        """
        A writer who began before the computation and commits after its store ends the entry.
        """
        writer = store.begin()
        writer.touch(["customer:7"])
        cache.get_with("k", saying(1, add_tags=["customer:7"]))
        assert cache.get("k", lambda: 2) == 1
        writer.commit()
        assert cache.get("k", lambda: 2) == 2

    def test_late_tags_end_the_copy_in_the_process(self, cache: Any, store: MemoryStore) -> None:
        """
        The tier in the process knows late tags too, and hears of writes to them.
        """
        cache.manager = cache.make(l1=InProcess(max_staleness="1 hour"))
        step = cache.manager._engine._runner._follower.step
        run(step())
        compute = saying([1], add_tags=["customer:7"])
        cache.get_with("k", compute)
        assert cache.get("k", lambda: [2]) == [1]
        assert "process" == cache.events[-1].tier
        with store.begin() as transaction:
            transaction.touch(["customer:7"])
        run(step())
        assert cache.get("k", lambda: [2]) == [2]

    @pytest.mark.parametrize("tags", [["customer:*"], [None], [""], "products"])
    def test_wrong_tags_are_refused(self, cache: Any, tags: Any) -> None:
        """
        What an entry may not carry is refused where it is said.
        """
        with pytest.raises(ConfigError, match="tag"):
            cache.get_with("k", saying(1, add_tags=tags))


class TestDuration:
    """
    Durations that are known late.
    """

    @pytest.mark.parametrize("grace", [0, "1 hour"])
    def test_an_answer_may_hold_shorter(self, cache: Any, clock: Any, grace: Any) -> None:
        """
        An answer whose computation set a duration is computed anew after it, grace or no grace.
        """
        config = CacheConfig("5 minutes", grace=grace)
        cache.get_with("k", saying(1, set_duration="30 seconds"), config)
        clock.now += 29
        assert cache.get_with("k", saying(2), config) == 1
        clock.now += 1
        assert cache.get_with("k", saying(2), config) == 2
        clock.now += 299
        assert cache.get_with("k", saying(3), config) == 2

    def test_grace_begins_where_the_set_duration_ends(self, cache: Any, clock: Any) -> None:
        """
        Past the duration that was set, the answer waits out its grace for a failure.
        """

        def fail(context: CacheContext[int]) -> int:
            raise LookupError("source is down")

        cache.get_with("k", saying(1, set_duration="30 seconds"), GRACE)
        clock.now += 31
        assert cache.get_with("k", fail, GRACE) == 1
        clock.now += 3600
        with pytest.raises(LookupError):
            cache.get_with("k", fail, GRACE)

    def test_readers_take_nothing_older_than_they_allow(self, cache: Any, clock: Any) -> None:
        """
        A longer duration than the configuration's does not count.
        """
        config = CacheConfig("5 minutes")
        cache.get_with("k", saying(1, set_duration="1 hour"), config)
        clock.now += 299
        assert cache.get_with("k", saying(2), config) == 1
        clock.now += 1
        assert cache.get_with("k", saying(2), config) == 2

    def test_a_copy_in_the_process_holds_as_short(self, cache: Any, clock: Any) -> None:
        """
        The tier in the process lets go when the duration that was set is over.
        """
        cache.manager = cache.make(l1=InProcess(max_staleness="1 hour"))
        run(cache.manager._engine._runner._follower.step())
        cache.get_with("k", saying(1, set_duration="30 seconds"), GRACE)
        other = cache.make(l1=InProcess(max_staleness="1 hour"))
        run(other._engine._runner._follower.step())
        cache.manager, first = other, cache.manager
        assert cache.get_with("k", saying(2), GRACE) == 1  # and copied from the database
        clock.now += 31
        for manager in (first, other):
            cache.manager = manager
            assert cache.get_with("k", saying(3), GRACE) == 3

    def test_none_may_be_given_a_duration(self, cache: Any, clock: Any) -> None:
        """
        What the computation says of a None goes before what the configuration says.
        """
        config = CacheConfig("5 minutes", none_duration="10 seconds", grace="1 hour")
        cache.get_with("k", saying(None, set_duration="1 minute"), config)
        clock.now += 59
        assert cache.get_with("k", saying(1), config) is None
        clock.now += 2
        assert cache.get_with("k", saying(1), config) == 1

    @pytest.mark.parametrize("duration", [0, -1, "soon", timedelta(0)])
    def test_what_is_no_duration_is_refused(self, cache: Any, duration: Any) -> None:
        """
        A wrong duration is an error where it is said.
        """
        with pytest.raises(ConfigError, match="duration"):
            cache.get_with("k", saying(1, set_duration=duration))


class TestKept:
    """
    What a computation sees of the old answer.
    """

    def test_an_answer_within_grace_is_seen(self, cache: Any, clock: Any) -> None:
        """
        Past its duration and within its grace, the old answer is shown with its age and tags.
        """
        seen: list[Any] = []

        def look(context: CacheContext[list[int]]) -> list[int]:
            seen.append(context.kept)
            return [2]

        cache.get_with("k", look, GRACE)
        clock.now += 600
        cache.get_with("k", look, GRACE)
        first, second = seen
        assert first is None
        assert ([2], timedelta(minutes=10), ("products",)) == (
            second.value,
            second.age,
            second.tags,
        )
        assert second.stored_at.timestamp() == clock.now - 600

    def test_without_grace_there_is_none(self, cache: Any, clock: Any) -> None:
        """
        Who asks for no grace sees nothing, and pays for no look-up.
        """
        config = CacheConfig("5 minutes")
        cache.get_with("k", saying(1), config)
        clock.now += 301
        assert cache.get_with("k", lambda context: context.kept, config) is None

    def test_what_a_write_has_ended_is_not_seen(self, cache: Any, clock: Any) -> None:
        """
        An invalidated answer is gone for computations too.
        """
        cache.get_with("k", saying(1), GRACE)
        cache.invalidate(["products"])
        assert cache.get_with("k", lambda context: context.kept, GRACE) is None

    def test_with_the_database_down_nothing_is_seen(
        self, cache: Any, clock: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A computation sees what the database vouches for, and nothing else.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301

        async def down(key: str, /, *, max_age: float) -> Any:
            raise OSError("database is down")

        monkeypatch.setattr(store, "lookup", down)
        assert cache.get_with("k", lambda context: context.kept, GRACE) is None

    def test_without_a_lease_nothing_is_seen(
        self, cache: Any, clock: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Without a snapshot to hold it against, an old answer is not shown.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301
        lookup = store.lookup

        async def fail_once(key: str, /, *, max_age: float) -> Any:
            monkeypatch.setattr(store, "lookup", lookup)
            raise OSError("database is down")

        monkeypatch.setattr(store, "lookup", fail_once)
        assert cache.get_with("k", lambda context: context.kept, GRACE) is None

    def test_its_key_is_told(self, cache: Any) -> None:
        """
        One computation may serve several keys.
        """
        assert cache.get_with("k", lambda context: context.key) == "k"

    def test_an_old_answer_of_another_type_is_not_seen(self, cache: Any, clock: Any) -> None:
        """
        What an older release has kept, and today's type cannot read, is computed anew.
        """
        cache.get_with("k", saying("text"), GRACE)
        clock.now += 301

        def compute(context: CacheContext[int]) -> int:
            assert context.kept is None
            return 2

        manager = cache.manager
        found = cache.do(manager.get_cached_data("k", cache.adapt(compute), GRACE, type=int))
        assert found == 2


class TestNotModified:
    """
    Keeping the old answer.
    """

    def test_the_old_answer_is_kept_for_another_duration(self, cache: Any, clock: Any) -> None:
        """
        What is not modified is returned, and young again.
        """
        cache.get_with("k", saying([1]), GRACE)
        clock.now += 301
        assert cache.get_with("k", unmodified, GRACE) == [1]
        assert "stored" == kinds(cache)[-1]
        clock.now += 299
        assert cache.get_with("k", saying([2]), GRACE) == [1]
        clock.now += 1
        assert cache.get_with("k", saying([2]), GRACE) == [2]

    def test_late_tags_stay_with_it(self, cache: Any, clock: Any) -> None:
        """
        An answer that is kept on keeps what it depends on, and what is added.
        """
        cache.get_with("k", saying(1, add_tags=["customer:7"]), GRACE)
        clock.now += 301

        def again(context: CacheContext[int]) -> int:
            context.add_tags(["customer:8"])
            return context.not_modified()

        cache.get_with("k", again, GRACE)
        tags = ["customer:7", "customer:8", "products"]
        assert tags == sorted(cache.metrics().by_tag)
        assert cache.invalidate(["customer:7"]) == 1

    def test_it_may_be_kept_shorter(self, cache: Any, clock: Any) -> None:
        """
        The duration that the computation sets holds for the old answer too.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301

        def again(context: CacheContext[int]) -> int:
            context.set_duration("10 seconds")
            return context.not_modified()

        cache.get_with("k", again, GRACE)
        clock.now += 11
        assert cache.get_with("k", saying(2), GRACE) == 2

    def test_a_write_during_the_check_ends_it(
        self, cache: Any, clock: Any, store: MemoryStore
    ) -> None:
        """
        What a write has ended while it was being checked is not kept, whatever the check says.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301

        def overtaken(context: CacheContext[int]) -> int:
            with store.begin() as transaction:
                transaction.touch(["products"])
            return context.not_modified()

        cache.get_with("k", overtaken, GRACE)
        assert "refused" == kinds(cache)[-1]
        assert cache.get_with("k", saying(2), GRACE) == 2

    def test_a_write_in_progress_during_the_check_ends_it(
        self, cache: Any, clock: Any, store: MemoryStore
    ) -> None:
        """
        A writer who was at work while the answer was checked ends it with its commit.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301
        writer = store.begin()
        writer.touch(["products"])
        assert cache.get_with("k", unmodified, GRACE) == 1
        writer.commit()
        assert cache.get_with("k", saying(2), GRACE) == 2

    def test_a_write_between_the_lease_and_the_look_hides_it(
        self, cache: Any, clock: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What ended after the lease was taken and before the old answer was looked for is not seen.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301
        lookup = store.lookup

        async def then_write(key: str, /, *, max_age: float) -> Any:
            found = await lookup(key, max_age=max_age)
            monkeypatch.setattr(store, "lookup", lookup)
            await store.invalidate(["products"])
            return found

        monkeypatch.setattr(store, "lookup", then_write)
        assert cache.get_with("k", lambda context: context.kept, GRACE) is None

    def test_with_nothing_kept_it_is_refused(self, cache: Any) -> None:
        """
        Nothing cannot be unmodified.
        """
        with pytest.raises(ConfigError, match="nothing is kept under 'k'"):
            cache.get_with("k", unmodified, GRACE)

    def test_another_answer_after_it_is_refused(self, cache: Any, clock: Any) -> None:
        """
        Who says that nothing has changed returns the old answer.
        """
        cache.get_with("k", saying([1]), GRACE)
        clock.now += 301

        def mixed(context: CacheContext[list[int]]) -> list[int]:
            context.not_modified()
            return [1]

        with pytest.raises(ConfigError, match="returned something else"):
            cache.get_with("k", mixed, GRACE)

    def test_a_change_to_the_shown_value_is_not_kept(self, cache: Any, clock: Any) -> None:
        """
        What is kept on is what was kept, not what the computation has made of its copy.
        """
        cache.get_with("k", saying([1]), GRACE)
        clock.now += 301

        def meddle(context: CacheContext[list[int]]) -> list[int]:
            value = context.not_modified()
            value.append(2)
            return value

        assert cache.get_with("k", meddle, GRACE) == [1]
        assert cache.get_with("k", saying([3]), GRACE) == [1]

    def test_a_failing_check_serves_the_old_answer(self, cache: Any, clock: Any) -> None:
        """
        A computation that fails after it has looked is like any that fails.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301

        def fail(context: CacheContext[int]) -> int:
            context.not_modified()
            raise LookupError("source is down")

        assert cache.get_with("k", fail, GRACE) == 1
        assert "stale" == kinds(cache)[-1]

    def test_callers_at_once_check_once(self, cache: Any, clock: Any) -> None:
        """
        One check serves all who wait.
        """
        cache.get_with("k", saying(1), GRACE)
        clock.now += 301
        cache.arrivals.count = 0
        runs: list[int] = []

        def check(context: CacheContext[int]) -> int:
            runs.append(1)
            return context.not_modified()

        found = cache.burst(20, "k", check, GRACE, context=True)
        assert ([1] * 20, [1]) == (found, runs)


def test_a_context_ends_with_its_computation(cache: Any) -> None:
    """
    What is said after the function has returned would be lost, and is refused.
    """
    left: list[CacheContext[Any]] = []
    cache.get_with("k", left.append)
    (context,) = left
    for say in (
        lambda: context.add_tags(["a"]),
        lambda: context.set_duration(1),
        context.not_modified,
    ):
        with pytest.raises(ConfigError, match="'k' has ended"):
            say()


def test_a_test_may_make_one() -> None:
    """
    A computation can be called by itself, with a context that nobody keeps anything of.
    """
    assert saying(1, set_duration=5, add_tags=["a"])(CacheContext("k")) == 1
    with pytest.raises(ConfigError, match="nothing is kept"):
        unmodified(CacheContext("k"))


class TestCached:
    """
    Contexts of decorated functions.
    """

    def test_callers_do_not_pass_it(self, cache: Any, clock: Any) -> None:
        """
        The context is the decorator's to pass: key, tags and arguments leave it out.
        """

        def square(context: CacheContext[int], number: int) -> int:
            context.add_tags([f"number:{number}"])
            return number**2 if context.kept is None else context.not_modified()

        async def later(context: CacheContext[int], number: int) -> int:
            return square(context, number)

        function = square if isinstance(cache.manager, DatabaseCacheManager) else later
        kept = cache.manager.cached("square:{number}", duration="5 minutes", grace="1 hour")(
            function
        )
        assert [4, 9, 4] == [cache.do(kept(number)) for number in (2, 3, 2)]
        clock.now += 301
        assert cache.do(kept(number=2)) == 4
        assert "stored" == kinds(cache)[-1]
        assert cache.do(kept.refresh(2)) == 4
        assert cache.invalidate(["number:2"]) == 1

    def test_it_looks_as_it_is_called(self) -> None:
        """
        Frameworks that read signatures see what callers pass.
        """
        import inspect

        cache = DatabaseCacheManager(MemoryStore())

        @cache.cached("square:{number}")
        def square(context: CacheContext[int], number: int) -> int:
            return number**2

        assert ["number"] == list(inspect.signature(square).parameters)

    def test_refresh_sees_what_is_still_good(self, cache: Any) -> None:
        """
        A refresh that is asked for may find the present answer not to be modified.
        """
        seen: list[Any] = []

        def compute(context: CacheContext[int]) -> int:
            seen.append(context.kept and context.kept.value)
            return context.not_modified() if context.kept else 1

        kept = cache.manager.cached("k", duration="5 minutes")(cache.adapt(compute))
        assert [1, 1] == [cache.do(kept()), cache.do(kept.refresh())]
        assert [None, 1] == seen


def test_both_managers_are_tested(cache: Any) -> None:
    """
    The suite speaks for both colours.
    """
    assert isinstance(cache.manager, (DatabaseCacheManager, AsyncDatabaseCacheManager))
