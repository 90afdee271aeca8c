"""
The tier in this process: read without a lock, bounded, and told of every change.

It is a dictionary in order of arrival, and an entry that was read since it last came up for
eviction gets a second chance. cachetools would need a lock around each read, as its orders are
rewritten by reading; here a read writes one counter.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from supaopt.cache._config import DEFAULT
from supaopt.cache._entry import Facts, waits_out
from supaopt.cache._freeze import is_immutable
from supaopt.cache._ports import Mark
from supaopt.cache._rules import hashes
from supaopt.cache._snapshot import Lease
from supaopt.cache._tag_hash import tag_hash
from supaopt.cache._window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from supaopt.cache._config import CacheConfig, InProcess
    from supaopt.cache._entry import Entry
    from supaopt.cache._model import Changes
    from supaopt.cache._ports import Offer
    from supaopt.cache._snapshot import Snapshot

MISSING: Final = object()
"""What `Near.peek` returns for nothing, as None is a value."""


class _Copy:
    # Written once but for the counters; a class with slots is read fastest.
    __slots__ = (
        "born",
        "data",
        "decode",
        "hashes",
        "hits",
        "kind",
        "life",
        "met",
        "seen",
        "shared",
        "tags",
        "told",
        "until",
    )

    def __init__(
        self, offer: Offer, *, born: float, hashes: frozenset[int], seen: Snapshot
    ) -> None:
        self.kind = offer.kind
        self.shared = offer.value if is_immutable(offer.value) else MISSING
        self.decode = partial(offer.codec.decode, offer.data)
        self.born = born
        self.life = offer.life
        self.until = born + offer.life - offer.early
        self.data = offer.data
        self.tags = offer.tags
        self.hashes = hashes
        self.seen = seen
        self.hits = 0
        self.told = 0  # hits that the database knows of
        self.met = 0  # hits when it last came up for eviction


class Near:
    """
    Copies of entries in this process, and what is known of the log.

    Args:
        options: Size and limits.
        clock: Seconds, from any start.
        wall: Seconds since the epoch.
        on_hit: Told of each hit, with this tier's name.
        copies: False to follow the log alone, for a tier that is elsewhere.
    """

    def __init__(
        self,
        options: InProcess,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
        on_hit: Callable[[str, str], None] | None = None,
        copies: bool = True,
    ) -> None:
        self._options = options
        self.keeps = copies
        self._clock = clock
        self._wall = wall
        self._on_hit = on_hit
        self._lock = threading.Lock()
        self._window = Window()
        self._copies: dict[str, _Copy] = {}
        self._keys: dict[int, set[str]] = {}  # by hashed tag
        self._epoch = 0
        self._mark: Mark | None = None
        self._trusted_until = float("-inf")

    def peek(self, key: str, config: CacheConfig | None, kind: Any) -> Any:
        """
        Return a value for the caller, or `MISSING`.
        """
        try:
            copy = self._copies.get(key)
            longest = DEFAULT.copied_age if config is None else config.copied_age
        except (AttributeError, TypeError):  # no key or no config: the slower path tells
            return MISSING
        if copy is None or (copy.kind is not kind and copy.kind != kind):
            return MISSING
        now = self._clock()
        if now >= copy.until or now - copy.born >= longest or now >= self._trusted_until:
            return MISSING
        copy.hits += 1
        if self._on_hit is not None:
            self._on_hit("process", key)
        return copy.decode() if copy.shared is MISSING else copy.shared

    def entry(self, key: str, config: CacheConfig, kind: Any) -> Entry[Any] | None:
        """
        Return a value for the caller with what is known of it, or None.
        """
        copy = self._copies.get(key)
        value = self.peek(key, config, kind)
        # Nothing is locked: what is known of one copy must not be told of the next one's value.
        if copy is None or value is MISSING or self._copies.get(key) is not copy:
            return None
        ends = copy.life + waits_out(config, copy.data)
        facts = Facts(copy.tags, copy.born, copy.life, ends, "process")
        return facts.entry(value, config.age_of(key), config, self._clock())

    def mark(self) -> Mark | None:
        """
        Return where a read begins, or None as long as nothing can be followed.
        """
        return self._mark

    def put(self, key: str, offer: Offer, mark: Mark, /) -> bool:
        """
        Copy an entry that the database vouched for after *mark*; False if it is dead by now.
        """
        by = hashes(offer.tags)
        with self._lock:
            seen = self._window.admit(Lease.parse(offer.lease), mark.watermark, by)
            if seen is None or mark.epoch != self._epoch:
                return False
            self._drop(key)
            born = self._clock() - self._age(offer.stored_at)
            self._copies[key] = _Copy(offer, born=born, hashes=by, seen=seen)
            for tag in by:
                self._keys.setdefault(tag, set()).add(key)
            self._evict()
            return True

    def knows_alive(self, lease: Lease, vouched: Lease, by: frozenset[int], mark: Mark, /) -> bool:
        """
        Say whether an entry is alive, as far as has been heard.

        Args:
            lease: What it was stored under.
            vouched: The watermark after which the database vouched for it.
            by: The hashed tags whose writes end it.
            mark: Where the read began; one from before an invalidation is told False.
        """
        with self._lock:
            trusted = self._clock() < self._trusted_until and mark.epoch == self._epoch
            return trusted and self._window.admit(lease, vouched, by) is not None

    def distrust(self) -> None:
        """
        Serve nothing until the next changes arrive.
        """
        self._trusted_until = float("-inf")

    def last_resort(self, key: str, config: CacheConfig, /) -> bytes | None:
        """
        Return a copy within *config*'s duration and grace, trusted or not.
        """
        copy = self._copies.get(key)
        longest = config.max_age + config.grace
        return copy.data if copy is not None and self._clock() - copy.born < longest else None

    def advance(self, changes: Changes, asked_at: float) -> None:
        """
        Drop what *changes* end, and trust the rest for as long as allowed since *asked_at*.
        """
        with self._lock:
            self._window.advance(changes)
            self._remark()
            if changes.reset:
                self._copies.clear()
                self._keys.clear()
            for tag, xid in changes.written:
                for key in tuple(self._keys.get(tag, ())):
                    if not self._copies[key].seen.sees(xid):
                        self._drop(key)
            self._trusted_until = asked_at + self._options.max_staleness

    def forget(self, tags: Iterable[str]) -> None:
        """
        Drop what carries one of *tags*, whatever the follower knows, and what is on its way.
        """
        with self._lock:
            self._epoch += 1
            self._remark()
            for tag in map(tag_hash, tags):
                for key in tuple(self._keys.get(tag, ())):
                    self._drop(key)

    def tell_hits(self, tell: Callable[[str, int], None]) -> None:
        """
        Tell how often each copy was read since the last time.
        """
        with self._lock:
            for key, copy in self._copies.items():
                new = copy.hits - copy.told
                if new:
                    copy.told += new
                    tell(key, new)

    @property
    def watermark(self) -> str | None:
        """
        What to ask the next changes with.
        """
        return None if self._window.watermark is None else str(self._window.watermark)

    # The lock is held from here on.

    def _remark(self) -> None:
        watermark = self._window.watermark
        self._mark = None if watermark is None else Mark(watermark, self._epoch)

    def _evict(self) -> None:
        while len(self._copies) > self._options.size:
            key = next(iter(self._copies))
            copy = self._copies[key]
            if copy.hits == copy.met:
                self._drop(key)
            else:
                copy.met = copy.hits
                self._copies[key] = self._copies.pop(key)

    def _drop(self, key: str) -> None:
        copy = self._copies.pop(key, None)
        for tag in copy.hashes if copy else ():
            keys = self._keys[tag]
            keys.discard(key)
            if not keys:
                del self._keys[tag]

    def _age(self, stored_at: datetime | None) -> float:
        return 0.0 if stored_at is None else max(0.0, self._wall() - stored_at.timestamp())
