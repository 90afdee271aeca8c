"""
Looking into a token that nobody has verified, under names that say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supaopt.auth._token import parse, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """
    What a token says, whether or not it is true.

    Attributes:
        alg: The algorithm that its header names.
        kid: The key that its header names, or None.
        claims: Its payload. Anybody can write any of it: never decide anything by it.
    """

    alg: str
    kid: str | None
    claims: Mapping[str, Any]


def read_unverified(token: str) -> UnverifiedToken:
    """
    Read *token* without verifying it, to show somebody what is in it.

    Raises:
        TokenInvalidError: It is malformed.

    Examples:
        >>> read_unverified("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.AA").claims
        {'sub': 'ada'}
    """
    compact = parse(token)
    return UnverifiedToken(*compact.header, read_object(compact.payload))
