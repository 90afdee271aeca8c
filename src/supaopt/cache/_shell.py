"""
The two managers: the same methods, one blocking and one to be awaited.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from supaopt.cache._duration import seconds
from supaopt.cache._engine import Engine
from supaopt.cache._identity import require_service_role
from supaopt.cache._near import MISSING
from supaopt.cache._ports import CacheStore
from supaopt.cache._report import Reporter
from supaopt.cache._runtime import (
    LoopBoards,
    LoopFollower,
    ThreadFollower,
    run,
    thread_board,
)
from supaopt.cache._store import PostgrestStore
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from pydantic import TypeAdapter
    from supabase import AsyncClient, Client

    from supaopt._wire import AsyncTransport, Request, Response, Transport
    from supaopt.cache._duration import Duration
    from supaopt.cache._model import CacheConfig, CacheEvent, CacheMetrics, InProcess

T = TypeVar("T")
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | float | bool | None"
J = TypeVar("J", bound=Json)


class DatabaseCacheManager:
    """
    Keeps answers in the project's own Postgres until a write makes them old.

    Share one manager per process: concurrent callers of a key, in any threads, cost one
    computation. A database that cannot be reached costs a computation too, never an error.

    Args:
        client: A ``supabase.Client`` with the project's secret key, on the server only. Or any
            `CacheStore`, such as `MemoryStore` in tests.
        timeout: How long one call to the database's cache may take before it counts as a miss.
        leader_timeout: How long callers wait for another caller's computation before one of them
            starts its own.
        l1: A tier in this process, in front of the database; none if left out.
        on_event: Told of every hit, miss, store and failure; quick, and from any thread.

    Raises:
        ConfigError: The client is asynchronous, or carries a publishable key or a user's token.

    Example:
        >>> cache = DatabaseCacheManager(MemoryStore())
        >>> config = CacheConfig("5 minutes", ["products"])
        >>> cache.get_cached_data("product_count", lambda: 3, config)
        3
        >>> cache.get_cached_data("product_count", lambda: 4, config)
        3
        >>> cache.invalidate_by_tags(["products"])
        1
        >>> cache.get_cached_data("product_count", lambda: 4, config)
        4
    """

    def __init__(
        self,
        client: Client | CacheStore,
        *,
        timeout: Duration = "2 seconds",
        leader_timeout: Duration = "30 seconds",
        l1: InProcess | None = None,
        on_event: Callable[[CacheEvent], None] | None = None,
    ) -> None:
        board = thread_board()
        reporter = Reporter(on_event)
        self._engine = Engine(
            store=_store(client, limit=seconds(timeout, name="timeout")),
            board=lambda: board,
            emit=reporter,
            patience=seconds(leader_timeout, name="leader_timeout"),
            l1=l1,
            runner=ThreadFollower,
            on_hit=reporter.on_hit,
        )
        self._near = self._engine.near

    @overload
    def get_cached_data(
        self,
        key: str,
        query_fn: Callable[[], T],
        config: CacheConfig | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> T: ...
    @overload
    def get_cached_data(
        self, key: str, query_fn: Callable[[], J], config: CacheConfig | None = None
    ) -> J: ...
    def get_cached_data(
        self,
        key: str,
        query_fn: Callable[[], Any],
        config: CacheConfig | None = None,
        *,
        type: Any = None,  # noqa: A002 - says what it is where it is passed
    ) -> Any:
        """
        Return the answer kept under *key*, or compute, keep and return it.

        Every caller gets a value of its own. It has been through JSON even when it is fresh, so
        that the first call returns what all later ones return.

        Args:
            key: Name of the answer, 1 to 512 characters. Whatever changes the answer belongs
                into it: the cache is the same for everybody.
            query_fn: Computes the answer; called without arguments, at most once for all
                concurrent callers in this process.
            config: How long it may be kept and what it depends on; 10 minutes without tags if
                left out.
            type: What *query_fn* returns, if that is not plain JSON: any type, or a
                ``TypeAdapter``, that pydantic can write and read.

        Returns:
            The answer.

        Raises:
            ConfigError: A wrong key, or a value that JSON or *type* cannot hold.
            Exception: Whatever *query_fn* raised.
        """
        if self._near is not None:
            found = self._near.peek(key, config, type)
            if found is not MISSING:
                return found

        async def query() -> Any:
            value = query_fn()
            if inspect.isawaitable(value):
                _discard(value)
                raise ConfigError(
                    f"the function that computes {key!r} is asynchronous; use "
                    "AsyncDatabaseCacheManager, or pass a function that returns its value"
                )
            return value

        return run(self._engine.read(key, query, config, type))

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
        Stop what runs in the background; the client stays open, as it is yours.
        """
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncDatabaseCacheManager:
    """
    `DatabaseCacheManager` for ``asyncio``: the same methods, to be awaited.

    Concurrent callers on one event loop cost one computation.

    Args:
        client: A ``supabase.AsyncClient`` with the project's secret key, or any `CacheStore`.
        timeout: As for `DatabaseCacheManager`.
        leader_timeout: As for `DatabaseCacheManager`.
        l1: As for `DatabaseCacheManager`.
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
        on_event: Callable[[CacheEvent], None] | None = None,
    ) -> None:
        reporter = Reporter(on_event)
        self._engine = Engine(
            store=_async_store(client, limit=seconds(timeout, name="timeout")),
            board=LoopBoards().current,
            emit=reporter,
            patience=seconds(leader_timeout, name="leader_timeout"),
            l1=l1,
            runner=LoopFollower,
            on_hit=reporter.on_hit,
        )
        self._near = self._engine.near

    @overload
    async def get_cached_data(
        self,
        key: str,
        query_fn: Callable[[], Awaitable[T]],
        config: CacheConfig | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> T: ...
    @overload
    async def get_cached_data(
        self, key: str, query_fn: Callable[[], Awaitable[J]], config: CacheConfig | None = None
    ) -> J: ...
    async def get_cached_data(
        self,
        key: str,
        query_fn: Callable[[], Awaitable[Any]],
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

        async def query() -> Any:
            value = query_fn()
            if not inspect.isawaitable(value):
                raise ConfigError(
                    f"the function that computes {key!r} is not asynchronous and would hold up "
                    "the event loop; pass an `async def`"
                )
            return await value

        return await self._engine.read(key, query, config, type)

    async def invalidate_by_tags(self, tags: Iterable[str]) -> int:
        """
        End every entry that carries one of *tags*; see `DatabaseCacheManager.invalidate_by_tags`.
        """
        return await self._engine.invalidate(tags)

    async def get_cache_metrics(self) -> CacheMetrics:
        """
        Return what the database knows; see `DatabaseCacheManager.get_cache_metrics`.
        """
        return await self._engine.metrics()

    async def aclose(self) -> None:
        """
        Stop what runs in the background; the client stays open, as it is yours.
        """
        self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _discard(value: Awaitable[Any]) -> None:
    # A coroutine that is never awaited would warn from somewhere else.
    if inspect.iscoroutine(value):
        value.close()


def _store(client: Client | CacheStore, *, limit: float) -> CacheStore:
    if isinstance(client, CacheStore):
        return client
    from supaopt._adapters import supabase  # noqa: PLC0415 - reaches supabase-py when in use

    if supabase.is_async(client):
        raise ConfigError("this is an AsyncClient; pass it to AsyncDatabaseCacheManager")
    require_service_role(supabase.bearer(client))
    transport: Transport = supabase.connect(client)

    async def send(request: Request) -> Response:
        return transport.send(request)

    return PostgrestStore(send, timeout=limit)


def _async_store(client: AsyncClient | CacheStore, *, limit: float) -> CacheStore:
    if isinstance(client, CacheStore):
        return client
    from supaopt._adapters import supabase  # noqa: PLC0415 - reaches supabase-py when in use

    if not supabase.is_async(client):
        raise ConfigError("this is a synchronous Client; pass it to DatabaseCacheManager")
    require_service_role(supabase.bearer(client))
    transport: AsyncTransport = supabase.connect(client)
    return PostgrestStore(transport.send, timeout=limit)
