"""
The database's cache without a database, true to its contract: transactions, snapshots, leases.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supaopt._figures import CacheMetrics, CacheShare
from supaopt.cache._model import Changes, Hit, Miss
from supaopt.cache._rules import check_key, check_tags, marks
from supaopt.cache._snapshot import Lease, Snapshot
from supaopt.cache._tag_hash import tag_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from supaopt.cache._model import Lookup
    from supaopt.cache._ports import NewEntry


@dataclass(slots=True)
class _Entry:
    data: bytes
    tags: tuple[str, ...]
    lease: Lease
    stored_at: float
    expires_at: float
    hits: int = 0
    marks: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.marks = marks(self.tags)


class MemoryTransaction:
    """
    A writer's transaction, for tests: what it touches ends entries when it commits.

    Made by `MemoryStore.begin`. As a context manager it commits, or rolls back on an error.
    """

    def __init__(self, store: MemoryStore, xid: int) -> None:
        self._store = store
        self._xid = xid
        self._tags: set[str] = set()

    def touch(self, tags: Iterable[str]) -> None:
        """
        Note that rows behind *tags* were written.
        """
        self._tags.update(check_tags(tags))

    def commit(self) -> None:
        """
        Let the writes take effect.
        """
        self._store._end(self._xid, self._tags)  # noqa: SLF001 - one thing in two classes

    def rollback(self) -> None:
        """
        Undo: entries live on.
        """
        self._store._end(self._xid, ())  # noqa: SLF001 - one thing in two classes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()


class MemoryStore:
    """
    A `CacheStore` in this process, for tests and for programs that run without a database.

    Safe to share between threads and event loops, and between several managers, which then see
    each other's entries as processes on one database do. `supaopt.testing.MemoryCache` is another
    name for it.

    Args:
        clock: Seconds since the epoch.
        watched: Tags of tables that `DatabaseCacheManager.query` may take for watched.

    Examples:
        >>> store = MemoryStore()
        >>> with store.begin() as transaction:
        ...     transaction.touch(["students"])
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        watched: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._watched = dict(watched or {})
        self._lock = threading.Lock()
        self._generation = uuid.uuid4().hex
        self._next_xid = 3  # as in Postgres, the first ordinary transaction
        self._running: set[int] = set()
        self._log: dict[str, list[int]] = {}
        self._entries: dict[str, _Entry] = {}

    def begin(self) -> MemoryTransaction:
        """
        Open a writer's transaction.
        """
        with self._lock:
            return MemoryTransaction(self, self._begin())

    def lease(self) -> str:
        """
        Return a lease of this moment.
        """
        with self._lock:
            return str(self._lease())

    async def lookup(self, key: str, /, *, max_age: float) -> Lookup:
        """
        Return the live entry of *key*, or a lease.
        """
        check_key(key)
        with self._lock:
            return self._look_up(key, max_age)

    async def lookup_many(self, max_ages: Mapping[str, float], /) -> Mapping[str, Lookup]:
        """
        Return the live entry of each key, or a lease, all at the same moment.
        """
        for key in max_ages:
            check_key(key)
        with self._lock:
            return {key: self._look_up(key, max_age) for key, max_age in max_ages.items()}

    async def store(
        self, key: str, data: bytes, /, *, duration: float, tags: Sequence[str], lease: str
    ) -> bool:
        """
        Keep *data*, unless one of *tags* changed since *lease*.
        """
        now = self._clock()
        entry = _Entry(data, check_tags(tags), Lease.parse(lease), now, now + duration)
        check_key(key)
        with self._lock:
            if not self._honours(entry):
                return False
            held = self._entries.get(key)
            if held is not None and held.lease.snapshot.xmax > entry.lease.snapshot.xmax:
                return False  # somebody who looked later was faster
            self._entries[key] = entry
            return True

    async def store_many(self, entries: Sequence[NewEntry], /) -> Sequence[bool]:
        """
        Keep many entries, each as `store` does.
        """
        return [
            await self.store(
                new.key, new.data, duration=new.duration, tags=new.tags, lease=new.lease
            )
            for new in entries
        ]

    async def invalidate(self, tags: Sequence[str], /) -> int:
        """
        End every entry that carries one of *tags*.
        """
        named = frozenset(check_tags(tags))
        with self._lock:
            before = self._living()
            xid = self._begin()
            self._commit(xid, named)
            return before - self._living()

    async def changes(self, after: str | None, /) -> Changes:
        """
        Return which tags were written to since the watermark *after*.
        """
        with self._lock:
            now = self._lease()
            if after is None or (since := Lease.parse(after)).generation != self._generation:
                return Changes(watermark=str(now), reset=True)
            written = tuple(
                (tag_hash(tag), xid)
                for tag, xids in self._log.items()
                for xid in xids
                if not since.snapshot.sees(xid)
            )
            return Changes(watermark=str(now), written=written)

    async def record_hits(self, hits: Mapping[str, int], /) -> None:
        """
        Add to how often entries were read.
        """
        with self._lock:
            for key, count in hits.items():
                if key in self._entries:
                    self._entries[key].hits += count

    async def cleanup(self) -> int:
        """
        Remove what has ended; return how many entries that were.
        """
        with self._lock:
            dead = [key for key, entry in self._entries.items() if not self._lives(entry)]
            for key in dead:
                del self._entries[key]
            return len(dead)

    async def metrics(self) -> CacheMetrics:
        """
        Return what is known about all entries.
        """
        with self._lock:
            now = self._clock()
            entries = list(self._entries.values())
            stored = [datetime.fromtimestamp(entry.stored_at, UTC) for entry in entries]
            hits = [entry.hits for entry in entries]
            return CacheMetrics(
                total_entries=len(entries),
                average_hits=sum(hits) / len(hits) if hits else 0,
                max_hits=max(hits, default=0),
                reused_entries=sum(map(bool, hits)),
                expired_entries=sum(now >= entry.expires_at for entry in entries),
                oldest_entry=min(stored, default=None),
                newest_entry=max(stored, default=None),
                bytes=sum(len(entry.data) for entry in entries),
                watched_tables=len(self._watched),
                watched=self._watched,
                log_rows=sum(map(len, self._log.values())),
                by_tag=_by_tag(entries),
                by_scope={"shared": _tally(entries)} if entries else {},
            )

    def _look_up(self, key: str, max_age: float) -> Lookup:
        entry = self._entries.get(key)
        if entry is None or not self._lives(entry, max_age):
            return Miss(lease=str(self._lease()))
        return Hit(
            data=entry.data,
            tags=entry.tags,
            lease=str(entry.lease),
            stored_at=datetime.fromtimestamp(entry.stored_at, UTC),
            expires_at=datetime.fromtimestamp(entry.expires_at, UTC),
        )

    def _begin(self) -> int:
        xid = self._next_xid
        self._next_xid += 1
        self._running.add(xid)
        return xid

    def _commit(self, xid: int, tags: Iterable[str]) -> None:
        self._running.discard(xid)
        for tag in tags:
            self._log.setdefault(tag, []).append(xid)

    def _lease(self) -> Lease:
        xmax = self._next_xid
        xip = frozenset(self._running)
        return Lease(self._generation, Snapshot(min(xip, default=xmax), xmax, xip))

    def _honours(self, entry: _Entry) -> bool:
        # No write that the lease did not see has been committed to any of the tags.
        lease = entry.lease
        if lease.generation != self._generation or lease.snapshot.xmax > self._next_xid:
            return False
        return all(
            lease.snapshot.sees(xid) for mark in entry.marks for xid in self._log.get(mark, ())
        )

    def _lives(self, entry: _Entry, max_age: float = float("inf")) -> bool:
        now = self._clock()
        in_time = now < entry.expires_at and now - entry.stored_at < max_age
        return in_time and self._honours(entry)

    def _living(self) -> int:
        return sum(self._lives(entry) for entry in self._entries.values())

    def _end(self, xid: int, tags: Iterable[str]) -> None:
        with self._lock:
            self._commit(xid, tags)


def _by_tag(entries: Iterable[_Entry]) -> dict[str, CacheShare]:
    tagged: dict[str, list[_Entry]] = {}
    for entry in entries:
        for tag in entry.tags:
            tagged.setdefault(tag, []).append(entry)
    return {tag: _tally(each) for tag, each in tagged.items()}


def _tally(entries: Sequence[_Entry]) -> CacheShare:
    return CacheShare(
        entries=len(entries),
        hits=sum(entry.hits for entry in entries),
        bytes=sum(len(entry.data) for entry in entries),
    )
