"""
Tests that the access token hook is called as Supabase Auth calls it.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import jwt
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NUMBERS = count()


@pytest.fixture(name="install")
def _install(api: Any) -> Iterator[Callable[..., None]]:
    def install(body: str, *, granted: bool = True) -> None:
        api.execute(f"""
            create function public.custom_access_token_hook(event jsonb) returns jsonb
            language plpgsql as $$ begin {body} end $$;
            revoke execute on function public.custom_access_token_hook from public, anon;
            revoke execute on function public.custom_access_token_hook from authenticated;
        """)
        if granted:
            api.execute("""
                grant usage on schema public to supabase_auth_admin;
                grant execute on function public.custom_access_token_hook to supabase_auth_admin;
            """)

    yield install
    api.execute("drop function if exists public.custom_access_token_hook(jsonb)")


@pytest.fixture(name="sign_up")
def _sign_up(api: Any) -> Callable[[], Any]:
    return lambda: api.sign_up(f"hook{next(_NUMBERS)}@example.com")


def _claims_of(response: Any) -> dict[str, Any]:
    token = response.json()["access_token"]
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_the_hook_gets_the_event_that_auth_sends(install: Any, sign_up: Any) -> None:
    """
    The event names user, claims and method, and the hook runs as supabase_auth_admin.
    """
    install("""
        return jsonb_set(event, '{claims,seen}', jsonb_build_object(
          'keys', (select jsonb_agg(k order by k) from jsonb_object_keys(event) as k),
          'user', event ->> 'user_id' = event -> 'claims' ->> 'sub',
          'method', event ->> 'authentication_method',
          'role', current_user, 'path', current_setting('search_path')));
    """)

    seen = _claims_of(sign_up())["seen"]

    assert ["authentication_method", "claims", "user_id"] == seen["keys"]
    assert (True, "password") == (seen["user"], seen["method"])
    assert ("supabase_auth_admin", "auth") == (seen["role"], seen["path"])


def test_a_refresh_calls_the_hook_again(api: Any, install: Any, sign_up: Any) -> None:
    """
    A refreshed token is filled anew, and the event says why.
    """
    refresh_token = sign_up().json()["refresh_token"]
    install("return jsonb_set(event, '{claims,how}', event -> 'authentication_method');")

    refreshed = api.call(
        "POST",
        "/auth/v1/token?grant_type=refresh_token",
        json={"refresh_token": refresh_token},
    )

    assert "token_refresh" == _claims_of(refreshed)["how"]


def test_a_hook_without_its_grant_fails_loudly(install: Any, sign_up: Any) -> None:
    """
    A forgotten grant refuses every sign-in, as it does on the hosted platform.
    """
    install("return event;", granted=False)

    response = sign_up()

    assert 500 == response.status_code
    assert "Error running hook" in response.json()["msg"]


def test_a_hook_may_refuse(install: Any, sign_up: Any) -> None:
    """
    An error that the hook returns becomes the answer.
    """
    install("""
        return jsonb_build_object('error', jsonb_build_object(
          'http_code', 403, 'message', 'not on our list'));
    """)

    response = sign_up()

    assert (403, "not on our list") == (response.status_code, response.json()["msg"])


def test_a_visitor_whom_the_hook_refuses_is_not_kept(api: Any, install: Any) -> None:
    """
    The hook learns that it is an anonymous sign-in, and its refusal leaves no user behind.
    """
    install("""
        return jsonb_build_object('error', jsonb_build_object(
          'http_code', 403, 'message', 'no ' || (event ->> 'authentication_method')));
    """)
    count = "select count(*) from auth.users where is_anonymous"
    before = api.execute(count)

    response = api.call("POST", "/auth/v1/signup", json={})

    assert (403, "no anonymous") == (response.status_code, response.json()["msg"])
    assert before == api.execute(count)


def test_a_hook_may_not_drop_a_required_claim(install: Any, sign_up: Any) -> None:
    """
    A hook that loses a claim that every token needs is refused.
    """
    install("return jsonb_set(event, '{claims}', (event -> 'claims') - 'session_id');")

    response = sign_up()

    assert 500 == response.status_code
    assert "session_id is required" in response.json()["msg"]


def test_a_slow_hook_is_given_up(install: Any, sign_up: Any) -> None:
    """
    A hook has two seconds.
    """
    install("perform pg_sleep(10); return event;")

    assert 500 == sign_up().status_code
