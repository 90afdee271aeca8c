"""
What a tier answers, and what is told about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime


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
        seconds: How long the answer took to compute, for ``stored`` and ``refused``, where known;
            events that differ in nothing else are equal.
    """

    kind: EventKind
    tier: str
    key: str
    error: Exception | None = None
    seconds: float | None = field(default=None, compare=False)
