"""
The manager that blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from supaopt._coroutine import run
from supaopt.cache._cached import Cached, Recipe
from supaopt.cache._connect import shelf_of, store_of
from supaopt.cache._duration import seconds
from supaopt.cache._engine import Engine
from supaopt.cache._entries import Entries
from supaopt.cache._near import MISSING
from supaopt.cache._report import Reporter
from supaopt.cache._rows import body_of
from supaopt.cache._runtime import (
    ThreadBackground,
    ThreadFollower,
    from_function,
    thread_board,
)
from supaopt.cache._upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Unpack

    from pydantic import TypeAdapter
    from redis import Redis
    from supabase import Client

    from supaopt.cache._cached import Decorate
    from supaopt.cache._codec import Json
    from supaopt.cache._computation import Compute
    from supaopt.cache._config import CacheConfig, ConfigOptions, InProcess
    from supaopt.cache._duration import Duration
    from supaopt.cache._many import Configs
    from supaopt.cache._model import CacheEvent
    from supaopt.cache._ports import CacheStore
    from supaopt.selectors import Query, Row

T = TypeVar("T")
RowT = TypeVar("RowT", bound="Row")
J = TypeVar("J", bound="Json")


class DatabaseCacheManager(Entries, Upkeep):
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
        redis: A tier that processes share, between this process and the database: a
            ``redis://`` URL or a client, for Redis or Valkey. It also keeps processes from
            computing the same at once. None if left out.
        prefix: What its keys begin with.
        on_event: Told of every hit, miss, store and failure; quick, and from any thread.

    Raises:
        ConfigError: The client is asynchronous, or carries a publishable key or a user's token.

    Examples:
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
        redis: Redis | str | None = None,
        prefix: str = "supaopt",
        on_event: Callable[[CacheEvent], None] | None = None,
    ) -> None:
        board = thread_board()
        reporter = Reporter(on_event)
        self._engine = Engine(
            store=store_of(client, limit=seconds(timeout, name="timeout")),
            board=lambda: board,
            background=ThreadBackground(),
            emit=reporter,
            patience=seconds(leader_timeout, name="leader_timeout"),
            l1=l1,
            shelf=shelf_of(redis),
            prefix=prefix,
            runner=ThreadFollower,
            on_hit=reporter.on_hit,
            adapt=from_function,
        )
        self._near = self._engine.copies

    @overload
    def get_cached_data(
        self,
        key: str,
        query_fn: Compute[T],
        config: CacheConfig | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> T: ...
    @overload
    def get_cached_data(
        self, key: str, query_fn: Compute[J], config: CacheConfig | None = None
    ) -> J: ...
    def get_cached_data(
        self,
        key: str,
        query_fn: Callable[..., Any],
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
            query_fn: Computes the answer, at most once for all concurrent callers in this
                process. Called without arguments, or with a `CacheContext` if its first parameter
                is annotated so.
            config: How long it may be kept and what it depends on; 10 minutes without tags if
                left out.
            type: What *query_fn* returns, if that is not plain JSON: any type, or a
                ``TypeAdapter``, that pydantic can write and read.

        Returns:
            The answer.

        Raises:
            ConfigError: A wrong key, a function that cannot be called so, or a value that JSON
                or *type* cannot hold.
            Exception: Whatever *query_fn* raised.
        """
        if self._near is not None:
            found = self._near.peek(key, config, type)
            if found is not MISSING:
                return found

        return run(self._engine.read(key, query_fn, config, type))

    @overload
    def get_many(
        self,
        keys: Iterable[str],
        query_fn: Callable[[list[str]], Mapping[str, T]],
        config: Configs | None = None,
        *,
        type: type[T] | TypeAdapter[T],
    ) -> dict[str, T]: ...
    @overload
    def get_many(
        self,
        keys: Iterable[str],
        query_fn: Callable[[list[str]], Mapping[str, J]],
        config: Configs | None = None,
    ) -> dict[str, J]: ...
    def get_many(
        self,
        keys: Iterable[str],
        query_fn: Callable[[list[str]], Mapping[str, Any]],
        config: Configs | None = None,
        *,
        type: Any = None,  # noqa: A002 - says what it is where it is passed
    ) -> dict[str, Any]:
        """
        Return the answers kept under many keys, and compute those that are missing in one call.

        Each key stands for itself: it is kept, ends and is waited for like one that
        `get_cached_data` reads, and shares its computation with whoever reads it at the time.

        Args:
            keys: The keys; one that is named twice is read once.
            query_fn: Gets the list of keys to compute and returns a mapping from each of them to
                its answer. What it returns for others is not kept.
            config: As for `get_cached_data`; or a function that returns the configuration of each
                key, such as one with the tag of its row.
            type: What one answer is, as for `get_cached_data`.

        Returns:
            The answers by key, in the order of *keys*.

        Raises:
            ConfigError: A wrong key; or *query_fn* has left a key out (None is a value, and has
                to be returned), or returned a value that JSON or *type* cannot hold. The answers
                to the other keys are kept.
            Exception: Whatever *query_fn* raised, unless each key that it was to compute has an
                answer within its grace.

        Examples:
            >>> cache = DatabaseCacheManager(MemoryStore())
            >>> def lengths(missing: list[str]) -> dict[str, int]:
            ...     return {key: len(key) for key in missing}
            >>> cache.get_many(["a", "bb"], lengths, CacheConfig("5 minutes"))
            {'a': 1, 'bb': 2}
        """
        return run(self._engine.read_many(keys, query_fn, config, type))

    def cached(
        self,
        key: str,
        *,
        duration: Duration = "10 minutes",
        tags: Iterable[str] = (),
        ignore: Iterable[str] = (),
        **options: Unpack[ConfigOptions],
    ) -> Decorate:
        """
        Keep the answers of a function.

        The function's return annotation says how they are written and read. What comes back is
        called like the function, and has ``invalidate`` and ``refresh`` with its parameters. A
        first parameter that is annotated as a `CacheContext` is not theirs: it is passed here.

        Args:
            key: Template that names every parameter: ``"student:{student_id}"``. Values are
                quoted, so that no two calls share an answer.
            duration: As for `CacheConfig`.
            tags: Templates of tags, with values as Postgres writes them.
            ignore: Parameters that do not change the answer, such as a client.
            options: The other options of `CacheConfig`.

        Raises:
            ConfigError: A template that names something else, or leaves out a parameter.

        Examples:
            >>> cache = DatabaseCacheManager(MemoryStore())
            >>> @cache.cached("double:{number}", duration="5 minutes")
            ... def double(number: int) -> int:
            ...     return 2 * number
            >>> double(4), double.invalidate(4), double.invalidate(4)
            (8, 1, 0)
        """

        def decorate(function: Callable[..., Any]) -> Cached[..., Any]:
            recipe = Recipe(
                function, key=key, duration=duration, tags=tags, ignore=ignore, options=options
            )
            return Cached(self._engine, recipe)

        return cast("Decorate", decorate)

    def query(
        self,
        query: Query[RowT, Any],
        *,
        duration: Duration = "10 minutes",
        **options: Unpack[ConfigOptions],
    ) -> list[RowT]:
        """
        Return the rows of a query, and keep them until a write to one of its tables.

        There is nothing to name: the key is made of the request, the tags of its tables.

        Args:
            query: ``select(client, ...)`` with its filters, on a client with the secret key of
                the same project.
            duration: As for `CacheConfig`.
            options: The other options of `CacheConfig`.

        Raises:
            ConfigError: A table is not watched, or the client is not the service's.
            ResponseError: The server refused the query.
            RequestError: The query got no answer.
        """
        fetch = body_of(query)
        rows: list[RowT] = run(self._engine.queries.rows(query, fetch, duration, options))
        return rows
