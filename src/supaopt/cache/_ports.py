"""
What the flow asks of the world. Written as ``async def`` for both colours: the synchronous ports
never suspend, so one ``send(None)`` drives the flow to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from datetime import datetime

    from supaopt._figures import CacheMetrics
    from supaopt.cache._codec import Codec
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._model import Changes, Lookup
    from supaopt.cache._snapshot import Lease


T = TypeVar("T")


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

    async def changes(self, after: str | None, /) -> Changes:
        """
        Return which tags were written to since the watermark *after*.
        """
        ...

    async def record_hits(self, hits: Mapping[str, int], /) -> None:
        """
        Add to how often entries were read.
        """
        ...

    async def cleanup(self) -> int:
        """
        Remove what has ended; return how many entries that were.
        """
        ...

    async def metrics(self) -> CacheMetrics:
        """
        Return what is known about all entries.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """
    What `CacheStore.store` is asked to keep.

    Attributes:
        key: The key.
        data: The answer as JSON text.
        duration: Seconds.
        tags: What it depends on.
        lease: What its computation began under.
    """

    key: str
    data: bytes
    duration: float
    tags: Sequence[str]
    lease: str


@runtime_checkable
class BulkStore(Protocol):
    """
    A `CacheStore` that can look up, and store, many keys in one round trip.

    Either answers None if it cannot at present: then each key is to be asked for by itself.
    """

    async def lookup_many(self, max_ages: Mapping[str, float], /) -> Mapping[str, Lookup] | None:
        """
        Return what `CacheStore.lookup` does, for each key with its own longest age.
        """
        ...

    async def store_many(self, entries: Sequence[NewEntry], /) -> Sequence[bool] | None:
        """
        Do what `CacheStore.store` does with each; one that can never be kept fails all of them.
        """
        ...


class Mark(NamedTuple):
    """
    Where a read began.

    Attributes:
        watermark: What the follower had learnt by then.
        epoch: How many invalidations this process had made by then.
    """

    watermark: Lease
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    An entry to copy.

    Attributes:
        value: What the caller that brings it was given.
        data: The same as JSON text.
        kind: The type it was read as.
        codec: Reads that type.
        lease: What the entry was stored under.
        tags: What it depends on.
        life: Seconds from its store to its end.
        early: Seconds before its end at which to stop answering, so that it is computed anew.
        stored_at: When it was stored, by the database's clock; None for this moment.
    """

    value: Any
    data: bytes
    kind: Any
    codec: Codec[Any]
    lease: str
    tags: tuple[str, ...]
    life: float
    early: float = 0.0
    stored_at: datetime | None = None


class Copies(Protocol):
    """
    A tier above the store, which is asked before a read begins.

    Attributes:
        keeps: False if it follows the log alone.
    """

    keeps: bool

    def mark(self) -> Mark | None:
        """
        Return where a read begins, or None as long as nothing can be followed.
        """
        ...

    def put(self, key: str, offer: Offer, mark: Mark, /) -> bool:
        """
        Copy an entry that the store vouched for after *mark*; False if it is dead by now.
        """
        ...

    def last_resort(self, key: str, config: CacheConfig, /) -> bytes | None:
        """
        Return a copy that is no older than *config*'s duration and grace, however long nothing
        has been heard of it.
        """
        ...


class Background(Protocol):
    """
    Runs what no caller waits for, and waits.
    """

    async def sleep(self, seconds: float, /) -> None:
        """
        Wait.
        """
        ...

    def spawn(self, make: Callable[[], Coroutine[Any, Any, None]], /) -> bool:
        """
        Run what *make* returns, beside the caller; False if there is no room.
        """
        ...

    async def each(self, makes: Sequence[Callable[[], Coroutine[Any, Any, T]]], /) -> list[T]:
        """
        Wait for what all of *makes* return, a few at a time, and return it in their order.
        """
        ...

    async def within(self, seconds: float, make: Callable[[], Awaitable[T]], /) -> T:
        """
        Wait for what *make* returns, and stop it after *seconds*.

        Raises:
            RequestTimeoutError: It took longer.
            ConfigError: It cannot be stopped.
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


class Runner(Protocol):
    """
    Keeps a follower going.
    """

    def ensure(self) -> None:
        """
        Start it unless it runs.
        """
        ...

    def stop(self) -> None:
        """
        End it for good.
        """
        ...
