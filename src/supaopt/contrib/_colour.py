"""
Refusing an auth object of the other colour where it is handed over.

An `AsyncSupabaseAuth` that nobody awaits refuses nobody: a blocking adapter would take the
coroutine for a caller and let every request through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.auth import AsyncSupabaseAuth, SupabaseAuth

    Colour: TypeAlias = type[SupabaseAuth[Any] | AsyncSupabaseAuth[Any]]


def check_colour(auth: object, wanted: Colour, place: str) -> None:
    """
    Check that *auth* is a *wanted*.

    Args:
        auth: What was handed over.
        wanted: `SupabaseAuth` or `AsyncSupabaseAuth`.
        place: Where, for the message.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(auth, wanted):
        raise ConfigError(f"{place} takes {wanted.__name__}, not {type(auth).__name__}")
