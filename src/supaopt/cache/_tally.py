"""
Counting what happens, cheaply enough for every hit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias, final

from supaopt.cache._model import CacheEvent, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Outcome: TypeAlias = tuple[EventKind, str]
"""A kind of event and the tier that it happened at."""

OUTCOMES: Final[tuple[Outcome, ...]] = (
    ("hit", "process"),
    ("hit", "redis"),
    ("hit", "database"),
    ("miss", "database"),
    ("stored", "database"),
    ("refused", "database"),
    ("stale", "database"),
    ("error", "redis"),
    ("error", "database"),
    ("error", "changes"),
    ("error", "hits"),
    ("error", "refresh"),
)
"""What can happen: counted from 0, as a rise from nothing is not seen by who compares."""

_PROBLEMS: Final = frozenset({"refused", "stale", "error"})
_BATCH: Final = 128  # a power of two

_log = logging.getLogger("supaopt.cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheProblem:
    """
    An error, a refusal or an old answer, as far as it may be shown.

    Attributes:
        at: When it happened.
        kind: As for `CacheEvent`.
        tier: As for `CacheEvent`.
        key: The entry's key.
        error: The name of the exception's class, if there was one; its text may hold data.
    """

    at: datetime
    kind: EventKind
    tier: str
    key: str
    error: str | None = None


class CacheTally:
    """
    Counts the events of a manager; pass one as ``on_event``.

    A hit costs an eighth of what it costs to tell of it by an event. Threads may lose each other a
    hit now and then, as a lock would cost more than the hit; all else is counted exactly.

    Args:
        recent: How many problems to remember.
        clock: Seconds since the epoch.

    Examples:
        >>> tally = CacheTally()
        >>> cache = DatabaseCacheManager(MemoryStore(), on_event=tally)
        >>> [cache.get_cached_data("three", lambda: 3) for _ in range(4)]
        [3, 3, 3, 3]
        >>> tally.counts()["hit", "database"], tally.counts()["miss", "database"]
        (3, 1)
    """

    def __init__(self, *, recent: int = 50, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hits: defaultdict[str, int] = defaultdict(int)
        self._told: Counter[Outcome] = Counter()
        self._others: Counter[Outcome] = Counter()
        self._problems: deque[CacheProblem] = deque(maxlen=recent)
        self._listeners: tuple[Callable[[CacheEvent], None], ...] = ()
        self._since = self._now()

    @property
    def since(self) -> datetime:
        """
        When counting began.
        """
        return self._since

    @property
    def problems(self) -> tuple[CacheProblem, ...]:
        """
        What went wrong lately, the newest first.
        """
        with self._lock:
            return tuple(reversed(self._problems))

    def counts(self) -> Mapping[Outcome, int]:
        """
        Return how often each outcome was met, by kind and tier; never less than the last time.
        """
        with self._lock:
            for tier, count in self._hits.copy().items():
                # A thread may put a count back; counters that fall break who reads them.
                self._told["hit", tier] = max(count, self._told["hit", tier])
            return {**dict.fromkeys(OUTCOMES, 0), **self._others, **self._told}

    def subscribe(self, listener: Callable[[CacheEvent], None]) -> None:
        """
        Tell *listener* of each event to come, but of hits only now and then.

        It has to be quick, and may be called from any thread.
        """
        self._listeners = (*self._listeners, listener)

    @final  # a reader calls it directly, so that it must never raise
    def hit(self, tier: str, key: str, /) -> None:
        """
        Count a hit.
        """
        count = self._hits[tier] = self._hits[tier] + 1
        if not count & (_BATCH - 1) and self._listeners:
            self._tell(CacheEvent(kind="hit", tier=tier, key=key))

    def __call__(self, event: CacheEvent) -> None:
        """
        Count an event.
        """
        if event.kind == "hit":
            self.hit(event.tier, event.key)
            return
        with self._lock:
            self._others[event.kind, event.tier] += 1
            if event.kind in _PROBLEMS:
                self._problems.append(self._problem(event))
        self._tell(event)

    def _problem(self, event: CacheEvent) -> CacheProblem:
        # Not the exception: its traceback would keep everything alive that it has seen.
        error = None if event.error is None else type(event.error).__name__
        return CacheProblem(
            at=self._now(), kind=event.kind, tier=event.tier, key=event.key, error=error
        )

    def _tell(self, event: CacheEvent) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - whatever a listener raises is not the read's problem
                _log.exception("a listener of the cache's tally raised; the read goes on")

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
