"""
The manager that is awaited: the same methods as the one that blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from supaopt.cache._cached import AsyncCached, Recipe
from supaopt.cache._connect import async_shelf_of, async_store_of
from supaopt.cache._duration import seconds
from supaopt.cache._engine import Engine
from supaopt.cache._entries import AsyncEntries
from supaopt.cache._loop import LoopBackground, LoopBoards, LoopFollower, from_coroutine
from supaopt.cache._near import MISSING
from supaopt.cache._report import Reporter
from supaopt.cache._rows import async_body_of
from supaopt.cache._upkeep import AsyncUpkeep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import Unpack

    from pydantic import TypeAdapter
    from redis.asyncio import Redis as AsyncRedis
    from supabase import AsyncClient

    from supaopt.cache._cached import AsyncDecorate
    from supaopt.cache._codec import Json
    from supaopt.cache._computation import AsyncCompute
    from supaopt.cache._config import CacheConfig, ConfigOptions, InProcess
    from supaopt.cache._duration import Duration
    from supaopt.cache._many import Configs
    from supaopt.cache._model import CacheEvent
    from supaopt.cache._ports import CacheStore
    from supaopt.selectors import AsyncQuery, Row

T = TypeVar("T")
RowT = TypeVar("RowT", bound="Row")
J = TypeVar("J", bound="Json")


class AsyncDatabaseCacheManager(AsyncEntries, AsyncUpkeep):
    """
    `DatabaseCacheManager` for ``asyncio``: the same methods, to be awaited.

    Concurrent callers on one event loop cost one computation.

    Args:
        client: A ``supabase.AsyncClient`` with the project's secret key, or any `CacheStore`.
        timeout: As for `DatabaseCacheManager`.
        leader_timeout: As for `DatabaseCacheManager`.
        l1: As for `DatabaseCacheManager`.
        redis: As for `DatabaseCacheManager`; a URL or a ``redis.asyncio`` client.
        prefix: As for `DatabaseCacheManager`.
        on_event: As for `DatabaseCacheManager`; called on the event loop.

    Raises:
        ConfigError: The client is synchronous, or carries a publishable key or a user's token.
    """

    def __init__(
        self,
        client: AsyncClient | CacheStore,
        *,
        timeout: Duration = "2 seconds",
        leader_timeout: Duration = "30 seconds",
        l1: InProcess | None = None,
        redis: AsyncRedis | str | None = None,
        prefix: str = "supaopt",
        on_event: Callable[[CacheEvent], None] | None = None,
    ) -> None:
        reporter = Reporter(on_event)
        self._engine = Engine(
            store=async_store_of(client, limit=seconds(timeout, name="timeout")),
            board=LoopBoards().current,
            background=LoopBackground(),
            emit=reporter,
            patience=seconds(leader_timeout, name="leader_timeout"),
            l1=l1,
            shelf=async_shelf_of(redis),
            prefix=prefix,
            runner=LoopFollower,
            on_hit=reporter.on_hit,
            adapt=from_coroutine,
        )
        self._near = self._engine.copies

    @overload
    async def get_cached_data(
        self,
        key: str,
        query_fn: AsyncCompute[T],
        config: CacheConfig | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> T: ...
    @overload
    async def get_cached_data(
        self, key: str, query_fn: AsyncCompute[J], config: CacheConfig | None = None
    ) -> J: ...
    async def get_cached_data(
        self,
        key: str,
        query_fn: Callable[..., Awaitable[Any]],
        config: CacheConfig | None = None,
        *,
        type: Any = None,  # noqa: A002 - says what it is where it is passed
    ) -> Any:
        """
        Return the answer kept under *key*; see `DatabaseCacheManager.get_cached_data`.
        """
        if self._near is not None:
            found = self._near.peek(key, config, type)
            if found is not MISSING:
                return found

        return await self._engine.read(key, query_fn, config, type)

    @overload
    async def get_many(
        self,
        keys: Iterable[str],
        query_fn: Callable[[list[str]], Awaitable[Mapping[str, T]]],
        config: Configs | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> dict[str, T]: ...
    @overload
    async def get_many(
        self,
        keys: Iterable[str],
        query_fn: Callable[[list[str]], Awaitable[Mapping[str, J]]],
        config: Configs | None = None,
    ) -> dict[str, J]: ...
    async def get_many(
        self,
        keys: Iterable[str],
        query_fn: Callable[[list[str]], Awaitable[Mapping[str, Any]]],
        config: Configs | None = None,
        *,
        type: Any = None,  # noqa: A002 - says what it is where it is passed
    ) -> dict[str, Any]:
        """
        Return the answers kept under many keys; see `DatabaseCacheManager.get_many`.
        """
        return await self._engine.read_many(keys, query_fn, config, type)

    def cached(
        self,
        key: str,
        *,
        duration: Duration = "10 minutes",
        tags: Iterable[str] = (),
        ignore: Iterable[str] = (),
        **options: Unpack[ConfigOptions],
    ) -> AsyncDecorate:
        """
        Keep the answers of a coroutine function; see `DatabaseCacheManager.cached`.
        """

        def decorate(function: Callable[..., Awaitable[Any]]) -> AsyncCached[..., Any]:
            recipe = Recipe(
                function, key=key, duration=duration, tags=tags, ignore=ignore, options=options
            )
            return AsyncCached(self._engine, recipe)

        return cast("AsyncDecorate", decorate)

    async def query(
        self,
        query: AsyncQuery[RowT, Any],
        *,
        duration: Duration = "10 minutes",
        **options: Unpack[ConfigOptions],
    ) -> list[RowT]:
        """
        Return the rows of a query, kept; see `DatabaseCacheManager.query`.
        """
        fetch = async_body_of(query)
        rows: list[RowT] = await self._engine.queries.rows(query, fetch, duration, options)
        return rows
