"""
How reads went lately, from counts taken whenever somebody looked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

_SPANS = 120
_SHORTEST = 1.0  # seconds; several viewers look at once


@dataclass(frozen=True, slots=True)
class Span:
    """
    Some seconds.

    Attributes:
        until: When they ended.
        seconds: How many.
        hits: Reads that a tier answered in them.
        misses: Reads that were computed.
    """

    until: datetime
    seconds: float
    hits: int
    misses: int

    @property
    def per_second(self) -> float:
        """
        Reads a second.
        """
        return (self.hits + self.misses) / self.seconds


class _Look(NamedTuple):
    at: datetime
    hits: int
    misses: int


class History:
    """
    The last looks, as spans between them.
    """

    def __init__(self, began: datetime) -> None:
        self._last = _Look(began, 0, 0)
        self._spans: deque[Span] = deque(maxlen=_SPANS)

    @property
    def spans(self) -> tuple[Span, ...]:
        """
        The spans, the oldest first.
        """
        return tuple(self._spans)

    def look(self, at: datetime, hits: int, misses: int) -> None:
        """
        Note all hits and misses until *at*.
        """
        last = self._last
        seconds = (at - last.at).total_seconds()
        if seconds < _SHORTEST:
            return
        self._last = _Look(at, hits, misses)
        self._spans.append(Span(at, seconds, hits - last.hits, misses - last.misses))
