"""
Telling callers apart, and telling of it when that cannot be right.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from supaopt.contrib.rate_limit._visit import UNKNOWN, is_private
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.contrib.rate_limit._limit import RateLimit
    from supaopt.contrib.rate_limit._visit import Visit

_log = logging.getLogger("supaopt.rate_limit")
_NOBODY: Final = f"address {UNKNOWN}"


class Callers:
    """
    Knows how many proxies stand in front.

    Args:
        trusted_hops: How many.

    Raises:
        ConfigError: It is no such number.
    """

    def __init__(self, trusted_hops: int) -> None:
        if type(trusted_hops) is not int or trusted_hops < 0:  # a bool is no number
            raise ConfigError(
                f"trusted_hops {trusted_hops!r} must be the number of proxies of your own in "
                "front, such as 1"
            )
        self._trusted_hops = trusted_hops
        self._told = False

    def parts(self, limit: RateLimit, visit: Visit) -> tuple[str, ...]:
        """
        Return what tells a visit's count from others.
        """
        parts = limit.parts(visit, trusted_hops=self._trusted_hops)
        if not self._told and any(part.startswith("address ") for part in parts):
            self._doubt(visit, parts)
        return parts

    def _doubt(self, visit: Visit, parts: tuple[str, ...]) -> None:
        # One count for all: whoever uses it up locks everybody out.
        if _NOBODY in parts:
            self._told = True
            _log.warning(
                "no caller's address is known, so all share one count; if a proxy stands in "
                "front, say so by trusted_hops"
            )
        elif not self._trusted_hops and visit.forwarded and is_private(visit.peer):
            self._told = True
            _log.warning(
                "%s sends X-Forwarded-For and counts as one caller; if it is a proxy of yours, "
                "say so by trusted_hops",
                visit.peer,
            )
