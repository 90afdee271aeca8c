"""
What the flow asks of the world. Written as ``async def`` for both colours: the synchronous ports
never suspend, so one ``send(None)`` drives the flow to its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supaopt.cache._model import CacheMetrics, Lookup


@runtime_checkable
class CacheStore(Protocol):
    """
    Holds entries and ends them when one of their tags changes.

    Its promise: an entry is a hit only if every committed write to any of its tags was visible
    in the snapshot (the lease) that was taken before its data were computed.
    """

    async def lookup(self, key: str, /, *, max_age: float) -> Lookup:
        """
        Return the live entry of *key* that is at most *max_age* seconds old, or a lease.
        """
        ...

    async def store(
        self, key: str, data: bytes, /, *, duration: float, tags: Sequence[str], lease: str
    ) -> bool:
        """
        Keep *data* for *duration* seconds; False if a tag changed since *lease*.
        """
        ...

    async def invalidate(self, tags: Sequence[str], /) -> int:
        """
        End every entry that carries one of *tags*; return how many were live.
        """
        ...

    async def metrics(self) -> CacheMetrics:
        """
        Return what is known about all entries.
        """
        ...


class Signal(Protocol):
    """
    Something that happens once.
    """

    def set(self) -> None:
        """
        Let it happen.
        """
        ...

    async def wait(self, seconds: float, /) -> bool:
        """
        Wait until it has happened; False after *seconds* in vain.
        """
        ...
