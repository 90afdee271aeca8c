"""
What computes an answer, and whether it takes a `CacheContext`: by annotation alone, never by the
number of parameters.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import re
from collections.abc import Mapping
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, get_origin

from supaopt.cache._context import CacheContext
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
Compute: TypeAlias = "Callable[[], T] | Callable[[CacheContext[T]], T]"
"""What computes an answer, for type checkers; a `CacheContext` is told by its annotation."""
AsyncCompute: TypeAlias = "Callable[[], Awaitable[T]] | Callable[[CacheContext[T]], Awaitable[T]]"
"""The same as a coroutine function."""

Adapt: TypeAlias = "Callable[[str, Callable[[], Any]], Callable[[], Awaitable[Any]]]"
"""Makes a function, which computes a key, what the flow awaits."""

_NAME: Final = CacheContext.__name__
_BY_POSITION: Final = frozenset(
    {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
)
_WRITTEN: Final = re.compile(r"\s*([\w.]+)\s*(\[.*\])?\s*", re.DOTALL)


class Computation:
    """
    A caller's function, in the manager's colour.

    Args:
        key: The entry's key.
        function: Takes nothing, or a `CacheContext`.
        adapt: Makes it what the flow awaits.

    Raises:
        ConfigError: The function takes a context in a way that cannot be told for sure.
    """

    def __init__(
        self,
        key: str,
        function: Callable[..., Any],
        adapt: Adapt,
    ) -> None:
        self.key = key
        self.takes_context = takes_context(function)
        self._function = function
        self._adapt = adapt

    async def __call__(self, context: CacheContext[Any]) -> Any:
        """
        Compute.

        Raises:
            ConfigError: The function cannot be called, or is of the other colour.
            Exception: Whatever it raised.
        """
        arguments = (context,) if self.takes_context else ()
        call = functools.partial(self._function, *arguments)
        try:
            return await self._adapt(self.key, call)()
        except TypeError as error:
            if _fits(self._function, *arguments):
                raise  # its own
            raise ConfigError(
                f"the function that computes {self.key!r} cannot be called: {error}; it takes "
                f"nothing, or a context as its first parameter, annotated {_NAME}[...]"
            ) from error


class BatchComputation:
    """
    A caller's function of many keys, in the manager's colour.

    Args:
        function: Takes the keys whose answers are missing, and returns a mapping from each of
            them to its answer.
        adapt: As for `Computation`.

    Raises:
        ConfigError: The function asks for a context.
    """

    def __init__(self, function: Callable[..., Any], adapt: Adapt) -> None:
        if takes_context(function):
            raise ConfigError(
                f"the function that computes many keys takes no {_NAME}; pass config=... a "
                "function that returns each key's configuration"
            )
        self._function = function
        self._adapt = adapt

    async def __call__(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """
        Compute.

        Raises:
            ConfigError: The function cannot be called, is of the other colour, or returns no
                mapping.
            Exception: Whatever it raised.
        """
        call = functools.partial(self._function, list(keys))
        try:
            found = await self._adapt(keys[0], call)()
        except TypeError as error:
            if _fits(self._function, keys):
                raise  # its own
            raise ConfigError(
                f"the function that computes many keys cannot be called: {error}; it takes the "
                "list of those that are missing"
            ) from error
        if not isinstance(found, Mapping):
            raise ConfigError(
                f"the function that computes many keys returned a {type(found).__name__}; return "
                "a dictionary from each key that it is given to its answer"
            )
        return found


def takes_context(function: Callable[..., Any]) -> bool:
    """
    Say whether the first parameter of *function* is annotated as a `CacheContext`.

    Raises:
        ConfigError: Another parameter is, or the annotation says more than that, or names what
            is not there when the program runs.
    """
    if isinstance(function, FunctionType) and function.__annotations__.keys() <= {"return"}:
        return False  # most functions, and every lambda, at next to no cost
    try:
        parameters = tuple(inspect.signature(function).parameters.values())
    except ValueError:  # a builtin without a signature
        return False
    names = _names(function)
    found = [each for each in parameters if _is_context(each.annotation, names)]
    if found and (found != [parameters[0]] or found[0].kind not in _BY_POSITION):
        raise ConfigError(
            f"{found[-1].name!r} is a {_NAME} that is not passed first; make it the first "
            "parameter, one that is passed by position"
        )
    return bool(found)


def _names(function: Callable[..., Any]) -> Mapping[str, Any]:
    # What an annotation that was left as text may name.
    target: Any = function
    while isinstance(target, (functools.partial, MethodType)):
        target = target.func if isinstance(target, functools.partial) else target.__func__
    if not isinstance(target, FunctionType):
        target = type(target).__call__
    return getattr(inspect.unwrap(target), "__globals__", {})


def _is_context(annotation: Any, names: Mapping[str, Any]) -> bool:
    if annotation is CacheContext or get_origin(annotation) is CacheContext:
        return True
    text = annotation if isinstance(annotation, str) else repr(annotation)
    written = _WRITTEN.fullmatch(text) if isinstance(annotation, str) else None
    if written and _named(written[1], names) is CacheContext:
        return True
    if re.search(rf"\b{_NAME}\b", text):
        raise ConfigError(
            f"the annotation {text!r} is not {_NAME} or {_NAME}[...] when the program runs; "
            f"annotate with that alone, and import {_NAME} at the top of the module, outside "
            "`if TYPE_CHECKING`"
        )
    return False


def _named(dotted: str, names: Mapping[str, Any]) -> Any:
    first, *rest = dotted.split(".")
    found = names.get(first, getattr(builtins, first, None))
    return functools.reduce(lambda owner, name: getattr(owner, name, None), rest, found)


def _fits(function: Callable[..., Any], *arguments: Any) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # nobody can tell
        return True
    return True
