"""
Refusing what cannot limit anybody where it is handed over, rather than at the first request.

An `AsyncRateLimiter` that nobody awaits limits nobody.
"""

from __future__ import annotations

from supaopt.contrib.rate_limit._limit import RateLimit
from supaopt.errors import ConfigError


def check_arguments(limiter: object, limit: object, *wanted: type, place: str) -> None:
    """
    Check that *limiter* is one of *wanted*, and *limit* a `RateLimit`.

    Raises:
        ConfigError: Either is something else.
    """
    if not isinstance(limiter, wanted):
        names = " or ".join(kind.__name__ for kind in wanted)
        raise ConfigError(f"{place} takes {names}, not {type(limiter).__name__}")
    if not isinstance(limit, RateLimit):
        shown = f"RateLimit({limit!r})" if isinstance(limit, str) else "RateLimit('100/minute')"
        raise ConfigError(f"{place} takes a RateLimit, not {type(limit).__name__}; pass {shown}")
