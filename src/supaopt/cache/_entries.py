"""
What both managers tell of an answer beside its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from supaopt._coroutine import run
from supaopt.cache._rows import async_body_of, body_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from pydantic import TypeAdapter

    from supaopt.cache._codec import Json
    from supaopt.cache._computation import AsyncCompute, Compute
    from supaopt.cache._config import CacheConfig, ConfigOptions
    from supaopt.cache._duration import Duration
    from supaopt.cache._engine import Engine
    from supaopt.cache._entry import Entry
    from supaopt.selectors import AsyncQuery, Query, Row

T = TypeVar("T")
RowT = TypeVar("RowT", bound="Row")
J = TypeVar("J", bound="Json")


class Entries:
    """
    The methods of `DatabaseCacheManager` that return an `Entry`.
    """

    _engine: Engine

    @overload
    def get_cached_entry(
        self,
        key: str,
        query_fn: Compute[T],
        config: CacheConfig | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> Entry[T]: ...
    @overload
    def get_cached_entry(
        self, key: str, query_fn: Compute[J], config: CacheConfig | None = None
    ) -> Entry[J]: ...
    def get_cached_entry(
        self,
        key: str,
        query_fn: Callable[..., Any],
        config: CacheConfig | None = None,
        *,
        type: Any = None,  # noqa: A002 - says what it is where it is passed
    ) -> Entry[Any]:
        """
        Return the answer kept under *key* with what is known of it, or compute and keep it.

        It is ``get_cached_data`` for who passes the answer on, such as with HTTP headers. How old
        it is, is counted by this machine's clock, which has to agree with the database's.

        Args:
            key: As for ``get_cached_data``.
            query_fn: As for ``get_cached_data``.
            config: As for ``get_cached_data``.
            type: As for ``get_cached_data``.

        Returns:
            The answer, its tags and its age.

        Raises:
            ConfigError: As for ``get_cached_data``.
            Exception: Whatever *query_fn* raised.

        Examples:
            >>> cache = DatabaseCacheManager(MemoryStore())
            >>> def load(context: CacheContext[int]) -> int:
            ...     context.set_duration("1 minute")
            ...     context.add_tags(["product:7"])
            ...     return 3
            >>> config = CacheConfig("5 minutes", ["products"])
            >>> entry = cache.get_cached_entry("product_count", load, config)
            >>> entry.value, sorted(entry.tags), round(entry.left)
            (3, ['product:7', 'products'], 60)
        """
        return run(self._engine.read_entry(key, query_fn, config, type))

    def query_entry(
        self,
        query: Query[RowT, Any],
        *,
        duration: Duration = "10 minutes",
        **options: Unpack[ConfigOptions],
    ) -> Entry[list[RowT]]:
        """
        Return the rows of a query with what is known of them; ``query`` for who passes them on.

        Args:
            query: As for ``query``.
            duration: As for ``query``.
            options: As for ``query``.

        Raises:
            ConfigError: A table is not watched, or the client is not the service's.
            ResponseError: The server refused the query.
            RequestError: The query got no answer.
        """
        return run(self._engine.queries.entry(query, body_of(query), duration, options))


class AsyncEntries:
    """
    The methods of `AsyncDatabaseCacheManager` that return an `Entry`.
    """

    _engine: Engine

    @overload
    async def get_cached_entry(
        self,
        key: str,
        query_fn: AsyncCompute[T],
        config: CacheConfig | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> Entry[T]: ...
    @overload
    async def get_cached_entry(
        self, key: str, query_fn: AsyncCompute[J], config: CacheConfig | None = None
    ) -> Entry[J]: ...
    async def get_cached_entry(
        self,
        key: str,
        query_fn: Callable[..., Awaitable[Any]],
        config: CacheConfig | None = None,
        *,
        type: Any = None,  # noqa: A002 - says what it is where it is passed
    ) -> Entry[Any]:
        """
        Return the answer with what is known of it; see `DatabaseCacheManager.get_cached_entry`.
        """
        return await self._engine.read_entry(key, query_fn, config, type)

    async def query_entry(
        self,
        query: AsyncQuery[RowT, Any],
        *,
        duration: Duration = "10 minutes",
        **options: Unpack[ConfigOptions],
    ) -> Entry[list[RowT]]:
        """
        Return the rows with what is known of them; see `DatabaseCacheManager.query_entry`.
        """
        fetch = async_body_of(query)
        return await self._engine.queries.entry(query, fetch, duration, options)
