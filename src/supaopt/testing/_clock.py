"""
A clock that stands still until a test moves it.
"""

from __future__ import annotations


class FrozenClock:
    """
    Seconds since the epoch that change only when told; call it where ``time.time`` is expected.

    Args:
        now: Where it stands at first.

    Examples:
        >>> clock = FrozenClock(1_000.0)
        >>> clock.advance(30)
        >>> clock()
        1030.0
    """

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self._now = now

    def __call__(self) -> float:
        """
        Return the seconds at which it stands.
        """
        return self._now

    def advance(self, seconds: float) -> None:
        """
        Move it on, or back when *seconds* is negative.
        """
        self._now += seconds
