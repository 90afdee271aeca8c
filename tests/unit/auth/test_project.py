"""
API keys for machines, revocation, and clients that are nobody's.
"""

from collections.abc import Callable
from typing import Any

import pytest

from supaopt.auth import AsyncSupabaseAuth
from supaopt.errors import ConfigError, TokenInvalidError

SECRET = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
PUBLISHABLE = "sb_publishable_test"


@pytest.mark.parametrize(
    ("kind", "shown"), [("publishable", PUBLISHABLE), ("publishable", SECRET), ("secret", SECRET)]
)
def test_the_projects_keys_open_their_routes(kind: str, shown: str, make_auth: Any) -> None:
    """The publishable key opens publishable routes, the secret key both kinds."""
    make_auth(secret_key=SECRET).real.require_key({"apikey": shown}, kind)


@pytest.mark.parametrize(
    ("kind", "headers", "code"),
    [
        ("secret", {"apikey": PUBLISHABLE}, "api_key_invalid"),
        ("secret", {"apikey": SECRET[:-1]}, "api_key_invalid"),
        ("secret", {"apikey": SECRET + " "}, "api_key_invalid"),
        ("secret", {"apikey": ""}, "api_key_invalid"),
        ("secret", {"apikey": "é"}, "api_key_invalid"),
        ("secret", {"apikey": "\ud800"}, "api_key_invalid"),
        ("secret", {"Authorization": f"Bearer {SECRET}"}, "api_key_missing"),
        ("secret", {}, "api_key_missing"),
        ("secret", {"apikey": SECRET, "ApiKey": SECRET}, "api_key_missing"),
        ("publishable", {"apikey": "sb_publishable_other"}, "api_key_invalid"),
        ("publishable", {}, "api_key_missing"),
    ],
)
def test_other_keys_are_refused(
    kind: str, headers: dict[str, str], code: str, make_auth: Any
) -> None:
    """No key, a wrong key, half a key, two keys, and keys in other headers are refused."""
    with pytest.raises(TokenInvalidError) as caught:
        make_auth(secret_key=SECRET).real.require_key(headers, kind)
    assert code == caught.value.code


def test_a_secret_route_needs_the_secret(make_auth: Any) -> None:
    """Without secret_key a secret route is a programming error, not an open door."""
    with pytest.raises(ConfigError, match="SUPABASE_SECRET_KEY"):
        make_auth().real.require_key({"apikey": PUBLISHABLE}, "secret")


def test_the_admin_client_needs_the_secret(make_auth: Any) -> None:
    """Without secret_key there is no client that bypasses row-level security."""
    auth = make_auth()
    with pytest.raises(ConfigError, match="SUPABASE_SECRET_KEY"):
        auth.call(lambda: auth.real.admin_client)


def test_the_admin_client_has_the_secret_and_signs_nobody_in(make_auth: Any) -> None:
    """It acts with the secret key, and a sign-in that would take it over is refused."""
    auth = make_auth(secret_key=SECRET)
    client = auth.call(lambda: auth.real.admin_client)
    assert f"Bearer {SECRET}" == client.options.headers["Authorization"]
    assert callable(client.auth.admin.list_users)
    with pytest.raises(ConfigError, match="sign_in_with_password"):
        client.auth.sign_in_with_password({})


def test_callers_clients_never_hold_the_secret(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """A project with a secret key still gives callers the publishable one."""
    auth = make_auth(secret_key=SECRET)
    client = auth.client(auth.token(token_of()))
    assert PUBLISHABLE == client.supabase_key
    assert SECRET not in str(client.options.headers)


def test_the_anonymous_client_is_nobody(auth: Any) -> None:
    """It sends the publishable key and no user's token."""
    client = auth.call(lambda: auth.real.anonymous_client)
    assert f"Bearer {PUBLISHABLE}" == client.options.headers["Authorization"]


@pytest.mark.parametrize("shown", ["sb_publishable_x", "x", ""])
def test_a_public_key_is_no_secret(shown: str, make_auth: Any) -> None:
    """A publishable key passed as secret_key is refused."""
    with pytest.raises(ConfigError, match="secret_key"):
        make_auth(secret_key=shown)


def test_an_auth_object_shows_no_key(make_auth: Any) -> None:
    """Its repr names the project alone."""
    shown = repr(make_auth(secret_key=SECRET, jwt_secret="s" * 40).real)
    assert (True, False, False) == ("127.0.0.1" in shown, SECRET in shown, "sss" in shown)


@pytest.mark.parametrize("answer", [True, None, 1, "no"])
def test_a_revoked_token_is_refused(
    answer: Any, make_auth: Any, token_of: Callable[..., str]
) -> None:
    """Anything but a clear no from is_revoked refuses the token, with 401."""
    with pytest.raises(TokenInvalidError) as caught:
        make_auth(is_revoked=lambda _: answer).token(token_of())
    assert ("token_revoked", 401) == (caught.value.code, caught.value.status)


def test_revocation_is_asked_about_remembered_tokens(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """A token that was good a moment ago is refused once its session is called back."""
    revoked: set[Any] = set()
    auth, token = make_auth(is_revoked=lambda claims: claims.session_id in revoked), token_of()
    revoked.add(auth.token(token).claims.session_id)
    with pytest.raises(TokenInvalidError):
        auth.token(token)


def test_revocation_may_be_a_coroutine(make_auth: Any, token_of: Callable[..., str]) -> None:
    """A coroutine function is awaited in one colour and refused in the other."""

    async def is_revoked(_: Any) -> bool:
        return False

    auth = make_auth(is_revoked=is_revoked)
    if isinstance(auth.real, AsyncSupabaseAuth):
        auth.token(token_of())
    else:
        with pytest.raises(ConfigError, match="coroutine"):
            auth.token(token_of())


@pytest.mark.parametrize("options", [{}, {"email": "a@b.c", "phone": "+1"}])
def test_a_sign_in_names_one_way(options: dict[str, str], auth: Any) -> None:
    """Neither an address nor both is refused before anything is sent."""
    with pytest.raises(ConfigError, match="one of them"):
        auth.call(lambda: auth.real.sign_in(password="p", **options))


def test_an_empty_refresh_token_is_refused(auth: Any) -> None:
    """supabase-py would take it for the client's own session."""
    with pytest.raises(ConfigError, match="empty"):
        auth.call(lambda: auth.real.refresh(""))
