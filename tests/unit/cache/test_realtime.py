"""
Hearing of changes by push.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    InProcess,
    MemoryStore,
    RealtimeCacheInvalidation,
    RealtimeChanges,
)
from supaopt.cache.lms import TABLE_TAGS
from supaopt.errors import ConfigError


class Channel:
    """
    A Realtime channel that a test speaks through.
    """

    def __init__(self) -> None:
        self.tables: list[str] = []
        self.callbacks: list[Any] = []

    def on_postgres_changes(self, event: str, callback: Any, table: str, schema: str) -> None:
        """
        Take a listener.
        """
        self.tables.append(f"{event} {schema}.{table}")
        self.callbacks.append(callback)

    async def subscribe(self, callback: Any) -> None:
        """
        Connect.
        """
        callback("SUBSCRIBED", None)


class Client:
    """
    A client with one channel.
    """

    def __init__(self) -> None:
        self.made = Channel()
        self.removed: list[Channel] = []

    def channel(self, topic: str) -> Channel:
        """
        Return it.
        """
        return self.made

    async def remove_channel(self, channel: Channel) -> None:
        """
        Take it back.
        """
        self.removed.append(channel)


class Polled(MemoryStore):
    """
    A store that counts polls.
    """

    polls = 0

    async def changes(self, after: str | None, /) -> Any:
        """
        Count.
        """
        self.polls += 1
        await asyncio.sleep(0)
        return await super().changes(after)


@pytest.fixture(name="client")
def _client() -> Client:
    return Client()


async def settle(listener: Any) -> None:
    """
    Wait for the poll under way.
    """
    await listener._poll


def test_a_message_ends_a_copy_at_once(client: Client) -> None:
    """
    After a message the next read sees the write, although the next poll is far away.
    """

    async def main() -> list[int]:
        store = Polled()
        config = CacheConfig("5 minutes", ["products"])
        answers = iter([1, 2])

        async def query() -> int:
            return next(answers)

        cache = AsyncDatabaseCacheManager(store, l1=InProcess(poll=30, max_staleness=60))
        async with cache, RealtimeChanges(cache, client, ["products"]) as listener:
            await settle(listener)
            found = [await cache.get_cached_data("k", query, config) for _ in range(2)]
            with store.begin() as transaction:
                transaction.touch(["products"])
            client.made.callbacks[0]({"anything": "at all"})
            await settle(listener)
            return [*found, await cache.get_cached_data("k", query, config)]

    assert [1, 1, 2] == asyncio.run(main())


def test_many_messages_are_few_polls(client: Client) -> None:
    """
    Messages during a poll are answered by one more.
    """

    async def main() -> int:
        store = Polled()
        cache = AsyncDatabaseCacheManager(store, l1=InProcess())
        async with RealtimeChanges(cache, client, ["products"]) as listener:
            await settle(listener)
            before = store.polls
            for _ in range(50):
                client.made.callbacks[0](None)
            await asyncio.sleep(0)
            for _ in range(50):
                client.made.callbacks[0](None)
            await settle(listener)
            return store.polls - before

    assert asyncio.run(main()) == 2


def test_it_listens_to_its_tables_and_stops(client: Client) -> None:
    """
    The platform's listener takes all its tables, and leaves no channel behind.
    """

    async def main() -> None:
        cache = AsyncDatabaseCacheManager(Polled(), l1=InProcess())
        async with RealtimeCacheInvalidation(cache, client):
            assert [f"* public.{table}" for table in TABLE_TAGS] == client.made.tables

    asyncio.run(main())
    assert [client.made] == client.removed


def test_a_manager_that_follows_nothing_is_refused(client: Client) -> None:
    """
    Without a tier above the database there is nothing to be told.
    """
    with pytest.raises(ConfigError, match="hears of every change"):
        RealtimeChanges(AsyncDatabaseCacheManager(MemoryStore()), client, ["products"])


def test_polling_by_hand(cache: Any, store: MemoryStore) -> None:
    """
    Both managers poll when asked, and without a tier have nothing to do.
    """
    for options, expected in (({}, False), ({"l1": InProcess()}, True)):
        manager = cache.make(**options)
        assert expected is manager.follows
        polled = manager.poll_changes()
        assert (asyncio.run(polled) if asyncio.iscoroutine(polled) else polled) is None
