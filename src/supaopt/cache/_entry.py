"""
What the cache knows of an answer, for who passes the answer on: pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from supaopt.cache._config import CacheConfig

T_co = TypeVar("T_co", covariant=True)

Source: TypeAlias = Literal["process", "redis", "database", "fresh", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T_co]):
    """
    An answer, and what the cache knew of it at that moment.

    Attributes:
        value: The answer.
        tags: What it depends on, with those that its computation has added.
        left: Seconds for which the cache would go on to serve it, if no write ends it before; 0
            for one that is not kept, because a write has overtaken it or the database was silent,
            and for one past its duration.
        age: Seconds since it was stored, or last found not to be modified; None where that is not
            known.
        grace: Seconds after those for which it may be served if no fresh answer can be had.
        source: The tier that it came from; ``fresh`` if it has just been computed, ``stale`` if it
            is past its duration and was served for want of a fresh one.

    Examples:
        >>> cache = DatabaseCacheManager(MemoryStore())
        >>> config = CacheConfig("5 minutes", ["products"], grace="1 hour")
        >>> entry = cache.get_cached_entry("product_count", lambda: 3, config)
        >>> entry.value, entry.tags, entry.source
        (3, ('products',), 'fresh')
        >>> 299 < entry.left <= 300, entry.grace
        (True, 3600.0)
    """

    value: T_co
    tags: tuple[str, ...]
    left: float
    age: float | None = None
    grace: float = 0.0
    source: Source = "fresh"


class Facts(NamedTuple):
    """
    What is known of an answer at whatever moment.

    Attributes:
        tags: What it depends on.
        born: When it was stored, in seconds by some clock; None where that is not known.
        life: Longest age in seconds at which it is served.
        ends: Longest age at which it is served for want of a fresh one.
        source: Where it came from.
    """

    tags: tuple[str, ...]
    born: float | None
    life: float
    ends: float
    source: Source

    def entry(self, value: Any, longest: float, config: CacheConfig, now: float) -> Entry[Any]:
        """
        Return what one caller may be told.

        Args:
            value: The answer, for this caller.
            longest: The oldest answer that the caller takes, in seconds.
            config: What the caller asks for; others, who brought the answer, may ask for more.
            now: Seconds by the clock that *born* was read from.
        """
        if self.born is None:
            return Entry(
                value=value, tags=self.tags, age=None, left=0.0, grace=0.0, source=self.source
            )
        age = max(0.0, now - self.born)  # clocks differ
        life = min(self.life, longest)
        ends = min(self.ends, longest + config.grace)
        return Entry(
            value=value,
            tags=self.tags,
            age=age,
            left=max(0.0, life - age),
            grace=max(0.0, ends - max(age, life)),
            source=self.source,
        )


def unkept(tags: tuple[str, ...], born: float | None, source: Source) -> Facts:
    """
    Return what is known of an answer that no tier will serve again.
    """
    return Facts(tags, born, 0.0, 0.0, source)


def waits_out(config: CacheConfig, data: bytes) -> float:
    """
    Return the seconds that an answer waits beyond its duration: its grace, but for a None that
    has a duration of its own.
    """
    excepted = data == b"null" and config.none_duration is not None
    return 0.0 if excepted else config.grace
