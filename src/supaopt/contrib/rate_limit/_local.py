"""
Counting in this process.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from supaopt.contrib.rate_limit._quota import Quota, Use, count, use

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST: Final = 50_000
_SWEPT: Final = 2  # more than one new count brings, so that ended ones do not pile up


class _Kept(NamedTuple):
    steps: dict[int, int]
    span: int


class Counts:
    """
    Counts by key, bounded: beyond *most* of them those that were asked longest ago are forgotten.

    Args:
        clock: Seconds that never go back.
        most: How many to hold.
    """

    def __init__(self, clock: Callable[[], float], *, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._kept: OrderedDict[tuple[str, Quota], _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def hit(self, key: str, quotas: Sequence[Quota]) -> tuple[bool, list[Use]]:
        """
        Count one more under *key* if all *quotas* allow it, and return what is used of each.
        """
        if self._pid != os.getpid():  # a thread of the parent may have held it at the fork
            self._pid, self._lock = os.getpid(), threading.Lock()
        with self._lock:
            now = int(self._clock() * 1000)
            steps = [self._steps(key, quota) for quota in quotas]
            pairs = list(zip(steps, quotas, strict=True))
            allowed = all(use(each, quota, now).used < quota.amount for each, quota in pairs)
            if allowed:
                for each, quota in pairs:
                    count(each, quota, now)
            uses = [use(each, quota, now) for each, quota in pairs]
            self._sweep(now)
        return allowed, uses

    def _steps(self, key: str, quota: Quota) -> dict[int, int]:
        kept = self._kept.setdefault((key, quota), _Kept({}, quota.span))
        self._kept.move_to_end((key, quota))
        return kept.steps

    def _sweep(self, now: int) -> None:
        for place, kept in list(islice(self._kept.items(), _SWEPT)):
            if max(kept.steps, default=0) + kept.span <= now:
                del self._kept[place]
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
