"""
No caller is served the past: what was committed before a call began is in its answer.

Each test lets a write commit at the worst moment, then makes a call that must see it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supaopt.cache import Lookup


class Table:
    """
    One value in a database, whose writes are watched.
    """

    def __init__(self, store: MemoryStore) -> None:
        self.value = 1
        self._store = store

    def write(self, value: int) -> None:
        """
        Commit a new value.
        """
        with self._store.begin() as transaction:
            transaction.touch(["products"])
            self.value = value


class Stage(MemoryStore):
    """
    A store whose answers can be held up on their way back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.after_lookup: Callable[[], Awaitable[None]] | None = None
        self.after_store: Callable[[], Awaitable[None]] | None = None

    async def lookup(self, key: str, /, *, max_age: float) -> Lookup:
        """
        Look up, then wait for the test.
        """
        found = await super().lookup(key, max_age=max_age)
        hold, self.after_lookup = self.after_lookup, None
        if hold:
            await hold()
        return found

    async def store(self, key: str, data: bytes, /, **options: Any) -> bool:
        """
        Store, then wait for the test.
        """
        stored = await super().store(key, data, **options)
        hold, self.after_store = self.after_store, None
        if hold:
            await hold()
        return stored


class Play:
    """
    A reader that is held up while a write commits, and a second reader that comes after it.
    """

    def __init__(self, arrivals: Any) -> None:
        self.store = Stage()
        self.table = Table(self.store)
        self.cache = AsyncDatabaseCacheManager(self.store)
        self.config = CacheConfig("5 minutes", ["products"])
        self.arrivals = arrivals
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.computed = 0

    async def hold(self) -> None:
        """
        Stop here until the test goes on.
        """
        self.reached.set()
        await self.go_on.wait()

    async def query(self) -> int:
        """
        Read the table.
        """
        self.computed += 1
        return self.table.value

    async def slow_query(self) -> int:
        """
        Read the table, then take long.
        """
        value = await self.query()
        await self.hold()
        return value

    async def read(self, query: Callable[[], Awaitable[int]] | None = None) -> int:
        """
        Read through the cache.
        """
        return await self.cache.get_cached_data("k", query or self.query, self.config)

    async def second_reader_after_a_write(self, first: Callable[[], Awaitable[int]]) -> int:
        """
        Hold the first reader, commit 2, start the second reader, go on.
        """
        one = asyncio.create_task(self.read(first))
        await self.reached.wait()
        self.table.write(2)
        two = asyncio.create_task(self.read())
        await self.arrivals.wait_async(self.arrivals.count + 1)
        self.go_on.set()
        await one
        return await two


def test_a_write_during_the_computation(arrivals: Any) -> None:
    """
    Who arrives after a commit is not served a computation that began before it.
    """

    async def main() -> int:
        play = Play(arrivals)
        return await play.second_reader_after_a_write(play.slow_query)

    assert asyncio.run(main()) == 2


def test_a_write_after_the_store_has_agreed(arrivals: Any) -> None:
    """
    Who arrives after the store vouched for an answer is not covered by its word.
    """

    async def main() -> int:
        play = Play(arrivals)
        play.store.after_store = play.hold
        return await play.second_reader_after_a_write(play.query)

    assert asyncio.run(main()) == 2


def test_a_write_after_the_look_up(arrivals: Any) -> None:
    """
    Who arrives while a hit is on its way back is not served that hit.
    """

    async def main() -> int:
        play = Play(arrivals)
        await play.read()
        play.store.after_lookup = play.hold
        return await play.second_reader_after_a_write(play.query)

    assert asyncio.run(main()) == 2


def test_followers_of_an_overtaken_computation_share_the_next(arrivals: Any) -> None:
    """
    However many wait for a computation that a write overtakes, one more serves them all.
    """

    async def main() -> tuple[list[int], int]:
        play = Play(arrivals)
        one = asyncio.create_task(play.read(play.slow_query))
        await play.reached.wait()
        play.table.write(2)
        rest = [asyncio.create_task(play.read()) for _ in range(20)]
        await arrivals.wait_async(21)
        play.go_on.set()
        await one
        return await asyncio.gather(*rest), play.computed

    assert ([2] * 20, 2) == asyncio.run(main())


def test_a_rolled_back_write_costs_nothing(arrivals: Any) -> None:
    """
    A write that is undone neither ends an entry nor refuses a store.
    """

    async def main() -> tuple[int, int, int]:
        play = Play(arrivals)
        transaction = play.store.begin()
        transaction.touch(["products"])
        first = await play.read()
        transaction.rollback()
        return first, await play.read(), play.computed

    assert (1, 1, 1) == asyncio.run(main())


def test_a_write_in_progress_ends_what_did_not_see_it(arrivals: Any) -> None:
    """
    An entry computed while a write was under way ends when that write commits.
    """

    async def main() -> tuple[int, int]:
        play = Play(arrivals)
        transaction = play.store.begin()
        transaction.touch(["products"])
        before = await play.read()
        play.table.value = 2
        transaction.commit()
        return before, await play.read()

    assert (1, 2) == asyncio.run(main())
