"""
What a computation may know and say about the answer that it is about to give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from supaopt.cache._duration import seconds
from supaopt.cache._rules import check_entry_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from supaopt.cache._duration import Duration

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[T_co]):
    """
    The answer that is kept while a new one is computed.

    Attributes:
        value: The answer, for the computation alone.
        age: Time since it was stored, or last found not to be modified.
        stored_at: When that was, by the database's clock.
        tags: What it depends on.
    """

    value: T_co
    age: timedelta
    stored_at: datetime
    tags: tuple[str, ...]


@dataclass(slots=True)
class Terms:
    """
    What one answer is kept under.

    Attributes:
        tags: What it depends on.
        duration: Longest age in seconds that its computation allows; None if it said nothing.
        renews: Whether the kept answer is the answer.
        closed: Whether the computation has ended, so that nothing can be said any more.
    """

    tags: tuple[str, ...] = ()
    duration: float | None = None
    renews: bool = False
    closed: bool = False


class CacheContext(Generic[T_co]):
    """
    What a computation may know and say about its answer.

    A function takes one by annotating its first parameter so. It counts until the function has
    returned; what it says holds for this answer alone. The cache makes it; a test that calls the
    function itself may make one too.

    Args:
        key: The entry's key.
        kept: The answer that is kept, if any.
        terms: Where the cache reads what the computation has said; not for tests.

    Examples:
        A computation that learns from its source how long the answer holds, and whether the one
        that is kept still does:

        >>> source = {"version": 1, "max_age": 60, "name": "Ada"}
        >>> def load(context: CacheContext[dict[str, Any]]) -> dict[str, Any]:
        ...     context.set_duration(source["max_age"])
        ...     context.add_tags([f"person:{source['name']}"])
        ...     if context.kept and context.kept.value["version"] == source["version"]:
        ...         return context.not_modified()
        ...     return dict(source)
        >>> cache = DatabaseCacheManager(MemoryStore())
        >>> cache.get_cached_data("person", load, CacheConfig("1 hour", grace="6 hours"))["name"]
        'Ada'
        >>> cache.invalidate_by_tags(["person:Ada"])
        1
    """

    __slots__ = ("_terms", "kept", "key")

    key: str
    """The entry's key."""
    kept: Kept[T_co] | None
    """
    The answer that is kept: past its duration and within its grace, or still good when a refresh
    was asked for. None when there is none, a write has ended it, or the database is silent.
    """

    def __init__(
        self, key: str, kept: Kept[T_co] | None = None, terms: Terms | None = None
    ) -> None:
        self.key = key
        self.kept = kept
        self._terms = Terms() if terms is None else terms

    def set_duration(self, duration: Duration) -> None:
        """
        Let this answer be kept for *duration*.

        The configuration's duration stays the longest: it is the oldest answer that readers take.

        Raises:
            ConfigError: It is no length of time above zero, or the computation has ended.
        """
        self._check_open()
        self._terms.duration = seconds(duration)

    def add_tags(self, tags: Iterable[str]) -> None:
        """
        Let this answer end with any of *tags* too.

        Writes since the computation began count: an answer that one of them has overtaken is not
        kept.

        Raises:
            ConfigError: One is null, empty or a bulk tag, or the computation has ended.
        """
        self._check_open()
        self._terms.tags = check_entry_tags((*self._terms.tags, *check_entry_tags(tags)))

    def not_modified(self) -> T_co:
        """
        Return what is kept, to be returned as the answer and kept for another duration.

        It keeps the tags that it was stored with. A write that ends it meanwhile ends it for
        good.

        Raises:
            ConfigError: Nothing is kept, or the computation has ended.
        """
        self._check_open()
        if self.kept is None:
            raise ConfigError(
                f"nothing is kept under {self.key!r} that could be said not to be modified; look "
                "at context.kept first, and compute when it is None"
            )
        self._terms.renews = True
        self._terms.tags = check_entry_tags((*self.kept.tags, *self._terms.tags))
        return self.kept.value

    def _check_open(self) -> None:
        if self._terms.closed:
            raise ConfigError(
                f"the computation of {self.key!r} has ended, so its answer is on its way; use the "
                "context before the function returns"
            )
