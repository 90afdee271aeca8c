"""
What a follower of the invalidation log knows, and which copies it can answer for: pure.

A copy is dead when somebody wrote to one of its tags and the entry's lease did not see that. The
database is asked for changes from one watermark to the next, so a copy that arrives late is
tested against what was delivered while it was on its way; whatever is older, the database has
tested when it served the entry.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from supaopt.cache._snapshot import Lease

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from supaopt.cache._model import Changes
    from supaopt.cache._snapshot import Snapshot

_KEPT: Final = 64  # polls: no read that is longer under way is copied


class Window:
    """
    The last changes delivered, and the watermark they lead up to.
    """

    def __init__(self) -> None:
        self.watermark: Lease | None = None
        self._delivered: deque[tuple[Snapshot, tuple[tuple[int, int], ...]]] = deque(maxlen=_KEPT)

    def advance(self, changes: Changes) -> None:
        """
        Take in what a poll delivered.
        """
        if changes.reset or self.watermark is None:
            self._delivered.clear()
        else:
            self._delivered.append((self.watermark.snapshot, changes.written))
        self.watermark = Lease.parse(changes.watermark)

    def admit(self, lease: str, mark: Lease, hashes: AbstractSet[int]) -> Snapshot | None:
        """
        Return the snapshot to hold later changes against, or None for a copy that is dead or
        that nobody can tell of.

        Args:
            lease: What the entry was stored under.
            mark: The watermark from before the database was asked for the entry.
            hashes: The hashed tags.
        """
        parsed = Lease.parse(lease)
        now = self.watermark
        if now is None or not parsed.generation == mark.generation == now.generation:
            return None
        since = self._since(mark.snapshot)
        if since is None:
            return None
        seen = parsed.snapshot
        dead = any(tag in hashes and not seen.sees(xid) for tag, xid in since)
        return None if dead else seen

    def _since(self, mark: Snapshot) -> Iterable[tuple[int, int]] | None:
        # Everything delivered after mark; None if the window no longer reaches that far back.
        assert self.watermark is not None
        if mark.includes(self.watermark.snapshot):
            return ()
        for index, (start, _) in enumerate(self._delivered):
            if start == mark:
                rest = list(self._delivered)[index:]
                return (pair for _, written in rest for pair in written)
        return None
