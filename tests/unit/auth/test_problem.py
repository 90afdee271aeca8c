"""
The HTTP answer to each kind of refusal.
"""

import json

import pytest

from supaopt.auth import problem
from supaopt.errors import (
    AuthError,
    ForbiddenError,
    KeysUnavailableError,
    TokenExpiredError,
    TokenInvalidError,
)


@pytest.mark.parametrize(
    ("error", "status", "challenge"),
    [
        (TokenInvalidError("no header", code="token_missing"), 401, "Bearer"),
        (
            TokenInvalidError("two headers", code="multiple_credentials"),
            401,
            'Bearer error="invalid_request", error_description="two headers"',
        ),
        (
            TokenExpiredError("late"),
            401,
            'Bearer error="invalid_token", error_description="late"',
        ),
        (
            ForbiddenError("admins only"),
            403,
            'Bearer error="insufficient_scope", error_description="admins only"',
        ),
        (KeysUnavailableError("no keys"), 503, None),
    ],
)
def test_each_refusal_has_its_status_and_challenge(
    error: AuthError, status: int, challenge: str | None
) -> None:
    """Status and RFC 6750 challenge follow from the error."""
    refusal = problem(error)
    assert (status, challenge) == (refusal.status, refusal.headers.get("www-authenticate"))


def test_an_outage_says_when_to_come_back() -> None:
    """A 503 has Retry-After."""
    assert "5" == problem(KeysUnavailableError("x")).headers["retry-after"]


def test_the_body_is_a_problem_document() -> None:
    """The members are RFC 9457's, and our stable code."""
    assert {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "admins only",
        "code": "role_required",
    } == json.loads(problem(ForbiddenError("admins only", code="role_required")).body)


def test_nothing_escapes_the_challenges_quotes() -> None:
    """A role named with quotes, line breaks or other scripts cannot forge a header."""
    header = problem(ForbiddenError('a"b\\c\r\nSet-Cookie: x=é')).headers["www-authenticate"]
    expected = 'Bearer error="insufficient_scope", error_description="a?b?c??Set-Cookie: x=?"'
    assert expected == header
