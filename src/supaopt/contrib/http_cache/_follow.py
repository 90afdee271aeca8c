"""
Purging a CDN from the database's own log, so that it hears of every write, also one made in SQL.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from supaopt._coroutine import run
from supaopt.cache._breaker import Breaker
from supaopt.cache._connect import async_store_of, store_of
from supaopt.cache._duration import Duration, seconds
from supaopt.contrib.http_cache._backlog import Backlog
from supaopt.contrib.http_cache._tags import ALL, edge_tag

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from supabase import AsyncClient, Client

    from supaopt.cache import CacheStore, Changes
    from supaopt.contrib.http_cache._purge import AsyncEdgePurge, EdgePurge

_log = logging.getLogger("supaopt.http_cache")

_CALL_LIMIT: Final = 5.0


class _Progress:
    # What both colours know: how far the log was read, and what is yet to be purged.
    def __init__(self, after: str | None, settle: float, clock: Callable[[], float]) -> None:
        self.read_to = after
        self.safe_to = after
        self.backlog = Backlog(settle, clock)
        self._breaker = Breaker(clock)
        self._failing = False

    def rests(self) -> bool:
        return not self._breaker.allows()

    def heard(self, changes: Changes) -> tuple[str, ...]:
        written = {edge_tag(tag) for tag, _ in changes.written}
        self.backlog.add((ALL,) if changes.reset else sorted(written))
        self.read_to = changes.watermark
        return self.backlog.due()

    def purged(self, names: tuple[str, ...]) -> None:
        self.backlog.done(names)
        if self.backlog.empty:
            self.safe_to = self.read_to
        self._breaker.succeeded()
        if self._failing:
            _log.warning("copies at the CDN are purged again")
        self._failing = False

    def failed(self, error: Exception) -> None:
        self._breaker.failed()
        if not self._failing:  # one report for an outage, not one a second
            _log.warning("copies at the CDN may be stale until it is purged again: %s", error)
        self._failing = True


class EdgeFollower:
    """
    Purges at a CDN what is written in the database.

    One process of a deployment is enough. Copies are out of date for *poll*, the CDN's own delay
    and, at worst, *settle*; never longer than the lifetime that `edge_answer` gave them.

    Args:
        client: A client with the secret key, or a `CacheStore`.
        edge: Purges the copies.
        poll: How often to ask for changes.
        settle: After how long to purge once more: longer than any answer is on its way, and than
            in-process tiers (``InProcess.poll``) take to hear of a write.
        after: `watermark` of an earlier follower; without it everything is purged at first.
        clock: Seconds, from any start.

    Raises:
        ConfigError: The client is asynchronous, or not the service's.

    Examples:
        >>> follower = EdgeFollower(service_client, edge)  # doctest: +SKIP
        >>> threading.Thread(target=follower.run, args=[stop], daemon=True).start()
        ... # doctest: +SKIP
    """

    follows: bool = True

    def __init__(
        self,
        client: Client | CacheStore,
        edge: EdgePurge,
        *,
        poll: Duration = "1 second",
        settle: Duration = "5 seconds",
        after: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store_of(client, limit=_CALL_LIMIT)
        self._edge = edge
        self._poll = seconds(poll, name="poll")
        self._progress = _Progress(after, seconds(settle, name="settle", zero=True), clock)

    @property
    def watermark(self) -> str | None:
        """
        Up to where everything is purged, to be kept for the next start.
        """
        return self._progress.safe_to

    def poll_changes(self) -> None:
        """
        Purge what was written since the last time; a failure is logged and made good later.
        """
        if self._progress.rests():
            return
        try:
            due = self._progress.heard(run(self._store.changes(self._progress.read_to)))
            if due:
                self._edge.purge_names(due)
        except Exception as error:  # noqa: BLE001 - the next poll makes it good
            self._progress.failed(error)
        else:
            self._progress.purged(due)

    def run(self, stop: threading.Event) -> None:
        """
        Poll until *stop* is set.
        """
        while not stop.is_set():
            self.poll_changes()
            stop.wait(self._poll)


class AsyncEdgeFollower:
    """
    `EdgeFollower` for ``asyncio``. `RealtimeChanges` takes one in place of a manager.

    Args:
        client: An ``AsyncClient`` with the secret key, or a `CacheStore`.
        edge: As for `EdgeFollower`.
        poll: As for `EdgeFollower`.
        settle: As for `EdgeFollower`.
        after: As for `EdgeFollower`.
        clock: As for `EdgeFollower`.

    Raises:
        ConfigError: The client is synchronous, or not the service's.

    Examples:
        >>> task = asyncio.create_task(AsyncEdgeFollower(client, edge).run())  # doctest: +SKIP
    """

    follows: bool = True

    def __init__(
        self,
        client: AsyncClient | CacheStore,
        edge: AsyncEdgePurge,
        *,
        poll: Duration = "1 second",
        settle: Duration = "5 seconds",
        after: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = async_store_of(client, limit=_CALL_LIMIT)
        self._edge = edge
        self._poll = seconds(poll, name="poll")
        self._progress = _Progress(after, seconds(settle, name="settle", zero=True), clock)

    @property
    def watermark(self) -> str | None:
        """
        Up to where everything is purged, to be kept for the next start.
        """
        return self._progress.safe_to

    async def poll_changes(self) -> None:
        """
        Purge what was written since the last time; a failure is logged and made good later.
        """
        if self._progress.rests():
            return
        try:
            due = self._progress.heard(await self._store.changes(self._progress.read_to))
            if due:
                await self._edge.purge_names(due)
        except Exception as error:  # noqa: BLE001 - the next poll makes it good
            self._progress.failed(error)
        else:
            self._progress.purged(due)

    async def run(self) -> None:
        """
        Poll until cancelled.
        """
        while True:
            await self.poll_changes()
            await asyncio.sleep(self._poll)
