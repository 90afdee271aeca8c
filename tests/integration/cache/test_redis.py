"""
The tier that processes share, on a real server that is also killed and frozen.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio as aredis

from supaopt._adapters.redis import aconnect, connect
from supaopt._coroutine import run
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    DatabaseCacheManager,
    MemoryStore,
)
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = CacheConfig("5 minutes", ["products"])
PROCESSES = 4
CALLERS = 50


class Pair:
    """
    Two synchronous managers, as in two processes.
    """

    def __init__(self, target: Any) -> None:
        self.store = MemoryStore()
        self.events: list[Any] = []
        self.managers = [
            DatabaseCacheManager(self.store, redis=target, on_event=self.events.append)
            for _ in range(2)
        ]
        for manager in self.managers:
            engine: Any = manager._engine
            run(engine._follower.step())

    def get(self, which: int, key: str, query: Callable[[], Any]) -> Any:
        """
        Read with one of them.
        """
        return self.managers[which].get_cached_data(key, query, CONFIG)

    def count(self, kind: str, tier: str) -> int:
        """
        Count events.
        """
        return sum((event.kind, event.tier) == (kind, tier) for event in self.events)

    def close(self) -> None:
        """
        Close both.
        """
        for manager in self.managers:
            manager.close()


def _wait_for(condition: Callable[[], bool]) -> None:
    # The server notices a closed connection in its own time.
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.fixture(name="pair")
def _pair(valkey: Any) -> Any:
    pair = Pair(valkey.url)
    yield pair
    pair.close()


def test_processes_share(pair: Pair) -> None:
    """
    What one computes the other reads.
    """
    assert [1, 1] == [pair.get(which, "k", lambda: 1) for which in (0, 1)]
    assert 1 == pair.count("hit", "redis")


def test_a_client_of_ones_own_serves_as_well(valkey: Any) -> None:
    """
    A client may be passed in place of a URL.
    """
    with redis.Redis.from_url(valkey.url) as client:
        pair = Pair(client)
        assert [1, 1] == [pair.get(which, "k", lambda: 1) for which in (0, 1)]
        assert 1 == pair.count("hit", "redis")
        pair.close()


def test_the_event_loop_shares_too(valkey: Any) -> None:
    """
    The asynchronous manager reads what another computed, on one event loop after another.
    """
    events: list[Any] = []
    store = MemoryStore()
    managers = [
        AsyncDatabaseCacheManager(store, redis=valkey.url, on_event=events.append) for _ in range(2)
    ]

    async def query() -> int:
        return 1

    async def read(key: str) -> list[int]:
        found = []
        for manager in managers:
            engine: Any = manager._engine
            await engine._follower.step()
            found.append(await manager.get_cached_data(key, query, CONFIG))
        for manager in managers:
            await manager.aclose()
        return found

    assert [[1, 1], [1, 1]] == [asyncio.run(read(key)) for key in ("a", "b")]
    assert 2 == sum((event.kind, event.tier) == ("hit", "redis") for event in events)


def test_more_reads_at_once_than_connections_wait(
    valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A thousand tasks share a few connections, and none of them is told of an outage.
    """
    # The crowd is the question here, and not how long a busy machine takes for a command.
    monkeypatch.setattr("supaopt.cache._connect._REDIS_LIMIT", 30.0)
    events: list[Any] = []
    keys = [f"k{number}" for number in range(1000)]

    async def query() -> int:
        return 1

    async def read(manager: AsyncDatabaseCacheManager) -> list[int]:
        engine: Any = manager._engine
        await engine._follower.step()
        async with manager:
            reads = (manager.get_cached_data(key, query, CONFIG) for key in keys)
            return await asyncio.gather(*reads)

    store = MemoryStore()
    for _ in range(2):  # computed, then read from Redis
        manager = AsyncDatabaseCacheManager(store, redis=valkey.url, on_event=events.append)
        assert [1] * 1000 == asyncio.run(read(manager))
    assert [] == [event for event in events if event.kind == "error"]
    assert 1000 == sum((event.kind, event.tier) == ("hit", "redis") for event in events)


def test_more_threads_than_a_pool_holds_are_served(pair: Pair) -> None:
    """
    A hundred and fifty threads that read at once all have a connection.
    """
    pair.get(0, "k", lambda: 1)
    here = threading.Barrier(150)

    def read(_: int) -> Any:
        here.wait(30)
        return pair.get(1, "k", lambda: 2)

    with ThreadPoolExecutor(150) as pool:
        assert [1] * 150 == list(pool.map(read, range(150)))
    assert 0 == pair.count("error", "redis")


@pytest.mark.filterwarnings("error")
def test_connections_made_from_a_url_are_closed(valkey: Any) -> None:
    """
    After closing, nobody is connected; a client of one's own stays so.
    """

    async def awaited() -> None:
        async with AsyncDatabaseCacheManager(MemoryStore(), redis=valkey.url) as manager:
            engine: Any = manager._engine
            assert await engine._far._shelf.get("k") is None
            assert 2 == len(watch.client_list())

    with redis.Redis.from_url(valkey.url) as watch, redis.Redis.from_url(valkey.url) as own:
        with DatabaseCacheManager(MemoryStore(), redis=valkey.url) as manager:
            engine: Any = manager._engine
            assert run(engine._far._shelf.get("k")) is None
            assert 2 == len(watch.client_list())
        _wait_for(lambda: 1 == len(watch.client_list()))
        asyncio.run(awaited())
        _wait_for(lambda: 1 == len(watch.client_list()))
        with DatabaseCacheManager(MemoryStore(), redis=own) as manager:
            engine = manager._engine
            assert run(engine._far._shelf.get("k")) is None
        assert 2 == len(watch.client_list())


