"""
What a caller asks for.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict

from supaopt.cache._duration import Duration, seconds
from supaopt.cache._rules import check_entry_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

Consistency: TypeAlias = Literal["strict", "bounded"]


class ConfigOptions(TypedDict, total=False):
    """
    What `CacheConfig` takes by name, for functions that pass it on.
    """

    consistency: Consistency
    grace: Duration
    soft_timeout: Duration | None
    hard_timeout: Duration | None
    early_refresh: Duration
    jitter: float
    none_duration: Duration | None


@dataclass(frozen=True, slots=True, init=False)
class CacheConfig:
    """
    How long an answer may be kept, and what makes it old before that.

    Args:
        duration: Longest age: a ``timedelta``, seconds, or words such as ``"5 minutes"``.
        tags: What the answer depends on. A committed write to any of them ends the entry.
        consistency: ``bounded`` lets the tiers above the database answer, which learn of a write
            a moment after its commit; ``strict`` asks the database each time.
        grace: How long after *duration* an answer may still be served when no fresh one can be
            had. What a write has ended is never served.
        soft_timeout: How long to wait for a fresh answer while there is one within *grace*; the
            computation goes on and is kept. None waits for its end.
        hard_timeout: How long a computation may take at all, with an asynchronous manager alone.
        early_refresh: How long before its end an answer is computed anew behind a caller's back;
            spread at random around that time, so that processes do not all do so at once.
        jitter: Part of *duration*, from 0 up to below 1, by which entries end at different times
            that were stored at the same time.
        none_duration: Longest age of an answer that is None; *duration* if left out.

    Raises:
        ConfigError: A length of time that is none, or a tag that is null or empty.

    Examples:
        >>> config = CacheConfig("5 minutes", ["products"], grace="1 hour")
        >>> config.duration, config.tags
        (datetime.timedelta(seconds=300), ('products',))
    """

    duration: timedelta
    tags: tuple[str, ...]
    consistency: Consistency
    grace: float
    soft_timeout: float | None
    hard_timeout: float | None
    early_refresh: float
    jitter: float
    none_duration: float | None
    max_age: float = field(repr=False, compare=False)
    """The duration in seconds."""
    copied_age: float = field(repr=False, compare=False)
    """Oldest answer to take from the tiers above the database, in seconds."""

    def __init__(
        self,
        duration: Duration = "10 minutes",
        tags: Iterable[str] = (),
        *,
        consistency: Consistency = "bounded",
        grace: Duration = 0,
        soft_timeout: Duration | None = None,
        hard_timeout: Duration | None = None,
        early_refresh: Duration = 0,
        jitter: float = 0.0,
        none_duration: Duration | None = None,
    ) -> None:
        max_age = seconds(duration)
        values = {
            "duration": timedelta(seconds=max_age),
            "tags": check_entry_tags(tags),
            "consistency": consistency,
            "grace": seconds(grace, name="grace", zero=True),
            "soft_timeout": _optional(soft_timeout, "soft_timeout"),
            "hard_timeout": _optional(hard_timeout, "hard_timeout"),
            "early_refresh": seconds(early_refresh, name="early_refresh", zero=True),
            "jitter": jitter,
            "none_duration": _optional(none_duration, "none_duration"),
            "max_age": max_age,
            "copied_age": max_age if consistency == "bounded" else 0.0,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # frozen: assigned once, here
        self._check()

    def _check(self) -> None:
        if self.consistency not in {"strict", "bounded"}:
            raise ConfigError(f"consistency {self.consistency!r} is neither 'strict' nor 'bounded'")
        if not 0 <= self.jitter < 1:
            raise ConfigError(f"jitter {self.jitter!r} must be a part of one: 0.1 for a tenth")
        if self.early_refresh >= self.max_age:
            raise ConfigError(
                f"early_refresh {self.early_refresh:g} s must be shorter than the duration "
                f"{self.max_age:g} s, or every read would compute"
            )
        if self.soft_timeout is not None and not self.grace:
            raise ConfigError(
                "soft_timeout serves an answer past its duration, and without grace there is "
                "none; set grace too"
            )

    def tagged(self, tags: Iterable[str]) -> Self:
        """
        Return the same configuration for an answer with other *tags*.

        Raises:
            ConfigError: A tag is null or empty.
        """
        other = copy.copy(self)
        object.__setattr__(other, "tags", check_entry_tags(tags))
        return other

    def age_of(self, key: str) -> float:
        """
        Return the longest age of *key*'s entry in seconds, jitter taken off.
        """
        if not self.jitter:
            return self.max_age
        # By key rather than by chance, so that all readers agree.
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        return self.max_age * (1 - self.jitter * int.from_bytes(digest) / 2**64)


def _optional(value: Duration | None, name: str) -> float | None:
    return None if value is None else seconds(value, name=name)


DEFAULT: Final = CacheConfig()
"""What holds where nothing is said."""


@dataclass(frozen=True, slots=True, init=False)
class InProcess:
    """
    A tier in this process, in front of the database.

    It answers in a microsecond and learns of others' writes by asking the database for changes.
    So its answers hold every write that was committed before the last poll: at most *poll* and
    one round trip ago, and never longer than *max_staleness*, after which it stands aside until
    it hears from the database again.

    Args:
        size: Most entries kept; those not read lately go first.
        poll: How often to ask for changes.
        max_staleness: How long to go on answering while the database does not.

    Raises:
        ConfigError: A length of time that is none, or a *max_staleness* below *poll*.

    Examples:
        >>> InProcess(size=500, poll=0.25)
        InProcess(size=500, poll=0.25, max_staleness=5.0)
    """

    size: int
    poll: float
    max_staleness: float

    def __init__(
        self,
        *,
        size: int = 10_000,
        poll: Duration = "1 second",
        max_staleness: Duration = "5 seconds",
    ) -> None:
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "poll", seconds(poll, name="poll"))
        object.__setattr__(self, "max_staleness", seconds(max_staleness, name="max_staleness"))
        if size < 1:
            raise ConfigError(f"size {size!r} must be at least 1; leave the tier out to keep none")
        if self.max_staleness < self.poll:
            raise ConfigError(
                f"max_staleness {self.max_staleness:g} s is shorter than poll {self.poll:g} s, so "
                "that the tier would never answer; poll more often"
            )
