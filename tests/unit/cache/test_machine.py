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
from supaopt.cache import CacheConfig, DatabaseCacheManager, InProcess, MemoryStore, Miss
from supaopt.cache._engine import Engine
from supaopt.cache._runtime import ThreadFollower

TAGS = ("students", "modules", "student:1", "student:2")
KEYS = {"one": ("students", "student:1"), "two": ("student:2",), "all": TAGS}
CONFIGS = {key: CacheConfig("5 minutes", tags) for key, tags in KEYS.items()}
REACHED = {tag: (tag,) for tag in TAGS} | {"student:*": TAGS[2:], "*": TAGS}

keys = st.sampled_from(sorted(KEYS))
touched = st.sampled_from(sorted(REACHED))


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
        found = self.near.get_cached_data(key, lambda: self.compute(key), CONFIGS[key])
        told = [self.polled[tag] for tag in KEYS[key]]
        assert all(
            low <= value <= high
            for low, value, high in zip(told, found, self.compute(key), strict=True)
        )

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
TestCache.settings = settings(stateful_step_count=40)
