"""
How often entries were read, gathered here and told to the database in batches: counting each
read there would cost a write per read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EVERY: Final = 30.0
"""Seconds between two batches."""

MOST: Final = 1000
"""Keys in a batch; a full one is told at once."""


class Hits:
    """
    Counts by key since the last batch.

    Threads may lose each other a count now and then; an exact one would cost a lock per read.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._since = clock()
        self.reads = 0
        """All reads ever counted."""

    def add(self, key: str, hits: int = 1) -> None:
        """
        Count reads of *key*.
        """
        self._counts[key] = self._counts.get(key, 0) + hits
        self.reads += hits

    def due(self) -> bool:
        """
        Say whether it is time for a batch.
        """
        waited = self._clock() - self._since >= EVERY
        return bool(self._counts) and (waited or len(self._counts) >= MOST)

    def take(self) -> Mapping[str, int]:
        """
        Return the counts and start again.
        """
        counts, self._counts = self._counts, {}
        self._since = self._clock()
        return counts
