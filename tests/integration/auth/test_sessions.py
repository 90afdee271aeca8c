"""
Signing in and out through an auth object, which stays nobody's.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from supaopt.auth import AsyncSupabaseAuth, SupabaseAuth
from supaopt.errors import RequestError, SupaoptError, TokenInvalidError
from supaopt.local import LocalSupabase

PASSWORD = "correct-horse-battery-staple"


@pytest.fixture(name="run", scope="module")
def _run() -> Iterator[Callable[[Any], Any]]:
    """Returns a value, or awaits it on the one loop of this module."""
    with asyncio.Runner() as runner:
        yield lambda value: runner.run(value) if asyncio.iscoroutine(value) else value


@pytest.fixture(name="auth", params=[SupabaseAuth, AsyncSupabaseAuth], ids=["sync", "async"])
def _auth(
    request: pytest.FixtureRequest, lms_stack: LocalSupabase, run: Callable[[Any], Any]
) -> Iterator[Any]:
    auth = request.param(
        lms_stack.url,
        publishable_key=lms_stack.publishable_key,
        secret_key=lms_stack.secret_key,
    )
    yield auth
    if isinstance(auth, SupabaseAuth):
        auth.close()
    else:
        run(auth.aclose())


@pytest.fixture(name="email")
def _email(auth: Any, run: Callable[[Any], Any]) -> str:
    email = f"{uuid4()}@example.com"
    run(auth.sign_up(email=email, password=PASSWORD, data={"name": "Ada"}))
    return email


def test_a_session_is_its_owners(auth: Any, run: Callable[[Any], Any], email: str) -> None:
    """A sign-in returns a session whose token the same object accepts."""
    session = run(auth.sign_in(email=email, password=PASSWORD))
    caller = run(auth.authenticate(session.access_token))
    assert (email, "Ada") == (caller.user.email, caller.user.user_metadata["name"])


def test_a_sign_in_leaves_the_object_nobodys(
    auth: Any, run: Callable[[Any], Any], email: str
) -> None:
    """After a sign-in, clients of the object act as before."""
    session = run(auth.sign_in(email=email, password=PASSWORD))

    async def header() -> str:
        return str(auth.anonymous_client.options.headers["Authorization"])

    assert session.access_token not in run(header())


def test_a_wrong_password_is_a_401(auth: Any, run: Callable[[Any], Any], email: str) -> None:
    """Wrong credentials raise TokenInvalidError, and the message does not repeat them."""
    with pytest.raises(TokenInvalidError) as caught:
        run(auth.sign_in(email=email, password="wrong-horse"))
    assert "wrong-horse" not in str(caught.value)


def test_a_refresh_token_gives_a_new_session(
    auth: Any, run: Callable[[Any], Any], email: str
) -> None:
    """The session goes on under a new token."""
    first = run(auth.sign_in(email=email, password=PASSWORD))
    second = run(auth.refresh(first.refresh_token))
    callers = [run(auth.authenticate(s.access_token)) for s in (first, second)]
    assert callers[0].user.id == callers[1].user.id


def test_a_made_up_refresh_token_is_refused(auth: Any, run: Callable[[Any], Any]) -> None:
    """A refresh token that never was one is a 401."""
    with pytest.raises(TokenInvalidError):
        run(auth.refresh("made-up-token"))


def test_signing_out_ends_the_session(auth: Any, run: Callable[[Any], Any], email: str) -> None:
    """After sign_out the refresh token is worth nothing."""
    session = run(auth.sign_in(email=email, password=PASSWORD))
    run(auth.sign_out(session.access_token, "global"))
    with pytest.raises(TokenInvalidError):
        run(auth.refresh(session.refresh_token))


def test_an_address_is_taken_once(auth: Any, run: Callable[[Any], Any], email: str) -> None:
    """A second sign-up with one address is refused by Supabase Auth, in our error."""
    with pytest.raises(SupaoptError):
        run(auth.sign_up(email=email, password=PASSWORD))


def test_a_dead_project_is_a_request_error(run: Callable[[Any], Any]) -> None:
    """Nobody at the address is RequestError, which may be tried again."""
    with (
        SupabaseAuth("http://127.0.0.1:9", publishable_key="k") as auth,
        pytest.raises(RequestError),
    ):
        auth.sign_in(email="a@example.com", password=PASSWORD)
