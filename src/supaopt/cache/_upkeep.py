"""
What both managers do beside reading: end answers, hear of changes, look inside and close.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from supaopt._coroutine import run
from supaopt.cache._deferred import Batch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from supaopt._figures import CacheMetrics
    from supaopt.cache._engine import Engine


class Upkeep:
    """
    The methods of `DatabaseCacheManager` that compute nothing.
    """

    _engine: Engine

    def invalidate_by_tags(self, tags: Iterable[str]) -> int:
        """
        End every entry that carries one of *tags*.

        Watched tables do this by themselves at commit; call it for what the database cannot see.

        Args:
            tags: Exact tags. None of them ends nothing.

        Returns:
            How many live entries it ended.

        Raises:
            ConfigError: A tag is null or empty.
            RequestError: The database could not be reached: the entries may live on.
            ResponseError: The database refused.
        """
        return run(self._engine.invalidate(tags))

    @contextmanager
    def deferred_invalidation(self) -> Iterator[None]:
        """
        Gather the invalidations of a block of code and make them at its end, in one call.

        Inside, ``invalidate_by_tags`` returns 0. The block's end makes them even after an error,
        as what was written before may stay. A block within a block adds to the outer one; other
        threads and tasks are not affected.

        Examples:
            >>> cache = DatabaseCacheManager(MemoryStore())
            >>> with cache.deferred_invalidation():
            ...     cache.invalidate_by_tags(["products"])
            ...     cache.invalidate_by_tags(["students"])
            0
            0
        """
        batch = Batch(self._engine)
        batch.open()
        try:
            yield
        finally:
            run(self._engine.invalidate(batch.close()))

    @property
    def follows(self) -> bool:
        """
        Whether there is a tier above the database, which follows its changes.
        """
        return self._engine.follows

    def poll_changes(self) -> None:
        """
        Hear of others' writes now rather than with the next poll, when something has told of one.

        A failure is an event, as for any poll.
        """
        run(self._engine.poll())

    def cleanup_expired_cache(self) -> int:
        """
        Remove entries that have ended, and what is kept about them.

        Returns:
            How many entries it removed.

        Raises:
            RequestError: The database could not be reached.
            ResponseError: The database refused.
        """
        return run(self._engine.cleanup())

    def get_cache_metrics(self) -> CacheMetrics:
        """
        Return what the database knows about its cache.

        Raises:
            RequestError: The database could not be reached.
            ResponseError: The database refused.
        """
        return run(self._engine.metrics())

    def close(self) -> None:
        """
        Stop what runs in the background, and tell the database of the last hits; the client
        stays open, as it is yours.
        """
        run(self._engine.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncUpkeep:
    """
    The methods of `AsyncDatabaseCacheManager` that compute nothing.
    """

    _engine: Engine

    async def invalidate_by_tags(self, tags: Iterable[str]) -> int:
        """
        End every entry that carries one of *tags*; see `DatabaseCacheManager.invalidate_by_tags`.
        """
        return await self._engine.invalidate(tags)

    @asynccontextmanager
    async def deferred_invalidation(self) -> AsyncIterator[None]:
        """
        Gather the invalidations of a block of code; see
        `DatabaseCacheManager.deferred_invalidation`.
        """
        batch = Batch(self._engine)
        batch.open()
        try:
            yield
        finally:
            await self._engine.invalidate(batch.close())

    @property
    def follows(self) -> bool:
        """
        Whether there is a tier above the database, which follows its changes.
        """
        return self._engine.follows

    async def poll_changes(self) -> None:
        """
        Hear of others' writes now; see `DatabaseCacheManager.poll_changes`.
        """
        await self._engine.poll()

    async def cleanup_expired_cache(self) -> int:
        """
        Remove entries that have ended; see `DatabaseCacheManager.cleanup_expired_cache`.
        """
        return await self._engine.cleanup()

    async def get_cache_metrics(self) -> CacheMetrics:
        """
        Return what the database knows; see `DatabaseCacheManager.get_cache_metrics`.
        """
        return await self._engine.metrics()

    async def aclose(self) -> None:
        """
        Stop what runs in the background; see `DatabaseCacheManager.close`.
        """
        await self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