def test_a_killed_server_costs_nobody_an_answer(pair: Pair, valkey: Any) -> None:
    """
    With the server gone, every read is answered, after a few reports in silence.
    """
    pair.get(0, "warm", lambda: 1)
    valkey.stop()
    found = [pair.get(number % 2, f"k{number}", lambda: 2) for number in range(100)]
    assert [2] * 100 == found
    assert [1, 1] == [pair.get(which, "warm", lambda: 2) for which in (0, 1)]
    assert pair.count("error", "redis") <= 6


def test_a_frozen_server_is_left_alone(pair: Pair, valkey: Any) -> None:
    """
    With the server hung, a few reads wait for its time limit and the rest for nothing.
    """
    pair.get(0, "warm", lambda: 1)
    valkey.freeze()
    found = [pair.get(number % 2, f"k{number}", lambda: 2) for number in range(100)]
    assert [2] * 100 == found
    assert pair.count("error", "redis") <= 8


def test_a_server_that_comes_back_is_used(
    pair: Pair, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After a restart the tier serves again.
    """
    monkeypatch.setattr("supaopt.cache._breaker.SHORTEST", 0.0)
    pair.get(0, "warm", lambda: 1)
    valkey.stop()
    pair.get(0, "during", lambda: 1)
    valkey.start()
    for which in (0, 1, 1):
        pair.get(which, "after", lambda: 1)
    assert 1 <= pair.count("hit", "redis")


def test_only_the_owner_releases(valkey: Any) -> None:
    """
    A claim is one owner's, on a real server too.
    """

    def steps(shelf: Any) -> list[Any]:
        return [
            shelf.claim("k", "mine", seconds=30),
            shelf.claim("k", "other", seconds=30),
            shelf.release("k", "other"),
            shelf.claim("k", "other", seconds=30),
            shelf.release("k", "mine"),
            shelf.claim("k", "other", seconds=30),
            shelf.release("k", "other"),
        ]

    expected = [True, False, None, False, None, True, None]
    shelf = connect(valkey.url, timeout=1)
    assert expected == [run(step) for step in steps(shelf)]
    run(shelf.close())

    async def main() -> list[Any]:
        async with aredis.Redis.from_url(valkey.url) as client:
            return [await step for step in steps(aconnect(client, timeout=1))]

    assert expected == asyncio.run(main())


def test_many_keys_come_together(valkey: Any) -> None:
    """
    Keys are read in one command, in their order, and what is not there is None.
    """

    def steps(shelf: Any) -> list[Any]:
        return [
            shelf.put("a", b"1", seconds=30),
            shelf.put("b", b"2", seconds=30),
            shelf.get_many(["b", "gone", "a"]),
        ]

    expected = [None, None, [b"2", None, b"1"]]
    shelf = connect(valkey.url, timeout=1)
    assert expected == [run(step) for step in steps(shelf)]
    run(shelf.close())

    async def main() -> list[Any]:
        async with aredis.Redis.from_url(valkey.url) as client:
            return [await step for step in steps(aconnect(client, timeout=1))]

    assert expected == asyncio.run(main())


def test_many_keys_are_shared(pair: Pair) -> None:
    """
    What one process computed for many keys the other reads.
    """
    keys = [f"k{number}" for number in range(20)]
    found = [
        manager.get_many(keys, lambda missing: dict.fromkeys(missing, 1), CONFIG)
        for manager in pair.managers
    ]
    assert [dict.fromkeys(keys, 1)] * 2 == found
    assert 20 == pair.count("hit", "redis")


@pytest.mark.parametrize("door", [connect, aconnect])
def test_wrong_targets_are_refused(door: Any, valkey: Any) -> None:
    """
    What is no Redis is refused without telling its password.
    """
    with pytest.raises(ConfigError, match="redis is no URL") as caught:
        door("http://user:secret@host", timeout=1)
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigError, match="redis is a int"):
        door(1, timeout=1)


def test_a_client_that_decodes_is_refused(valkey: Any) -> None:
    """
    Entries are bytes.
    """
    with (
        redis.Redis.from_url(valkey.url, decode_responses=True) as client,
        pytest.raises(ConfigError, match="decode_responses=False"),
    ):
        connect(client, timeout=1)


@pytest.mark.slow
def test_four_processes_compute_once(valkey: Any, core_stack: Any) -> None:
    """
    Two hundred callers in four processes, all at once, cost one computation.
    """
    key = f"stampede {uuid.uuid4()}"
    script = Path(__file__).with_name("stampede.py")
    arguments = [core_stack.url, core_stack.secret_key, valkey.url, key, str(CALLERS)]
    processes = [
        subprocess.Popen([sys.executable, str(script), *arguments]) for _ in range(PROCESSES)
    ]
    assert [0] * PROCESSES == [process.wait(120) for process in processes]
    with redis.Redis.from_url(valkey.url) as counter:
        found = [int(counter.get(f"{key}:{name}") or 0) for name in ("runs", "answers")]
    assert [1, PROCESSES * CALLERS] == found
