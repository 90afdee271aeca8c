"""
What a tier answers, and what is told about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


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
        watched: The tag that every write to a watched table ends, by the table with its schema.
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
    watched: dict[str, str] = Field(default_factory=dict)
    by_tag: dict[str, Tally] = Field(default_factory=dict)
    by_scope: dict[str, Tally] = Field(default_factory=dict)


EventKind: TypeAlias = Literal["hit", "miss", "stored", "refused", "stale", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEvent:
    """
    Something that happened to one read.

    Attributes:
        kind: ``hit`` and ``miss`` of a tier; ``stored`` and ``refused`` for a fresh answer, which
            the database refuses when a tag changed meanwhile; ``stale`` for an answer past its
            duration that was served because no fresh one could be had; ``error`` for what failed.
        tier: ``process`` or ``database``; ``changes`` for polls, ``refresh`` for computations
            that nobody waits for.
        key: The entry's key.
        error: What failed, for ``error``.
    """

    kind: EventKind
    tier: str
    key: str
    error: Exception | None = None
