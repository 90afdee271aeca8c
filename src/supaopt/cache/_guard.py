"""
The database's cache, left alone while it does not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from supaopt.cache._model import Miss
from supaopt.cache._ports import BulkStore
from supaopt.errors import (
    BadGatewayError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
    StatementTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from supaopt._figures import CacheMetrics
    from supaopt.cache._breaker import Breaker
    from supaopt.cache._model import Changes, Lookup
    from supaopt.cache._ports import CacheStore, NewEntry

T = TypeVar("T")

# A refusal of one entry says nothing about the next; these say that nobody would be served.
_OUTAGES = (BadGatewayError, NotFoundError, PermissionDeniedError, StatementTimeoutError)


def is_refusal(error: Exception) -> bool:
    """
    Say whether the database is there, and refused what it was asked alone.
    """
    return isinstance(error, ResponseError) and not isinstance(error, _OUTAGES)


class GuardedStore:
    """
    A `CacheStore` behind a `Breaker`: while that is open, look-ups miss and nothing is stored.

    Invalidations always go through, because nobody else would make them.
    """

    def __init__(self, store: CacheStore, breaker: Breaker) -> None:
        self._store = store
        self._breaker = breaker

    async def lookup(self, key: str, /, *, max_age: float) -> Lookup:
        """
        Look up; a miss without a lease while the database does not answer.
        """
        if not self._breaker.allows():
            return Miss()
        return await self._watch(self._store.lookup(key, max_age=max_age))

    async def lookup_many(self, max_ages: Mapping[str, float], /) -> Mapping[str, Lookup] | None:
        """
        Look up many keys at once, as `lookup` does; for a store that can.
        """
        if not self._breaker.allows():
            return dict.fromkeys(max_ages, Miss())
        store = self._store
        assert isinstance(store, BulkStore)
        return await self._watch(store.lookup_many(max_ages))

    async def store_many(self, entries: Sequence[NewEntry], /) -> Sequence[bool] | None:
        """
        Store many entries at once, as `store` does; for a store that can.
        """
        if not self._breaker.allows():
            return [False] * len(entries)
        store = self._store
        assert isinstance(store, BulkStore)
        return await self._watch(store.store_many(entries))

    async def store(
        self, key: str, data: bytes, /, *, duration: float, tags: Sequence[str], lease: str
    ) -> bool:
        """
        Store; refused while the database does not answer.
        """
        if not self._breaker.allows():
            return False
        return await self._watch(
            self._store.store(key, data, duration=duration, tags=tags, lease=lease)
        )

    async def invalidate(self, tags: Sequence[str], /) -> int:
        """
        Invalidate, whatever is known of the database.
        """
        return await self._watch(self._store.invalidate(tags))

    async def changes(self, after: str | None, /) -> Changes:
        """
        Ask for changes; the first answer shows that the database is back.
        """
        return await self._watch(self._store.changes(after))

    async def record_hits(self, hits: Mapping[str, int], /) -> None:
        """
        Tell hits; they are lost while the database does not answer.
        """
        if self._breaker.allows():
            await self._watch(self._store.record_hits(hits))

    async def cleanup(self) -> int:
        """
        Clean up.
        """
        return await self._store.cleanup()

    async def metrics(self) -> CacheMetrics:
        """
        Ask for the metrics.
        """
        return await self._store.metrics()

    async def _watch(self, call: Awaitable[T]) -> T:
        try:
            found = await call
        except Exception as error:
            if is_refusal(error):
                self._breaker.succeeded()
            else:
                self._breaker.failed()
            raise
        self._breaker.succeeded()
        return found
