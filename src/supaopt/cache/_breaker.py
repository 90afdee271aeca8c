"""
Leaving a tier alone that does not answer: pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

AFTER: Final = 3
"""Failures in a row that open it, where nothing else is said."""

SHORTEST: Final = 1.0
"""Seconds that it stays open at first; each failing trial doubles them."""

LONGEST: Final = 30.0
"""Seconds that it stays open at most."""


class Breaker:
    """
    Closed while a tier answers. Open after failures in a row, for longer and longer.

    Args:
        clock: Seconds that never go back.
        after: Failures in a row that open it.
    """

    def __init__(self, clock: Callable[[], float], *, after: int = AFTER) -> None:
        self._clock = clock
        self._after = after
        self._failures = 0
        self._rest = SHORTEST
        self._open_until = float("-inf")

    def allows(self) -> bool:
        """
        Say whether to ask the tier; after a rest, one caller may try.
        """
        if self._failures < self._after:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + self._rest  # the others wait for the outcome of this trial
        return True

    def succeeded(self) -> None:
        """
        Note an answer.
        """
        self._failures = 0
        self._rest = SHORTEST

    def failed(self) -> None:
        """
        Note a failure.
        """
        self._failures += 1
        if self._failures < self._after:
            return
        if self._failures > self._after:
            self._rest = min(LONGEST, 2 * self._rest)
        self._open_until = self._clock() + self._rest
