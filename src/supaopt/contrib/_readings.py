"""
The database's figures of its cache, asked for beside those who show them.

Nobody waits for long: a database that is slow or down leaves the last figures, and says so. It is
asked by one call at a time and not too often, as it reads every entry to answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from concurrent import futures
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.cache import CacheMetrics

Manager: TypeAlias = DatabaseCacheManager | AsyncDatabaseCacheManager

_log = logging.getLogger("supaopt.cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    What is known of the database.

    Attributes:
        figures: The last that it told, if it ever did.
        taken_at: When that was.
        up: Whether it answered the last time; None before it was asked.
    """

    figures: CacheMetrics | None = None
    taken_at: datetime | None = None
    up: bool | None = None


class Readings:
    """
    Asks a manager of either colour for the database's figures, and remembers them.

    Args:
        cache: The manager. An asynchronous one is asked on the event loop on which this was made
            or first used.
        every: Seconds for which figures are new enough.
        patience: Seconds that somebody waits for newer ones.
        clock: Seconds, from any start.
        wall: Seconds since the epoch.

    Raises:
        ConfigError: *cache* is no manager.
    """

    def __init__(
        self,
        cache: Manager,
        *,
        every: float,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if not isinstance(cache, DatabaseCacheManager | AsyncDatabaseCacheManager):
            raise ConfigError(
                f"cache is a {type(cache).__name__}; pass the DatabaseCacheManager or "
                "AsyncDatabaseCacheManager whose figures are shown"
            )
        self._cache = cache
        self._every = every
        self._patience = patience
        self._clock = clock
        self._wall = wall
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._last = Reading()
        self._under_way: futures.Future[None] | None = None
        self._asked_at = float("-inf")
        self._loop = _running_loop()

    def get(self) -> Reading:
        """
        Return what is known, after waiting a moment for news; not on an event loop.
        """
        asked = self._ask()
        if asked is not None and _running_loop() is None:
            futures.wait([asked], timeout=self._left())
        return self._reading()

    async def get_async(self) -> Reading:
        """
        Return what is known, after waiting a moment for news.
        """
        if (asked := self._ask()) is not None:
            await asyncio.wait([asyncio.wrap_future(asked)], timeout=self._left())
        return self._reading()

    def _left(self) -> float:
        # Of everybody's patience together: one export asks for many figures.
        return max(0.0, self._asked_at + self._patience - self._clock())

    def _reading(self) -> Reading:
        with self._lock:
            waited = self._clock() - self._asked_at
            overdue = self._under_way is not None and waited >= self._patience
            return replace(self._last, up=False) if overdue else self._last

    def _ask(self) -> futures.Future[None] | None:
        here = _running_loop()
        if self._pid != os.getpid():
            # Nobody tells a forked child what its parent was waiting for.
            self._pid, self._lock = os.getpid(), threading.Lock()
            self._under_way, self._loop, self._asked_at = None, None, float("-inf")
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                # What a closed loop was asked is never answered.
                if self._loop is not None:
                    self._under_way = None
                self._loop = here
            if self._under_way is None and self._clock() - self._asked_at >= self._every:
                self._asked_at = self._clock()
                asked = self._under_way = futures.Future()
            else:
                return self._under_way
        self._begin(asked)
        return asked

    def _begin(self, asked: futures.Future[None]) -> None:
        cache, loop = self._cache, self._loop
        try:
            if isinstance(cache, DatabaseCacheManager):
                self._begin_thread(cache, asked)
            else:
                self._begin_task(cache, asked, loop)
        except (ConfigError, RuntimeError) as error:  # no more threads, or the loop has closed
            self._fail(asked, error)

    def _begin_thread(self, cache: DatabaseCacheManager, asked: futures.Future[None]) -> None:
        # Not a pool's, whose threads hold up the end of the program.
        threading.Thread(
            target=self._call, args=(cache, asked), name="supaopt-cache-figures", daemon=True
        ).start()

    def _begin_task(
        self,
        cache: AsyncDatabaseCacheManager,
        asked: futures.Future[None],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        if loop is None:
            raise ConfigError("an asynchronous manager is asked on its event loop: make this there")
        call = self._await(cache, asked)
        try:
            asyncio.run_coroutine_threadsafe(call, loop)
        except RuntimeError:
            call.close()
            raise

    def _call(self, cache: DatabaseCacheManager, asked: futures.Future[None]) -> None:
        try:
            self._keep(asked, cache.get_cache_metrics())
        except Exception as error:  # noqa: BLE001 - who shows figures shows the last ones instead
            self._fail(asked, error)

    async def _await(self, cache: AsyncDatabaseCacheManager, asked: futures.Future[None]) -> None:
        try:
            self._keep(asked, await cache.get_cache_metrics())
        except Exception as error:  # noqa: BLE001 - who shows figures shows the last ones instead
            self._fail(asked, error)
        except BaseException as error:
            self._fail(asked, error)
            raise

    def _keep(self, asked: futures.Future[None], figures: CacheMetrics) -> None:
        taken_at = datetime.fromtimestamp(self._wall(), UTC)
        self._end(asked, Reading(figures=figures, taken_at=taken_at, up=True))

    def _fail(self, asked: futures.Future[None], error: BaseException) -> None:
        if self._last.up is not False:  # once for each time that it goes down
            _log.warning("the cache's figures could not be had, and the last ones stay: %s", error)
        self._end(asked, replace(self._last, up=False))

    def _end(self, asked: futures.Future[None], reading: Reading) -> None:
        with self._lock:
            self._last = reading
            if self._under_way is asked:
                self._under_way = None
        asked.set_result(None)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
