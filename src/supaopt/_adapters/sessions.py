"""
The door to Supabase Auth's sessions: sign-ins on clients that are thrown away.

A sign-in changes whom a supabase-py client acts as, so the client it happens on is never one
that anybody else holds.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import supabase
from pydantic import ValidationError
from supabase_auth.errors import AuthUnknownError

from supaopt.errors import ConflictError, RequestError, ResponseError, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase_auth.types import Session

# What an end user did wrong, as Supabase Auth calls it; the rest is the program's business.
_CREDENTIALS = frozenset(
    {
        "bad_jwt",
        "email_not_confirmed",
        "invalid_credentials",
        "invalid_grant",
        "phone_not_confirmed",
        "refresh_token_already_used",
        "refresh_token_not_found",
        "session_expired",
        "session_not_found",
        "user_banned",
        "user_not_found",
        "validation_failed",
    }
)
_BY_THEIR_USERS = frozenset({"sign_in", "refresh", "sign_out"})
_TAKEN = frozenset({"conflict", "email_exists", "phone_exists", "user_already_exists"})


@contextmanager
def mapped(what: str) -> Iterator[None]:
    """
    Turn supabase-py's errors into ours.

    Args:
        what: What was tried, such as ``sign_in``; begins the message.

    Raises:
        TokenInvalidError: The credentials are wrong.
        ConflictError: There is such a user already.
        ResponseError: Supabase Auth refuses for another reason.
        RequestError: No answer arrived, or one that is not Supabase Auth's.
    """
    try:
        yield
    except (AuthUnknownError, ValidationError):
        # Without the cause: its text quotes the answer, which may hold tokens.
        message = f"{what}: the answer is not Supabase Auth's; a proxy or a wrong URL gave it"
        raise RequestError(message) from None
    except (supabase.AuthRetryableError, httpx.TransportError) as error:
        raise RequestError(f"{what}: Supabase Auth did not answer") from error
    except supabase.AuthError as error:
        raise _ours(what, error) from error


def session_of(what: str, answer: Any) -> Session:
    """
    Return the session in *answer*.

    Raises:
        TokenInvalidError: There is none, as for an address that is not confirmed yet.
    """
    session: Session | None = answer.session
    if session is None:
        raise TokenInvalidError(f"{what}: no session was given", code="session_missing")
    return session


def _ours(what: str, error: supabase.AuthError) -> Exception:
    code = error.code or "auth_refused"
    status = getattr(error, "status", 400)
    # These are refused for whom they claim to be, other calls for what they ask.
    if what in _BY_THEIR_USERS and (code in _CREDENTIALS or status == 401):
        return TokenInvalidError(f"{what}: {error.message}", code=code)
    if code in _TAKEN:
        return ConflictError(f"{what}: {error.message}", status=status, code=code)
    return ResponseError(f"{what}: {error.message}", status=status, code=code)
