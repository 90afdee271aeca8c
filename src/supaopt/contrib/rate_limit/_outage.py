"""
What happens while nobody can count on Redis.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from supaopt.cache._breaker import Breaker
from supaopt.contrib.rate_limit._verdict import Verdict
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.contrib.rate_limit._limit import RateLimit

OnOutage: TypeAlias = Literal["local", "open", "closed"]

_log = logging.getLogger("supaopt.rate_limit")
_CHOICES: Final = ("local", "open", "closed")


class Outage:
    """
    Leaves a Redis alone that does not answer, tells of it once, and decides meanwhile.

    Args:
        choice: ``local`` counts in this process, ``open`` lets all through, ``closed`` nobody.
        count: Counts in this process.
        clock: Seconds, from any start.

    Raises:
        ConfigError: There is no such choice.
    """

    def __init__(
        self,
        choice: OnOutage,
        count: Callable[[RateLimit, str], Verdict],
        clock: Callable[[], float],
    ) -> None:
        if choice not in _CHOICES:
            raise ConfigError(f"on_outage {choice!r} is none of {', '.join(_CHOICES)}")
        self._choice = choice
        self._count = count
        self._breaker = Breaker(clock)
        self._told = False

    def rests(self) -> bool:
        """
        Say whether to ask Redis at all.
        """
        return not self._breaker.allows()

    def ended(self) -> None:
        """
        Note an answer.
        """
        self._breaker.succeeded()
        if self._told:
            _log.warning("rate limits are counted in Redis again")
        self._told = False

    def failed(self, error: Exception) -> None:
        """
        Note a failure.
        """
        self._breaker.failed()
        if not self._told:
            # redis-py's errors may hold a host, but no password.
            _log.error(
                "rate limits cannot be counted in Redis; until they can be, the choice is %r: %s",
                self._choice,
                error,
            )
        self._told = True

    def decide(self, limit: RateLimit, key: str) -> Verdict:
        """
        Decide without Redis.
        """
        if self._choice == "local":
            return self._count(limit, key)
        return Verdict(allowed=self._choice == "open", name=limit.name)
