"""
Hearing of changes by push: Supabase Realtime says when, the database's log says what.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from supabase import AsyncClient


class FollowsChanges(Protocol):
    """
    What asks the database for changes: an `AsyncDatabaseCacheManager`, or whatever else does.
    """

    @property
    def follows(self) -> bool:
        """
        Whether it has any use for them.
        """
        ...

    async def poll_changes(self) -> None:
        """
        Ask now.
        """
        ...


class RealtimeChanges:
    """
    Lets a manager ask for changes as soon as Realtime tells of a write, not with the next poll.

    What Realtime sends is not looked at: under row-level security it holds little of a deleted
    row, and it may come late, twice or never. Polling goes on, so nothing is missed. The tables
    must be in the publication ``supabase_realtime``.

    Args:
        cache: A manager with a tier that follows changes (``l1`` or ``redis``), or another
            follower, such as one that purges a CDN.
        client: An ``AsyncClient`` on the same event loop, with the secret key.
        tables: Tables to listen to.
        schema: Their schema.

    Raises:
        ConfigError: The manager follows nothing.

    Examples:
        async with RealtimeChanges(cache, client, ["products"]):
            ...
    """

    def __init__(
        self,
        cache: FollowsChanges,
        client: AsyncClient,
        tables: Iterable[str],
        *,
        schema: str = "public",
    ) -> None:
        if not cache.follows:
            raise ConfigError(
                "this manager asks the database each time, and so hears of every change; give it "
                "l1=InProcess() or redis=... before it listens"
            )
        self._cache = cache
        self._client = client
        self._tables = tuple(tables)
        self._schema = schema
        self._channel: Any = None
        self._poll: asyncio.Task[None] | None = None
        self._again = False

    async def start(self) -> None:
        """
        Begin to listen.
        """
        self._channel = self._client.channel("supaopt-cache")
        for table in self._tables:
            self._channel.on_postgres_changes(
                "*", callback=self._on_change, table=table, schema=self._schema
            )
        # Each new connection may have missed something.
        await self._channel.subscribe(lambda *_: self._on_change(None))

    async def stop(self) -> None:
        """
        Listen no more.
        """
        if self._channel is not None:
            await self._client.remove_channel(self._channel)
            self._channel = None
        if self._poll is not None:
            await self._poll

    def _on_change(self, _payload: object) -> None:
        # Many writes at once are one poll, and one more for those that came during it.
        self._again = True
        if self._poll is None or self._poll.done():
            self._poll = asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while self._again:
            self._again = False
            await self._cache.poll_changes()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()
