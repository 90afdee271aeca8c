"""
Tests that a visitor may sign in without credentials, and stays told apart from a user.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
import pytest

from supaopt.auth import SupabaseAuth, not_anonymous
from supaopt.errors import ForbiddenError
from supaopt.testing._clients import client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="visitor")
def _visitor(api: Any) -> Iterator[Any]:
    """The session of somebody who has just come, through supabase-py."""
    with ExitStack() as opened:
        public = opened.enter_context(client(api.stack.url, api.stack.publishable_key))
        yield public.auth.sign_in_anonymously({"options": {"data": {"theme": "dark"}}}).session


@pytest.fixture(name="auth")
def _auth(api: Any) -> Iterator[SupabaseAuth]:
    with SupabaseAuth(api.stack.url, publishable_key=api.stack.publishable_key) as auth:
        yield auth


def _claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_a_visitor_is_an_anonymous_user(api: Any, visitor: Any) -> None:
    """
    User, token and row say so; of the visitor only what they sent is known.
    """
    claims = _claims_of(visitor.access_token)
    assert (True, "anonymous") == (claims["is_anonymous"], claims["amr"][0]["method"])
    assert ("authenticated", "", {}) == (claims["role"], claims["email"], claims["app_metadata"])
    assert (True, "", []) == (
        visitor.user.is_anonymous,
        visitor.user.email,
        visitor.user.identities,
    )
    assert {"theme": "dark"} == visitor.user.user_metadata
    stored = api.execute(f"select is_anonymous from auth.users where id = '{visitor.user.id}'")
    assert [(True,)] == stored


def test_a_refreshed_visitor_stays_anonymous(api: Any, visitor: Any) -> None:
    """
    A refresh keeps the visitor's id and what they are.
    """
    body = {"refresh_token": visitor.refresh_token}
    answer = api.call("POST", "/auth/v1/token?grant_type=refresh_token", json=body).json()
    claims = _claims_of(answer["access_token"])
    assert (visitor.user.id, True) == (claims["sub"], claims["is_anonymous"])
    assert ("anonymous", True) == (claims["amr"][0]["method"], answer["user"]["is_anonymous"])


def test_a_visitor_sees_who_they_are(api: Any, visitor: Any) -> None:
    """
    The user endpoint tells them the same.
    """
    answer = api.get("/auth/v1/user", token=visitor.access_token).json()
    assert (visitor.user.id, True) == (answer["id"], answer["is_anonymous"])


def test_a_visitor_is_somebody_to_row_level_security(api: Any, visitor: Any) -> None:
    """
    In the database a visitor is a signed-in user with an id of their own.
    """
    assert visitor.user.id == api.rpc("my_id", token=visitor.access_token).json()


def test_a_guard_tells_visitors_from_users(api: Any, auth: SupabaseAuth, visitor: Any) -> None:
    """
    not_anonymous refuses the token of a visitor and takes a user's.
    """
    user = api.sign_up(f"{uuid4()}@example.com").json()
    auth.authenticate(visitor.access_token)
    with pytest.raises(ForbiddenError):
        auth.authenticate(visitor.access_token, not_anonymous())
    passed = auth.authenticate(user["access_token"], not_anonymous())
    assert user["user"]["id"] == str(passed.user.id)


def test_a_visitor_makes_a_user_of_themselves(api: Any, auth: SupabaseAuth, visitor: Any) -> None:
    """
    A visitor who gives an address and a password keeps their id, and is a user from then on.
    """
    email = f"{uuid4()}@example.com"
    wanted = {"email": email, "password": "correct horse"}
    user = api.call("PUT", "/auth/v1/user", json=wanted, token=visitor.access_token).json()
    session = auth.sign_in(email=email, password="correct horse")
    caller = auth.authenticate(session.access_token, not_anonymous())
    assert (visitor.user.id, False) == (str(caller.user.id), user["is_anonymous"])
    assert {"provider": "email", "providers": ["email"]} == user["app_metadata"]
    assert [True] == [one["identity_data"]["email_verified"] for one in user["identities"]]


def test_a_visitor_is_made_a_user(api: Any, auth: SupabaseAuth, visitor: Any) -> None:
    """
    An admin who gives a visitor a proven address makes a user of them, under the same id.
    """
    email = f"{uuid4()}@example.com"
    with client(api.stack.url, api.stack.secret_key) as service:
        wanted: Any = {"email": email, "password": "correct horse", "email_confirm": True}
        service.auth.admin.update_user_by_id(visitor.user.id, wanted)
    session = auth.sign_in(email=email, password="correct horse")
    caller = auth.authenticate(session.access_token, not_anonymous())
    assert visitor.user.id == str(caller.user.id)


def test_a_stranger_is_not_let_in(api: Any) -> None:
    """
    An unknown API key makes no visitor.
    """
    response = api.call("POST", "/auth/v1/signup", key="sb_publishable_unknown", json={})
    assert 401 == response.status_code


def test_half_a_sign_up_is_none(api: Any) -> None:
    """
    An address without a password is refused, rather than taken for a visitor.
    """
    response = api.call("POST", "/auth/v1/signup", json={"email": "half@example.com"})
    assert 400 == response.status_code
