"""
What a follower of the invalidation log knows, and which copies it can answer for: pure.

A copy is dead when somebody wrote to one of its tags and the entry's lease did not see that. The
database is asked for changes from one watermark to the next, and they are remembered for some
time. So a copy can be judged if the database vouched for it at a watermark no older than that:
whatever was written before, the database has tested itself.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from supaopt.cache._snapshot import Lease

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from supaopt.cache._model import Changes
    from supaopt.cache._snapshot import Snapshot

LIMIT: Final = 100_000
"""Most changes remembered; a poll of an hour ago on most databases."""


class Window:
    """
    The changes delivered since some watermark, and the last watermark.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.watermark: Lease | None = None
        self._limit = limit
        self._floor: Snapshot | None = None  # nothing older is remembered
        self._polls: deque[tuple[Snapshot, tuple[tuple[int, int], ...]]] = deque()
        self._writers: dict[int, set[int]] = {}  # by hashed tag
        self._newest: dict[int, int] = {}
        self._size = 0

    def advance(self, changes: Changes) -> None:
        """
        Take in what a poll delivered.
        """
        now = Lease.parse(changes.watermark)
        if changes.reset or self.watermark is None:
            self._forget(now.snapshot)
        else:
            self._polls.append((now.snapshot, changes.written))
            self._size += len(changes.written)
            for tag, xid in changes.written:
                self._writers.setdefault(tag, set()).add(xid)
                self._newest[tag] = max(xid, self._newest.get(tag, 0))
        self.watermark = now
        while self._size > self._limit:
            self._shorten()

    def admit(self, lease: Lease, mark: Lease, hashes: AbstractSet[int]) -> Snapshot | None:
        """
        Return the snapshot to hold later changes against, or None for a copy that is dead or
        that nobody can tell of.

        Args:
            lease: What the entry was stored under.
            mark: A watermark from before the database vouched for the entry.
            hashes: The hashed tags.
        """
        now = self.watermark
        if now is None or not lease.generation == mark.generation == now.generation:
            return None
        if self._floor is None or not mark.snapshot.includes(self._floor):
            return None
        seen = lease.snapshot
        for tag in self._writers.keys() & hashes:
            # A hot tag has very many writers: the newest, and those then in progress, decide.
            if self._newest[tag] >= seen.xmax or not self._writers[tag].isdisjoint(seen.xip):
                return None
        return seen

    def _forget(self, floor: Snapshot) -> None:
        self._floor = floor
        self._polls.clear()
        self._writers.clear()
        self._newest.clear()
        self._size = 0

    def _shorten(self) -> None:
        floor, written = self._polls.popleft()
        self._floor = floor
        self._size -= len(written)
        for tag, xid in written:
            writers = self._writers[tag]
            writers.discard(xid)
            if not writers:
                del self._writers[tag], self._newest[tag]
