"""
Postgres snapshots and leases, as far as Python must judge them: pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    Which transactions' effects are visible: those below *xmax* that were not in progress.

    Attributes:
        xmin: Below it every transaction had ended.
        xmax: From it on no transaction had ended.
        xip: Those between that were in progress.
    """

    xmin: int
    xmax: int
    xip: frozenset[int] = field(default=frozenset())

    @classmethod
    def parse(cls, text: str) -> Snapshot:
        """
        Return the snapshot that Postgres writes as ``xmin:xmax:xip,xip``.

        Raises:
            ValueError: It is none.
        """
        xmin, xmax, running = text.split(":")
        xip = frozenset(map(int, running.split(","))) if running else frozenset[int]()
        return cls(int(xmin), int(xmax), xip)

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.xip)))}"

    def sees(self, xid: int) -> bool:
        """
        Say whether what transaction *xid* wrote was visible, if it committed.
        """
        return xid < self.xmax and xid not in self.xip

    def includes(self, other: Snapshot) -> bool:
        """
        Say whether everything that *other* sees is seen.
        """
        return self.xmax >= other.xmax and not any(map(other.sees, self.xip))


@dataclass(frozen=True, slots=True)
class Lease:
    """
    A snapshot and the life of the database that it belongs to.

    Attributes:
        generation: Changes whenever transaction numbers start to mean something else.
        snapshot: What was visible.
    """

    generation: str
    snapshot: Snapshot

    @staticmethod
    def parse(text: str) -> Lease:
        """
        Return the lease that the database writes as ``generation:snapshot``.

        Raises:
            ValueError: It is none.
        """
        return _parsed(text)

    def __str__(self) -> str:
        return f"{self.generation}:{self.snapshot}"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Lease:
    # One lease is met at every read of its entry.
    generation, *snapshot = text.rsplit(":", 3)
    return Lease(generation, Snapshot.parse(":".join(snapshot)))
