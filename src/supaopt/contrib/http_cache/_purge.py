"""
Telling a CDN to purge: the calls of `_cdn` over httpx, in both colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from supaopt.contrib.http_cache._tags import ALL, purge_tags
from supaopt.errors import RequestError, RequestTimeoutError, ResponseError, SupaoptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager
    from supaopt.contrib.http_cache._cdn import Cdn, PurgeCall

_TIMEOUT: Final = 5.0


class EdgePurge:
    """
    Purges a CDN's copies by tag.

    Args:
        cdn: `Cloudflare`, `Fastly`, `Vercel`, or another that makes `PurgeCall` objects.
        client: To send with, without following redirects, which would take the token along; one
            of our own if left out.

    Examples:
        >>> edge = EdgePurge(Cloudflare("0123456789abcdef", token="..."))
        >>> edge
        EdgePurge(Cloudflare(zone='0123456789abcdef'))
        >>> edge.close()
    """

    def __init__(self, cdn: Cdn, *, client: httpx.Client | None = None) -> None:
        self._cdn = cdn
        self._own = client is None
        self._client = client or httpx.Client(timeout=_TIMEOUT)

    def purge(self, tags: Iterable[str]) -> None:
        """
        Purge every copy that carries one of *tags*.

        Args:
            tags: As for ``invalidate_by_tags``.

        Raises:
            ConfigError: A tag is null or empty.
            RequestError: The CDN could not be reached: its copies may live on to their end.
            ResponseError: The CDN refused.
        """
        self.purge_names(purge_tags(tags))

    def purge_everything(self) -> None:
        """
        Purge every copy of an answer that `edge_answer` made.

        Raises:
            RequestError: The CDN could not be reached.
            ResponseError: The CDN refused.
        """
        self.purge_names((ALL,))

    def purge_names(self, names: Sequence[str]) -> None:
        """
        Purge by what `edge_tags` returned.

        Raises:
            RequestError: The CDN could not be reached.
            ResponseError: The CDN refused.
        """
        for call in self._cdn.calls(names):
            _judge(self._cdn, self._send(call))

    def after(self, cache: DatabaseCacheManager) -> PurgingCache:
        """
        Return *cache*, with each invalidation followed by a purge; for `CacheInvalidationHooks`.
        """
        return PurgingCache(cache, self)

    def _send(self, call: PurgeCall) -> httpx.Response | httpx.HTTPError:
        try:
            return self._client.post(
                call.url, headers=call.headers, content=call.content, follow_redirects=False
            )
        except httpx.HTTPError as error:
            return error

    def close(self) -> None:
        """
        Close the connections that are ours.
        """
        if self._own:
            self._client.close()

    def __repr__(self) -> str:
        return f"EdgePurge({self._cdn!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncEdgePurge:
    """
    `EdgePurge` for ``asyncio``: the same methods, to be awaited.

    Args:
        cdn: As for `EdgePurge`.
        client: As for `EdgePurge`.
    """

    def __init__(self, cdn: Cdn, *, client: httpx.AsyncClient | None = None) -> None:
        self._cdn = cdn
        self._own = client is None
        self._client = client or httpx.AsyncClient(timeout=_TIMEOUT)

    async def purge(self, tags: Iterable[str]) -> None:
        """
        Purge every copy that carries one of *tags*; see `EdgePurge.purge`.
        """
        await self.purge_names(purge_tags(tags))

    async def purge_everything(self) -> None:
        """
        Purge every copy of an answer that `edge_answer` made.
        """
        await self.purge_names((ALL,))

    async def purge_names(self, names: Sequence[str]) -> None:
        """
        Purge by what `edge_tags` returned.
        """
        for call in self._cdn.calls(names):
            _judge(self._cdn, await self._send(call))

    def after(self, cache: AsyncDatabaseCacheManager) -> AsyncPurgingCache:
        """
        Return *cache*, with each invalidation followed by a purge; for `CacheInvalidationHooks`.
        """
        return AsyncPurgingCache(cache, self)

    async def _send(self, call: PurgeCall) -> httpx.Response | httpx.HTTPError:
        try:
            return await self._client.post(
                call.url, headers=call.headers, content=call.content, follow_redirects=False
            )
        except httpx.HTTPError as error:
            return error

    async def aclose(self) -> None:
        """
        Close the connections that are ours.
        """
        if self._own:
            await self._client.aclose()

    def __repr__(self) -> str:
        return f"AsyncEdgePurge({self._cdn!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


class PurgingCache:
    """
    A manager whose invalidations reach a CDN too; made by `EdgePurge.after`.

    Not for use within ``deferred_invalidation``, whose entries end later than the purge.
    """

    def __init__(self, cache: DatabaseCacheManager, edge: EdgePurge) -> None:
        self._cache = cache
        self._edge = edge

    def invalidate_by_tags(self, tags: Iterable[str]) -> int:
        """
        End every entry that carries one of *tags*, then every copy at the CDN.

        Returns:
            How many live entries it ended.

        Raises:
            ConfigError: A tag is null or empty.
            RequestError: The database or the CDN could not be reached.
            ResponseError: One of them refused.
        """
        ended = tuple(tags)
        # Entries first: a CDN that asks anew must not be given what has just been purged.
        count = self._cache.invalidate_by_tags(ended)
        self._edge.purge(ended)
        return count

    def cleanup_expired_cache(self) -> int:
        """
        Remove entries that have ended.
        """
        return self._cache.cleanup_expired_cache()


class AsyncPurgingCache:
    """
    `PurgingCache` for ``asyncio``; made by `AsyncEdgePurge.after`.
    """

    def __init__(self, cache: AsyncDatabaseCacheManager, edge: AsyncEdgePurge) -> None:
        self._cache = cache
        self._edge = edge

    async def invalidate_by_tags(self, tags: Iterable[str]) -> int:
        """
        End every entry that carries one of *tags*, then every copy at the CDN.
        """
        ended = tuple(tags)
        count = await self._cache.invalidate_by_tags(ended)
        await self._edge.purge(ended)
        return count

    async def cleanup_expired_cache(self) -> int:
        """
        Remove entries that have ended.
        """
        return await self._cache.cleanup_expired_cache()


def _judge(cdn: Cdn, outcome: httpx.Response | httpx.HTTPError) -> None:
    name = type(cdn).__name__
    if isinstance(outcome, httpx.Response):
        if not outcome.is_success:
            raise ResponseError(
                f"{name} refused to purge (HTTP {outcome.status_code}); check the token's "
                "permissions and the CDN's rate limits",
                status=outcome.status_code,
            )
        return
    raise _unreachable(name, outcome)


def _unreachable(name: str, error: httpx.HTTPError) -> SupaoptError:
    # httpx's error holds the request, whose headers hold the token: it is not passed on as a cause.
    kind = RequestTimeoutError if isinstance(error, httpx.TimeoutException) else RequestError
    return kind(f"{name} could not be reached to purge: {type(error).__name__}")
