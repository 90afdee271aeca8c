"""
Refusing a limiter of the other colour where it is handed over.

An `AsyncRateLimiter` that nobody awaits limits nobody.
"""

from __future__ import annotations

from supaopt.errors import ConfigError


def check_colour(limiter: object, wanted: type, place: str) -> None:
    """
    Check that *limiter* is a *wanted*.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(limiter, wanted):
        raise ConfigError(f"{place} takes {wanted.__name__}, not {type(limiter).__name__}")
