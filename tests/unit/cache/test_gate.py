"""
One computation for all callers at once, and every way that this can go wrong.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, DatabaseCacheManager
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.cache import MemoryStore

CALLERS = 50


@pytest.fixture(name="runs")
def _runs() -> list[int]:
    return []


def test_callers_at_once_cost_one_computation(
    cache: Any, runs: list[int], config: CacheConfig
) -> None:
    """
    Any number of callers at once run the query once and all get its answer.
    """

    def query() -> str:
        runs.append(1)
        return "answer"

    assert ["answer"] * CALLERS == cache.burst(CALLERS, "k", query, config)
    assert runs == [1]


def test_callers_at_once_share_one_failure(
    cache: Any, runs: list[int], config: CacheConfig
) -> None:
    """
    When the one computation fails, all its callers get the error, with a short traceback each.
    """

    def query() -> str:
        runs.append(1)
        raise LookupError("gone")

    errors = cache.burst(CALLERS, "k", query, config)
    assert ["gone"] * CALLERS == [str(error) for error in errors]
    assert runs == [1]
    assert max(len(traceback.extract_tb(error.__traceback__)) for error in errors) < 20


def test_each_caller_gets_a_value_of_its_own(cache: Any, config: CacheConfig) -> None:
    """
    Callers of one computation share no list.
    """
    found = cache.burst(5, "k", lambda: [1], config)
    found[0].append(2)
    assert [[1, 2], [1], [1], [1], [1]] == found


def test_a_query_that_reads_its_own_key_is_refused(cache: Any, config: CacheConfig) -> None:
    """
    A computation that asks for itself raises where it would wait for ever.
    """

    def sync_query() -> int:
        return int(cache.manager.get_cached_data("k", lambda: 1, config))

    async def one() -> int:
        return 1

    async def async_query() -> int:
        return int(await cache.manager.get_cached_data("k", one, config))

    def read() -> None:
        if isinstance(cache.manager, DatabaseCacheManager):
            cache.manager.get_cached_data("k", sync_query, config)
        else:
            asyncio.run(cache.manager.get_cached_data("k", async_query, config))

    with pytest.raises(ConfigError, match="'k' reads 'k' again"):
        read()


def test_a_query_may_read_other_keys(cache: Any, config: CacheConfig) -> None:
    """
    Computations nest, as long as none waits for itself.
    """

    def sync_query() -> int:
        return 1 + int(cache.manager.get_cached_data("inner", lambda: 1, config))

    async def one() -> int:
        return 1

    async def async_query() -> int:
        return 1 + int(await cache.manager.get_cached_data("inner", one, config))

    if isinstance(cache.manager, DatabaseCacheManager):
        assert cache.manager.get_cached_data("k", sync_query, config) == 2
    else:
        assert asyncio.run(cache.manager.get_cached_data("k", async_query, config)) == 2


def test_a_key_can_be_read_again_after_its_query_failed(cache: Any, config: CacheConfig) -> None:
    """
    A failed computation leaves no trace that would refuse or hold up the next.
    """

    def fail() -> int:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            cache.get("k", fail, config)
    assert cache.get("k", lambda: 1, config) == 1


def test_an_interrupted_leader_stands_alone_in_threads(
    store: MemoryStore, arrivals: Any, config: CacheConfig
) -> None:
    """
    KeyboardInterrupt in the computing thread stays there; another caller computes for the rest.
    """
    cache = DatabaseCacheManager(store)
    interrupt = iter([True])

    def query() -> str:
        if next(interrupt, False):
            arrivals.wait(3)
            raise KeyboardInterrupt
        return "answer"

    def one() -> object:
        try:
            return cache.get_cached_data("k", query, config)
        except BaseException as error:  # noqa: BLE001 - the interrupt is the point
            return type(error)

    with ThreadPoolExecutor(3) as pool:
        found = [call.result() for call in [pool.submit(one) for _ in range(3)]]
    assert [KeyboardInterrupt, "answer", "answer"] == sorted(found, key=str)


def test_a_cancelled_leader_is_replaced_on_the_loop(
    store: MemoryStore, arrivals: Any, config: CacheConfig
) -> None:
    """
    When the computing task is cancelled, a waiting one computes in its own context.
    """
    user = contextvars.ContextVar("user", default="nobody")

    async def main() -> tuple[bool, list[str]]:
        cache = AsyncDatabaseCacheManager(store)
        hang = iter([True])

        async def query() -> str:
            if next(hang, False):
                await asyncio.Event().wait()
            return user.get()

        async def request(name: str) -> str:
            user.set(name)
            return await cache.get_cached_data("k", query, config)

        first = asyncio.create_task(request("A"))
        rest = [asyncio.create_task(request("B")) for _ in range(2)]
        await arrivals.wait_async(3)
        first.cancel()
        answers = await asyncio.gather(*rest)
        return first.cancelled(), answers

    assert (True, ["B", "B"]) == asyncio.run(main())


def test_a_follower_may_be_cancelled(
    store: MemoryStore, arrivals: Any, config: CacheConfig
) -> None:
    """
    A waiting task that is cancelled leaves the computation and the others alone.
    """

    async def main() -> tuple[str, bool]:
        cache = AsyncDatabaseCacheManager(store)
        go = asyncio.Event()

        async def query() -> str:
            await go.wait()
            return "answer"

        leader = asyncio.create_task(cache.get_cached_data("k", query, config))
        follower = asyncio.create_task(cache.get_cached_data("k", query, config))
        await arrivals.wait_async(2)
        follower.cancel()
        await asyncio.wait([follower])
        go.set()
        return await leader, follower.cancelled()

    assert ("answer", True) == asyncio.run(main())


def test_a_hung_leader_is_replaced(store: MemoryStore, config: CacheConfig) -> None:
    """
    Callers wait for a leader no longer than its time limit, then one of them computes.
    """
    cache = DatabaseCacheManager(store, leader_timeout=0.05)
    started, release = threading.Event(), threading.Event()

    def hang() -> str:
        started.set()
        release.wait(30)
        return "late"

    with ThreadPoolExecutor(1) as pool:
        hung = pool.submit(cache.get_cached_data, "k", hang, config)
        started.wait(30)
        assert cache.get_cached_data("k", lambda: "answer", config) == "answer"
        release.set()
        assert hung.result() == "late"


def test_a_hung_leader_is_replaced_on_the_loop(store: MemoryStore, config: CacheConfig) -> None:
    """
    Tasks wait for a leader no longer than its time limit, then one of them computes.
    """

    async def main() -> str:
        cache = AsyncDatabaseCacheManager(store, leader_timeout=0.05)

        async def hang() -> str:
            await asyncio.Event().wait()
            return "late"

        async def query() -> str:
            return "answer"

        hung = asyncio.create_task(cache.get_cached_data("k", hang, config))
        await asyncio.sleep(0)
        answer = await cache.get_cached_data("k", query, config)
        hung.cancel()
        await asyncio.wait([hung])
        return answer

    assert asyncio.run(main()) == "answer"


def test_one_manager_serves_two_event_loops(
    store: MemoryStore, arrivals: Any, config: CacheConfig
) -> None:
    """
    Tasks of different loops never wait for each other, and both get the answer.
    """
    cache = AsyncDatabaseCacheManager(store)

    async def query() -> str:
        await arrivals.wait_async(2)
        return "answer"

    def loop() -> str:
        return asyncio.run(cache.get_cached_data("k", query, config))

    with ThreadPoolExecutor(2) as pool:
        assert ["answer"] * 2 == [call.result() for call in [pool.submit(loop) for _ in range(2)]]


def test_an_asynchronous_query_is_refused_in_threads(
    store: MemoryStore, config: CacheConfig
) -> None:
    """
    The synchronous manager stores no coroutine, and leaves none unawaited.
    """

    async def query() -> int:
        return 1

    wrong: Callable[[], Any] = query
    with pytest.raises(ConfigError, match="use AsyncDatabaseCacheManager"):
        DatabaseCacheManager(store).get_cached_data("k", wrong, config)


def test_a_blocking_query_is_refused_on_the_loop(store: MemoryStore, config: CacheConfig) -> None:
    """
    The asynchronous manager takes no function that would hold up the event loop.
    """
    wrong: Callable[[], Any] = lambda: 1  # noqa: E731 - short
    with pytest.raises(ConfigError, match="pass an `async def`"):
        asyncio.run(AsyncDatabaseCacheManager(store).get_cached_data("k", wrong, config))
