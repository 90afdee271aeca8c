"""
Functions whose answers are kept: what ``@cache.cached`` makes.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeAlias,
    TypeVar,
    cast,
    get_type_hints,
    overload,
)

from supaopt._coroutine import run
from supaopt.cache._computation import takes_context
from supaopt.cache._config import CacheConfig
from supaopt.cache._context import CacheContext  # noqa: TC001 - annotations are read when it runs
from supaopt.cache._near import MISSING
from supaopt.cache._template import Call
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from supaopt.cache._config import ConfigOptions
    from supaopt.cache._duration import Duration
    from supaopt.cache._engine import Engine
    from supaopt.cache._entry import Entry

P = ParamSpec("P")
T = TypeVar("T")
Values: TypeAlias = Mapping[str, Any]


class Recipe:
    """
    How one function's calls become entries.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        key: str,
        duration: Duration,
        tags: Iterable[str],
        ignore: Iterable[str],
        options: ConfigOptions,
    ) -> None:
        self.function = function
        self._takes_context = takes_context(function)
        self._call = Call(
            function, key=key, tags=tags, ignore=tuple(ignore), skip=int(self._takes_context)
        )
        self._group = f"cached-{_digest(key)}"
        # Refuses a wrong duration where it is written, not at the first call.
        self.plain: CacheConfig = CacheConfig(duration, **options)

    @functools.cached_property
    def kind(self) -> Any:
        """
        What the function says it returns; None, for plain JSON, if it says nothing.
        """
        # Late, because annotations may name what is defined further down.
        return get_type_hints(self.function, include_extras=True).get("return")

    def dress(self, wrapper: object) -> None:
        """
        Let *wrapper* look like the function, as its callers call it.
        """
        functools.update_wrapper(cast("Callable[..., Any]", wrapper), self.function)
        if self._takes_context:
            wrapper.__signature__ = self._call.signature  # type: ignore[attr-defined]  # read by inspect

    def computation(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
        """
        Return what computes the answer to one call.
        """
        function = self.function
        if not self._takes_context:
            return functools.partial(function, *args, **kwargs)

        def compute(context: CacheContext[Any]) -> Any:  # told by its annotation, like any other
            return function(context, *args, **kwargs)

        return compute

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Values:
        """
        Return the arguments of one call by name.
        """
        return self._call.values(args, kwargs)

    def key(self, values: Values) -> str:
        """
        Return the key of one call.
        """
        return self._call.key(values)

    def config(self, key: str, values: Values) -> CacheConfig:
        """
        Return the configuration of one call's entry.
        """
        tags = (*self._call.tags(values), self._own_tag(key))
        return self.plain.tagged(tags)

    def asked(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[str, Callable[..., Any], CacheConfig, Any]:
        """
        Return what one call asks the cache for: key, computation, configuration and type.
        """
        values = self.values(args, kwargs)
        key = self.key(values)
        return key, self.computation(args, kwargs), self.config(key, values), self.kind

    def tag(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """
        Return the tag that ends one call's entry.
        """
        return self._own_tag(self.key(self.values(args, kwargs)))

    @property
    def every_tag(self) -> str:
        """
        The tag that ends the entries of all calls.
        """
        return f"{self._group}:*"

    def _own_tag(self, key: str) -> str:
        return f"{self._group}:{_digest(key)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class Cached(Generic[P, T]):
    """
    A function whose answers are kept; made by `DatabaseCacheManager.cached`.
    """

    def __init__(self, engine: Engine, recipe: Recipe) -> None:
        if inspect.iscoroutinefunction(recipe.function):
            raise ConfigError(
                f"{recipe.function.__qualname__} is asynchronous; cache it with "
                "AsyncDatabaseCacheManager"
            )
        recipe.dress(self)
        self._engine = engine
        self._recipe = recipe

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        recipe = self._recipe
        values = recipe.values(args, kwargs)
        key = recipe.key(values)
        found: T = self._engine.peek(key, recipe.plain, recipe.kind)
        return self._read(key, values, args, kwargs) if found is MISSING else found

    def entry(self, *args: P.args, **kwargs: P.kwargs) -> Entry[T]:
        """
        Return the answer with what is known of it, for who passes it on.
        """
        return run(self._engine.read_entry(*self._recipe.asked(args, kwargs)))

    def config_of(self, *args: P.args, **kwargs: P.kwargs) -> CacheConfig:
        """
        Return what the answer to these arguments is kept under, as far as that is known before it
        is computed.
        """
        return self._recipe.asked(args, kwargs)[2]

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Compute the answer to these arguments now, keep it and return it.
        """
        values = self._recipe.values(args, kwargs)
        return self._read(self._recipe.key(values), values, args, kwargs, refresh=True)

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """
        End the answer to these arguments; return how many live entries that were.
        """
        return run(self._engine.invalidate([self._recipe.tag(args, kwargs)]))

    def invalidate_all(self) -> int:
        """
        End the answers to all arguments; return how many live entries those were.
        """
        return run(self._engine.invalidate([self._recipe.every_tag]))

    def _read(
        self, key: str, values: Values, args: Any, kwargs: Any, *, refresh: bool = False
    ) -> T:
        query = self._recipe.computation(args, kwargs)
        config = self._recipe.config(key, values)
        found: T = run(self._engine.read(key, query, config, self._recipe.kind, refresh=refresh))
        return found


class AsyncCached(Generic[P, T]):
    """
    A coroutine function whose answers are kept; made by `AsyncDatabaseCacheManager.cached`.
    """

    def __init__(self, engine: Engine, recipe: Recipe) -> None:
        recipe.dress(self)
        self._engine = engine
        self._recipe = recipe

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        recipe = self._recipe
        values = recipe.values(args, kwargs)
        key = recipe.key(values)
        found: T = self._engine.peek(key, recipe.plain, recipe.kind)
        return await self._read(key, values, args, kwargs) if found is MISSING else found

    async def entry(self, *args: P.args, **kwargs: P.kwargs) -> Entry[T]:
        """
        Return the answer with what is known of it, for who passes it on.
        """
        return await self._engine.read_entry(*self._recipe.asked(args, kwargs))

    def config_of(self, *args: P.args, **kwargs: P.kwargs) -> CacheConfig:
        """
        Return what the answer to these arguments is kept under; see `Cached.config_of`.
        """
        return self._recipe.asked(args, kwargs)[2]

    async def refresh(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Compute the answer to these arguments now, keep it and return it.
        """
        values = self._recipe.values(args, kwargs)
        return await self._read(self._recipe.key(values), values, args, kwargs, refresh=True)

    async def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> int:
        """
        End the answer to these arguments; return how many live entries that were.
        """
        return await self._engine.invalidate([self._recipe.tag(args, kwargs)])

    async def invalidate_all(self) -> int:
        """
        End the answers to all arguments; return how many live entries those were.
        """
        return await self._engine.invalidate([self._recipe.every_tag])

    async def _read(
        self, key: str, values: Values, args: Any, kwargs: Any, *, refresh: bool = False
    ) -> T:
        query = self._recipe.computation(args, kwargs)
        config = self._recipe.config(key, values)
        found: T = await self._engine.read(key, query, config, self._recipe.kind, refresh=refresh)
        return found


class _Other:
    # No context. A function whose first parameter takes this too takes anything there, such as
    # one without annotations, and type checkers must not see its first parameter as the context.
    pass


class Decorate(Protocol):
    """
    What `DatabaseCacheManager.cached` returns: a decorator of functions, whose first parameter
    may be a `CacheContext` that their callers do not pass.
    """

    @overload
    def __call__(self, function: Callable[Concatenate[_Other, ...], T], /) -> Cached[..., T]: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[CacheContext[T], P], T], /
    ) -> Cached[P, T]: ...
    @overload
    def __call__(self, function: Callable[P, T], /) -> Cached[P, T]: ...


class AsyncDecorate(Protocol):
    """
    What `AsyncDatabaseCacheManager.cached` returns; see `Decorate`.
    """

    @overload
    def __call__(
        self, function: Callable[Concatenate[_Other, ...], Awaitable[T]], /
    ) -> AsyncCached[..., T]: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[CacheContext[T], P], Awaitable[T]], /
    ) -> AsyncCached[P, T]: ...
    @overload
    def __call__(self, function: Callable[P, Awaitable[T]], /) -> AsyncCached[P, T]: ...
