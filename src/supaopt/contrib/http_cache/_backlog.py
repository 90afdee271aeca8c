"""
Which tags are still to be purged: pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.contrib.http_cache._tags import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_WAITING: Final = 1000
"""Tags beyond which one purge of everything is less to ask of a CDN."""


class Backlog:
    """
    Tags to purge now, and once more after a while.

    Once more, because an answer may have been on its way to the CDN, computed before the write,
    while the first purge was made.

    Args:
        settle: Seconds between the two.
        clock: Seconds, from any start.
    """

    def __init__(self, settle: float, clock: Callable[[], float]) -> None:
        self._settle = settle
        self._clock = clock
        self._now: dict[str, None] = {}
        self._later: dict[str, float] = {}

    @property
    def empty(self) -> bool:
        """
        Whether nothing is left to purge, now or later.
        """
        return not self._now and not self._later

    def add(self, names: Iterable[str]) -> None:
        """
        Note what was written to.
        """
        due = self._clock() + self._settle
        for name in names:
            self._now[name] = None
            self._later[name] = due

    def due(self) -> tuple[str, ...]:
        """
        Return what to purge now; it stays until it is done.
        """
        now = self._clock()
        for name in [name for name, due in self._later.items() if due <= now]:
            del self._later[name]
            self._now[name] = None
        if len(self._now) > MOST_WAITING or ALL in self._now:
            # The whole of it comes again, so that what follows is no less thorough.
            self._later = dict.fromkeys([ALL], now + self._settle) if self._later else {}
            self._now = {ALL: None}
        return tuple(self._now)

    def done(self, names: Iterable[str]) -> None:
        """
        Note what was purged.
        """
        for name in names:
            self._now.pop(name, None)
