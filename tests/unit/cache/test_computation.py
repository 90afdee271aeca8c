"""
How a computation that takes a context is told from one that does not.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Optional

import pytest

import supaopt.cache  # noqa: TC001 - annotations are read when it runs
from supaopt._coroutine import run
from supaopt.cache import CacheContext, DatabaseCacheManager, MemoryStore
from supaopt.cache import CacheContext as Renamed
from supaopt.cache._computation import Computation, takes_context
from supaopt.cache._context import Terms
from supaopt.cache._runtime import from_function
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.cache import CacheContext as Hidden


def plain(context: CacheContext[int]) -> int:
    """Take a context."""
    return 1


def bare(context: CacheContext) -> int:  # type: ignore[type-arg]  # as untyped programs write it
    """Take one without a type."""
    return 1


def renamed(c: Renamed[int]) -> int:
    """Take one under another name."""
    return 1


def dotted(c: supaopt.cache.CacheContext[dict[str, list[int]]]) -> int:
    """Take one by its whole name."""
    return 1


def optional_rest(context: CacheContext[int], /, limit: int = 10) -> int:
    """Take one, and what has a default."""
    return limit


def evaluated(context: Any) -> int:
    """Take one, by an annotation that is no text."""
    return 1


evaluated.__annotations__ = {"context": CacheContext[int]}


@functools.wraps(plain)
def wrapper(*args: Any) -> int:
    """Pass one on."""
    return plain(*args)


class Loader:
    """Methods and objects that can be called."""

    def method(self, context: CacheContext[int]) -> int:
        """Take a context."""
        return 1

    def __call__(self, context: CacheContext[int]) -> int:
        """Take a context."""
        return 1


def nothing() -> int:
    """Take nothing."""
    return 1


def defaults(limit: int = 3, name: str = "CacheContext") -> int:
    """Take what has a default."""
    return limit


def unsaid(context=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - is tested
    """Take something that is only called so."""
    return 1


@pytest.mark.parametrize(
    "function",
    [
        plain,
        bare,
        renamed,
        dotted,
        optional_rest,
        evaluated,
        Loader().method,
        Loader(),
        functools.partial(optional_rest, limit=3),
        wrapper,
    ],
)
def test_an_annotation_tells(function: Callable[..., Any]) -> None:
    """
    The first parameter's annotation, and it alone, asks for a context.
    """
    assert takes_context(function)


@pytest.mark.parametrize(
    "function",
    [
        nothing,
        defaults,
        unsaid,
        lambda: 1,
        lambda context=None: 1,
        functools.partial(optional_rest, CacheContext("k", None, Terms(()))),
        dict,
    ],
)
def test_nothing_else_tells(function: Callable[..., Any]) -> None:
    """
    Neither a parameter's name nor the number of parameters asks for a context.
    """
    assert not takes_context(function)


def second(limit: int, context: CacheContext[int]) -> int:
    """Take it second."""
    return 1


def by_name(*, context: CacheContext[int]) -> int:
    """Take it by name."""
    return 1


def twice(one: CacheContext[int], two: CacheContext[int]) -> int:
    """Take two."""
    return 1


def maybe(context: CacheContext[int] | None = None) -> int:
    """Take it or not."""
    return 1


def hidden(context: Hidden[int]) -> int:
    """Take one that only type checkers know, under another name."""
    return 1


def maybe_evaluated(context: Any = None) -> int:
    """Take it or not, by an annotation that is no text."""
    return 1


maybe_evaluated.__annotations__ = {"context": Optional[CacheContext[int]]}  # noqa: UP045 - a form


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (second, "'context' is a CacheContext that is not passed first"),
        (by_name, "not passed first"),
        (twice, "'two' is a CacheContext that is not passed first"),
        (maybe, r"annotate with that alone, and import CacheContext at the top"),
        (maybe_evaluated, "annotate with that alone"),
    ],
)
def test_what_may_be_meant_is_refused(function: Callable[..., Any], words: str) -> None:
    """
    A function that seems to ask for a context is never called without one.
    """
    with pytest.raises(ConfigError, match=words):
        takes_context(function)


def test_a_name_for_type_checkers_alone_is_refused() -> None:
    """
    An annotation whose name is not there when the program runs is an error that says so.
    """
    scope: dict[str, Any] = {}
    exec(  # a module that imports the name under `if TYPE_CHECKING`
        "from __future__ import annotations\ndef load(context: CacheContext[int]): return 1\n",
        scope,
    )
    with pytest.raises(ConfigError, match="outside `if TYPE_CHECKING`"):
        takes_context(scope["load"])


@pytest.mark.parametrize("function", [lambda context: 1, hidden, lambda a, b: 1])
def test_parameters_that_nobody_passes_are_told(function: Callable[..., Any]) -> None:
    """
    A function that needs more than it is given is refused, with what it may take.
    """
    cache = DatabaseCacheManager(MemoryStore())
    with pytest.raises(ConfigError, match=r"computes 'k' cannot be called.*CacheContext"):
        cache.get_cached_data("k", function)


def test_a_type_error_of_its_own_is_raised_as_it_is() -> None:
    """
    What the computation raises is not mistaken for a call that does not fit.
    """

    def wrong() -> int:
        raise TypeError("its own")

    with pytest.raises(TypeError, match="its own") as caught:
        run(Computation("k", wrong, from_function)(CacheContext("k", None, Terms(()))))
    assert not isinstance(caught.value, ConfigError)
