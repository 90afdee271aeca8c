"""
Whose credentials a client carries, as far as they tell.
"""

from __future__ import annotations

import base64
import json

from supaopt.errors import ConfigError

_REMEDY = (
    "make a client of its own for the cache with the project's secret key (sb_secret_... or the "
    "service_role key), on the server only"
)


def require_service_role(bearer: str) -> None:
    """
    Refuse credentials that may not keep shared entries.

    A token is read, not verified: this tells a programmer of a mix-up, and the database decides.

    Args:
        bearer: What the client sends as ``Authorization: Bearer``.

    Raises:
        ConfigError: It is a publishable key or the token of somebody else.
    """
    if bearer.startswith("sb_publishable_"):
        raise ConfigError(f"the cache was given a client with a publishable key; {_REMEDY}")
    claims = _claims(bearer)
    if claims is None:
        return
    if claims.get("role") != "service_role":
        raise ConfigError(
            f"the cache was given a client that acts as {claims.get('role')!r}, whose answers are "
            f"not everybody's; {_REMEDY}"
        )
    if claims.get("sub") is not None:
        raise ConfigError(
            f"the cache was given a service_role token that stands for one user; {_REMEDY}"
        )


def _claims(token: str) -> dict[str, object] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None
