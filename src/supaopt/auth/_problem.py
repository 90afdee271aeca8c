"""
The HTTP answer to an `AuthError`: RFC 9457 body, RFC 6750 challenge.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supaopt.errors import AuthError

# RFC 6750 has three names; what is none of them is a bad token.
_CHALLENGES = {
    "token_missing": None,
    "no_bearer": "invalid_request",
    "multiple_credentials": "invalid_request",
}
_RETRY_AFTER = "5"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What to answer when a request is not let through.

    Attributes:
        status: 401, 403 or 503.
        headers: Header names in lower case.
        members: The body, RFC 9457's members and ours: ``code``.
    """

    status: int
    headers: Mapping[str, str]
    members: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """
        The body as JSON.
        """
        return json.dumps(self.members, separators=(",", ":")).encode()


def problem(error: AuthError) -> Problem:
    """
    Return how to answer *error*, whichever framework sends it.

    Examples:
        >>> from supaopt.errors import TokenExpiredError
        >>> problem(TokenExpiredError("the token has expired")).headers["www-authenticate"]
        'Bearer error="invalid_token", error_description="the token has expired"'
    """
    headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = _RETRY_AFTER
    else:
        headers["www-authenticate"] = _challenge(error)
    members = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": str(error),
        "code": error.code,
    }
    return Problem(error.status, headers, members)


def _challenge(error: AuthError) -> str:
    if error.status == HTTPStatus.FORBIDDEN:
        name: str | None = "insufficient_scope"
    else:
        name = _CHALLENGES.get(error.code, "invalid_token")
    if name is None:
        return "Bearer"  # who sent nothing is told nothing but how
    return f'Bearer error="{name}", error_description="{_quotable(str(error))}"'


def _quotable(text: str) -> str:
    # What RFC 6750 allows inside the quotes; roles may be named in any script.
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in text)
