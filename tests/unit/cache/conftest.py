"""
Both colours behind one face, so that one suite speaks for both.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheContext,
    DatabaseCacheManager,
    MemoryStore,
)
from supaopt.cache._gate import Board

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Arrivals:
    """
    Counts who joined a flight, so that a leader can wait for its followers without a clock.
    """

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def note(self) -> None:
        """
        Count one more.
        """
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        """
        Block until *count* callers have joined.
        """
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, timeout=30)

    async def wait_async(self, count: int) -> None:
        """
        Let the event loop run until *count* callers have joined.
        """
        await asyncio.to_thread(self.wait, count)


class Clock:
    """
    Seconds that only a test moves.
    """

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """
        Tell the time.
        """
        return self.now


class Blocking:
    """
    The synchronous manager.
    """

    def __init__(self, store: Any, arrivals: Arrivals) -> None:
        self.store = store
        self.arrivals = arrivals
        self.events: list[Any] = []
        self.manager = self.make()

    def make(self, **options: Any) -> DatabaseCacheManager:
        """
        Return one more manager on the same store.
        """
        return DatabaseCacheManager(self.store, on_event=self.events.append, **options)

    def get(self, key: str, query: Callable[[], Any], config: Any = None, **options: Any) -> Any:
        """
        Read *key*.
        """
        return self.manager.get_cached_data(key, query, config, **options)

    def adapt(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """
        Return *function*, which takes a context, in this colour.
        """

        def compute(context: CacheContext[Any]) -> Any:
            return function(context)

        return compute

    def get_with(self, key: str, function: Callable[[Any], Any], config: Any = None) -> Any:
        """
        Read *key*, computing with a context.
        """
        return self.manager.get_cached_data(key, self.adapt(function), config)

    def invalidate(self, tags: Iterable[str]) -> int:
        """
        End what carries *tags*.
        """
        return self.manager.invalidate_by_tags(tags)

    def many(
        self,
        keys: Iterable[str],
        query: Callable[[list[str]], Any],
        config: Any = None,
        **kind: Any,
    ) -> Any:
        """
        Read many keys.
        """
        return self.manager.get_many(keys, query, config, **kind)

    def do(self, value: Any) -> Any:
        """
        Return what a call returned.
        """
        return value

    def metrics(self) -> Any:
        """
        Ask for the metrics.
        """
        return self.manager.get_cache_metrics()

    def burst(
        self,
        count: int,
        key: str,
        query: Callable[..., Any],
        config: Any = None,
        *,
        context: bool = False,
    ) -> list[Any]:
        """
        Read *key* from *count* callers at once; the first to compute waits for all of them.
        """

        def slow(*given: Any) -> Any:
            self.arrivals.wait(count)
            return query(*given)

        compute: Callable[..., Any] = self.adapt(slow) if context else slow

        def one(_: int) -> Any:
            try:
                return self.manager.get_cached_data(key, compute, config)
            except Exception as error:  # noqa: BLE001 - returned, as gather does
                return error

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))


class Awaiting:
    """
    The asynchronous manager, one event loop per call.
    """

    def __init__(self, store: Any, arrivals: Arrivals) -> None:
        self.store = store
        self.arrivals = arrivals
        self.events: list[Any] = []
        self.manager = self.make()

    def make(self, **options: Any) -> AsyncDatabaseCacheManager:
        """
        Return one more manager on the same store.
        """
        return AsyncDatabaseCacheManager(self.store, on_event=self.events.append, **options)

    def get(self, key: str, query: Callable[[], Any], config: Any = None, **options: Any) -> Any:
        """
        Read *key*.
        """

        async def compute() -> Any:
            return query()

        return asyncio.run(self.manager.get_cached_data(key, compute, config, **options))

    def adapt(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """
        Return *function*, which takes a context, in this colour.
        """

        async def compute(context: CacheContext[Any]) -> Any:
            return function(context)

        return compute

    def get_with(self, key: str, function: Callable[[Any], Any], config: Any = None) -> Any:
        """
        Read *key*, computing with a context.
        """
        return self.do(self.manager.get_cached_data(key, self.adapt(function), config))

    def invalidate(self, tags: Iterable[str]) -> int:
        """
        End what carries *tags*.
        """
        return asyncio.run(self.manager.invalidate_by_tags(tags))

    def many(
        self,
        keys: Iterable[str],
        query: Callable[[list[str]], Any],
        config: Any = None,
        **kind: Any,
    ) -> Any:
        """
        Read many keys.
        """

        async def compute(missing: list[str]) -> Any:
            return query(missing)

        return self.do(self.manager.get_many(keys, compute, config, **kind))

    def do(self, value: Any) -> Any:
        """
        Wait for what a call returned.
        """
        return asyncio.run(value)

    def metrics(self) -> Any:
        """
        Ask for the metrics.
        """
        return asyncio.run(self.manager.get_cache_metrics())

    def burst(
        self,
        count: int,
        key: str,
        query: Callable[..., Any],
        config: Any = None,
        *,
        context: bool = False,
    ) -> list[Any]:
        """
        Read *key* from *count* callers at once; the first to compute waits for all of them.
        """

        async def slow() -> Any:
            await self.arrivals.wait_async(count)
            return query()

        async def slow_with(given: CacheContext[Any]) -> Any:
            await self.arrivals.wait_async(count)
            return query(given)

        compute: Any = slow_with if context else slow

        async def main() -> list[Any]:
            calls = (self.manager.get_cached_data(key, compute, config) for _ in range(count))
            return await asyncio.gather(*calls, return_exceptions=True)

        return asyncio.run(main())


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="store")
def _store(clock: Clock) -> MemoryStore:
    return MemoryStore(clock=clock)


@pytest.fixture(name="arrivals")
def _arrivals(monkeypatch: pytest.MonkeyPatch) -> Arrivals:
    arrivals = Arrivals()
    join = Board.join

    def counted(board: Board, key: str) -> Any:
        seat = join(board, key)
        arrivals.note()
        return seat

    monkeypatch.setattr(Board, "join", counted)
    return arrivals


@pytest.fixture(name="cache", params=[Blocking, Awaiting], ids=["sync", "async"])
def _cache(request: pytest.FixtureRequest, store: MemoryStore, arrivals: Arrivals) -> Any:
    return request.param(store, arrivals)


@pytest.fixture(name="config")
def _config() -> CacheConfig:
    return CacheConfig("5 minutes", ["products"])
