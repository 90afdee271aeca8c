"""
Any order of writes, commits, rollbacks, slow computations, polls and reads: nobody is served less
than was promised.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from supaopt._coroutine import run
from supaopt.cache import (
    CacheConfig,
    CacheContext,
    DatabaseCacheManager,
    InProcess,
    MemoryStore,
    Miss,
)
from supaopt.cache._engine import Engine
from supaopt.cache._runtime import ThreadFollower

TAGS = ("students", "modules", "student:1", "student:2")
KEYS = {"one": ("students", "student:1"), "two": ("student:2",), "all": TAGS}
CONFIGS = {key: CacheConfig("5 minutes", tags) for key, tags in KEYS.items()}
GRACE = CacheConfig("5 minutes", grace="1 hour")
REACHED = {tag: (tag,) for tag in TAGS} | {"student:*": TAGS[2:], "*": TAGS}

keys = st.sampled_from(sorted(KEYS))
some_keys = st.lists(keys, unique=True)
touched = st.sampled_from(sorted(REACHED))
maybe_touched = st.none() | touched
durations = st.sampled_from(["1 minute", "5 minutes"])


class Cache(RuleBasedStateMachine):
    """
    Tables with a version each, and readers that compute the versions of what they depend on.
    """

    writers = Bundle("writers")
    computations = Bundle("computations")

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.now = 0.0
        clock = SimpleNamespace(monotonic=lambda: self.now, time=lambda: self.now)
        self.patch.setattr("supaopt.cache._engine.time", clock)
        self.patch.setattr(ThreadFollower, "ensure", lambda _: None)
        self.patch.setattr(Engine, "flush_hits", _nothing)
        self.store = MemoryStore(clock=lambda: self.now)
        self.exact = DatabaseCacheManager(self.store)
        self.near = DatabaseCacheManager(self.store, l1=InProcess(size=2, max_staleness="1 hour"))
        self.versions = dict.fromkeys(TAGS, 0)
        self.polled = dict(self.versions)

    def teardown(self) -> None:
        """
        Give the clock back.
        """
        self.patch.undo()

    def compute(self, key: str) -> list[int]:
        """
        Read the tables.
        """
        return [self.versions[tag] for tag in KEYS[key]]

    def compute_many(self, missing: list[str]) -> dict[str, list[int]]:
        """
        Read the tables for many keys.
        """
        return {key: self.compute(key) for key in missing}

    def write_at_once(self, tag: str) -> None:
        """
        Commit a write.
        """
        with self.store.begin() as transaction:
            transaction.touch([tag])
            for reached in REACHED[tag]:
                self.versions[reached] += 1

    def check_nearby(self, key: str, found: list[int]) -> None:
        """
        Hold an answer against what was committed before the last poll, and what is now.
        """
        told = [self.polled[tag] for tag in KEYS[key]]
        assert all(
            low <= value <= high
            for low, value, high in zip(told, found, self.compute(key), strict=True)
        )

    def read_late(self, cache: Any, key: str, tag: str | None, duration: str) -> list[int]:
        """
        Compute what depends on tags that are known when it has been computed, and after a write.
        """

        def late(context: CacheContext[list[int]]) -> list[int]:
            value = self.compute(key)
            if tag is not None:
                self.write_at_once(tag)
            context.set_duration(duration)
            context.add_tags(KEYS[key])
            return value

        found: list[int] = cache.get_cached_data(f"late {key}", late, GRACE)
        return found

    def read_on(self, cache: Any, key: str, tag: str | None, duration: str) -> list[int]:
        """
        Say of anything that is kept that it is not modified, without looking, and after a write.
        """

        def on(context: CacheContext[list[int]]) -> list[int]:
            value = context.not_modified() if context.kept else self.compute(key)
            if tag is not None:
                self.write_at_once(tag)
            context.set_duration(duration)
            context.add_tags(KEYS[key])
            return value

        found: list[int] = cache.get_cached_data(f"on {key}", on, GRACE)
        return found

    @initialize()
    def start(self) -> None:
        """
        Poll for the first time.
        """
        self.poll()

    @rule(target=writers)
    def begin(self) -> Any:
        """
        A writer begins.
        """
        return self.store.begin(), set[str]()

    @rule(writer=writers, tag=touched)
    def write(self, writer: Any, tag: str) -> None:
        """
        A writer writes.
        """
        transaction, tags = writer
        transaction.touch([tag])
        tags.add(tag)

    @rule(writer=consumes(writers))
    def commit(self, writer: Any) -> None:
        """
        A writer commits, and its versions show.
        """
        transaction, tags = writer
        for reached in {one for tag in tags for one in REACHED[tag]}:
            self.versions[reached] += 1
        transaction.commit()

    @rule(tag=touched)
    def write_now(self, tag: str) -> None:
        """
        A writer writes and commits at once.
        """
        self.write_at_once(tag)

    @rule(writer=consumes(writers))
    def roll_back(self, writer: Any) -> None:
        """
        A writer changes its mind.
        """
        writer[0].rollback()

    @rule(target=computations, key=keys)
    def begin_computing(self, key: str) -> Any:
        """
        A slow reader, of another process, takes a lease and computes.
        """
        found = run(self.store.lookup(key, max_age=300))
        return key, found if isinstance(found, Miss) else None, self.compute(key)

    @rule(computation=consumes(computations))
    def end_computing(self, computation: Any) -> None:
        """
        The slow reader stores.
        """
        key, miss, value = computation
        if miss is not None:
            data = str(value).encode()
            run(self.store.store(key, data, duration=300, tags=KEYS[key], lease=miss.lease))

    @rule(key=keys)
    def read_exactly(self, key: str) -> None:
        """
        The database's cache answers as the tables do.
        """
        found = self.exact.get_cached_data(key, lambda: self.compute(key), CONFIGS[key])
        assert self.compute(key) == found

    @rule(key=keys)
    def read_nearby(self, key: str) -> None:
        """
        The process answers with no less than was committed before its last poll.
        """
        self.check_nearby(
            key, self.near.get_cached_data(key, lambda: self.compute(key), CONFIGS[key])
        )

    @rule(asked=some_keys)
    def read_many_exactly(self, asked: list[str]) -> None:
        """
        Many keys at once are answered as the tables do.
        """
        found = self.exact.get_many(asked, self.compute_many, CONFIGS.__getitem__)
        assert {key: self.compute(key) for key in asked} == found

    @rule(asked=some_keys)
    def read_many_nearby(self, asked: list[str]) -> None:
        """
        The process answers for many keys with no less than for each.
        """
        found = self.near.get_many(asked, self.compute_many, CONFIGS.__getitem__)
        assert asked == list(found)
        for key, value in found.items():
            self.check_nearby(key, value)

    @rule(asked=some_keys, tag=touched)
    def read_many_overtaken(self, asked: list[str], tag: str) -> None:
        """
        A write in the midst of a computation of many keys ends those that it touches.
        """

        def overtaken(missing: list[str]) -> dict[str, list[int]]:
            found = self.compute_many(missing)
            self.write_at_once(tag)
            return found

        before = {key: self.compute(key) for key in asked}
        assert before == self.exact.get_many(asked, overtaken, CONFIGS.__getitem__)

    @rule(key=keys, tag=maybe_touched, duration=durations)
    def read_late_exactly(self, key: str, tag: str | None, duration: str) -> None:
        """
        An answer whose tags are known late is as exact as any.
        """
        before = self.compute(key)
        assert before == self.read_late(self.exact, key, tag, duration)

    @rule(key=keys, duration=durations)
    def read_late_nearby(self, key: str, duration: str) -> None:
        """
        So it is in the process.
        """
        self.check_nearby(key, self.read_late(self.near, key, None, duration))

    @rule(key=keys, tag=maybe_touched, duration=durations)
    def read_on_exactly(self, key: str, tag: str | None, duration: str) -> None:
        """
        What is kept on, with good reason or without, is never what a write has ended.
        """
        before = self.compute(key)
        assert before == self.read_on(self.exact, key, tag, duration)

    @rule(key=keys, duration=durations)
    def read_on_nearby(self, key: str, duration: str) -> None:
        """
        Nor is it in the process.
        """
        self.check_nearby(key, self.read_on(self.near, key, None, duration))

    @rule()
    def poll(self) -> None:
        """
        The process hears of changes.
        """
        engine: Any = self.near._engine
        run(engine._runner._follower.step())
        self.polled = dict(self.versions)

    @rule(tag=touched)
    def invalidate(self, tag: str) -> None:
        """
        Somebody ends entries by hand, which changes no table.
        """
        self.near.invalidate_by_tags([tag])

    @rule()
    def clean_up(self) -> None:
        """
        What has ended is removed.
        """
        self.exact.cleanup_expired_cache()

    @rule(seconds=st.sampled_from([1, 100, 301]))
    def wait(self, seconds: int) -> None:
        """
        Time goes by.
        """
        self.now += seconds


async def _nothing(engine: object) -> None:
    # Counting hits in threads is none of this machine's business.
    return


TestCache = Cache.TestCase
TestCache.settings = settings(stateful_step_count=60)
