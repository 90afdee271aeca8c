"""
The cache's values: what a caller asks for, what a tier answers, what is told about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from supaopt.cache._duration import Duration, seconds
from supaopt.cache._rules import check_entry_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable


Consistency: TypeAlias = Literal["strict", "bounded"]


@dataclass(frozen=True, slots=True, init=False)
class CacheConfig:
    """
    How long an answer may be kept, and what makes it old before that.

    Args:
        duration: Longest age: a ``timedelta``, seconds, or words such as ``"5 minutes"``.
        tags: What the answer depends on. A committed write to any of them ends the entry.
        consistency: ``bounded`` lets the tiers above the database answer, which learn of a write
            a moment after its commit; ``strict`` asks the database each time.

    Raises:
        ConfigError: The duration is no positive length of time, or a tag is null or empty.

    Example:
        >>> CacheConfig("5 minutes", ["products"])
        CacheConfig(duration=datetime.timedelta(seconds=300), tags=('products',))
    """

    duration: timedelta
    tags: tuple[str, ...]
    consistency: Consistency
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
    ) -> None:
        if consistency not in {"strict", "bounded"}:
            raise ConfigError(f"consistency {consistency!r} is neither 'strict' nor 'bounded'")
        # Frozen: assigned once, here, after checking.
        object.__setattr__(self, "max_age", seconds(duration))
        copied_age = self.max_age if consistency == "bounded" else 0.0
        object.__setattr__(self, "copied_age", copied_age)
        object.__setattr__(self, "duration", timedelta(seconds=self.max_age))
        object.__setattr__(self, "tags", check_entry_tags(tags))
        object.__setattr__(self, "consistency", consistency)


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

    Example:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """
    A live entry.

    Attributes:
        data: The answer as JSON text.
        tags: What it depends on.
        lease: The snapshot that its data are at least as new as.
        stored_at: When it was stored, by the database's clock.
        expires_at: When it ends, by the database's clock.
    """

    data: bytes
    tags: tuple[str, ...] = ()
    lease: str | None = None
    stored_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """
    No live entry.

    Attributes:
        lease: The snapshot of this moment: what is computed from now on may be stored under it.
            None when nothing may be stored.
    """

    lease: str | None = None


Lookup: TypeAlias = Hit | Miss


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """
    What was written since an earlier watermark.

    Attributes:
        watermark: To ask with the next time; written like a lease.
        written: Pairs of a hashed tag and the transaction that wrote to it.
        reset: Whether nobody knows, so that every copy must be dropped.
    """

    watermark: str
    written: tuple[tuple[int, int], ...] = ()
    reset: bool = False


class Tally(BaseModel):
    """
    Some of the entries, counted.

    Attributes:
        entries: How many there are.
        hits: How often they were read.
        bytes: How much room their data take.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    entries: int = 0
    hits: int = 0
    bytes: int = 0


class CacheMetrics(BaseModel):
    """
    What the database knows about its cache.

    Attributes:
        total_entries: Entries held, ended ones that clean-up has yet to remove included.
        average_hits: Reads per entry.
        max_hits: Reads of the entry read most.
        reused_entries: Entries read at least once.
        expired_entries: Entries past their duration.
        oldest_entry: When the oldest was stored.
        newest_entry: When the newest was stored.
        bytes: How much room the data take.
        log_rows: Length of the invalidation log.
        watched_tables: How many tables end entries by themselves.
        by_tag: The heaviest tags.
        by_scope: ``shared`` entries, and those of single users.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    total_entries: int = 0
    average_hits: float = 0
    max_hits: int = 0
    reused_entries: int = 0
    expired_entries: int = 0
    oldest_entry: datetime | None = None
    newest_entry: datetime | None = None
    bytes: int = 0
    log_rows: int = 0
    watched_tables: int = 0
    by_tag: dict[str, Tally] = Field(default_factory=dict)
    by_scope: dict[str, Tally] = Field(default_factory=dict)


EventKind: TypeAlias = Literal["hit", "miss", "stored", "refused", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEvent:
    """
    Something that happened to one read.

    Attributes:
        kind: ``hit`` and ``miss`` of a tier; ``stored`` and ``refused`` for a fresh answer, which
            the database refuses when a tag changed meanwhile; ``error`` for a tier that failed.
        tier: ``database`` and such.
        key: The entry's key.
        error: What failed, for ``error``.
    """

    kind: EventKind
    tier: str
    key: str
    error: Exception | None = None
