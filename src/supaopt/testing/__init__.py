"""
What tests of a Supabase backend need: tokens, a JWKS server, a clock, a cache without a database,
and pytest fixtures.

The fixtures come by themselves once supaopt is installed (see `supaopt.testing.plugin`). The
names below are loaded on first use, because pytest imports this package in every project.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supaopt.testing._authenticated import authenticated
    from supaopt.testing._clock import FrozenClock
    from supaopt.testing._isolation import truncate
    from supaopt.testing._jwks import JwksServer
    from supaopt.testing._memory import MemoryCache
    from supaopt.testing.tokens import SigningKey, mint

__all__ = [
    "FrozenClock",
    "JwksServer",
    "MemoryCache",
    "SigningKey",
    "authenticated",
    "mint",
    "truncate",
]

_HOMES = {
    "FrozenClock": "_clock",
    "JwksServer": "_jwks",
    "MemoryCache": "_memory",
    "SigningKey": "tokens",
    "authenticated": "_authenticated",
    "mint": "tokens",
    "truncate": "_isolation",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
