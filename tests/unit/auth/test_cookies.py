"""
The session cookie of @supabase/ssr, in each of its forms, and beside a header.
"""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.auth._cookies import cookie_name, session_token
from supaopt.errors import AuthError, TokenInvalidError
from supaopt.testing import JwksServer

NAME = "sb-abcdefghijklmnopqrst-auth-token"
SESSION = json.dumps({"access_token": "a.b.c", "refresh_token": "r", "user": {"name": "Zoë 💜"}})


def _base64(text: str = SESSION) -> str:
    return "base64-" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _chunked(value: str, size: int = 40) -> str:
    chunks = [value[i : i + size] for i in range(0, len(value), size)]
    return "; ".join(f"{NAME}.{number}={chunk}" for number, chunk in enumerate(chunks))


FORMS = {
    "base64url, whole": f"{NAME}={_base64()}",
    "base64url, in chunks": _chunked(_base64()),
    "base64url, in chunks out of order": "; ".join(reversed(_chunked(_base64()).split("; "))),
    "among other cookies": f"theme=dark; {NAME}={_base64()};other={NAME}",
    "without spaces": f"theme=dark;{NAME}={_base64()}",
    "in quotes": f'{NAME}="{_base64()}"',
    "padded": f"{NAME}={_base64()}==",
    "JSON, percent-encoded": f"{NAME}={quote(SESSION)}",
    "JSON, in chunks": _chunked(quote(SESSION)),
    "a list, as older helpers wrote": f"{NAME}={quote(json.dumps(['a.b.c', 'r', None]))}",
    "whole before chunks": f"{NAME}={_base64()}; {NAME}.0=base64-bm9uc2Vuc2U",
}


@pytest.mark.parametrize("header", FORMS.values(), ids=FORMS.keys())
def test_the_token_is_found_in(header: str) -> None:
    """Every form that Supabase's libraries write is read."""
    if header.endswith("=="):
        with pytest.raises(TokenInvalidError):
            session_token([header], NAME)
        return
    assert "a.b.c" == session_token([header], NAME)


def test_a_session_may_span_several_headers() -> None:
    """HTTP/2 may split the Cookie header anywhere between cookies."""
    assert "a.b.c" == session_token(_chunked(_base64()).split("; "), NAME)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ";",
        "theme=dark",
        f"x{NAME}=1",
        f"{NAME}x=1",
        f"{NAME}-code-verifier=base64-IngieHgi",
        f"{NAME}.1={_base64()}",
        NAME.upper() + "=1",
    ],
)
def test_another_cookie_is_no_session(header: str) -> None:
    """Cookies of other names, and chunks without the first, are passed over."""
    assert session_token([header], NAME) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        "base64-",
        "base64-!!!",
        "base64-A",
        "base64-" + base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
        _base64("[]"),
        _base64("{}"),
        _base64("null"),
        _base64('"a.b.c"'),
        _base64('{"access_token": 7}'),
        _base64('{"access_token": ""}'),
        _base64('{"access_token": null}'),
        _base64("[7]"),
        _base64("[" * 3_000),
        quote(SESSION)[:-9],
        "%FF%FE",
    ],
)
def test_a_broken_session_is_refused(value: str) -> None:
    """A session cookie that holds no session is an error, not an anonymous visitor."""
    with pytest.raises(TokenInvalidError) as caught:
        session_token([f"{NAME}={value}"], NAME)
    assert "cookie_invalid" == caught.value.code


@pytest.mark.parametrize(
    "headers",
    [
        [f"{NAME}={_base64()}; {NAME}={_base64()}"],
        [f"{NAME}={_base64()}", f"{NAME}={_base64()}"],
        [f"{NAME}.0=a; {NAME}.1=b; {NAME}.0=c"],
        ["; ".join(f"{NAME}.{number}=a" for number in range(40))],
    ],
)
def test_a_planted_cookie_is_refused(headers: list[str]) -> None:
    """Two cookies of one name, as when a subdomain plants its own, and floods are refused."""
    with pytest.raises(TokenInvalidError) as caught:
        session_token(headers, NAME)
    assert "multiple_credentials" == caught.value.code


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_cookie_header_is_read_or_refused(headers: list[str]) -> None:
    """No text in Cookie headers raises anything but AuthError."""
    try:
        session_token([*headers, *(f"{NAME}={header}" for header in headers)], NAME)
    except AuthError:
        return


@given(st.text(max_size=200), st.integers(1, 80))
def test_chunking_changes_nothing(access_token: str, size: int) -> None:
    """Whatever a session holds, it reads the same whole and in chunks of any size."""
    value = quote(_base64(json.dumps({"access_token": access_token})))
    if len(value) > size * 30:
        size = len(value)

    def read(header: str) -> str | None:
        try:
            return session_token([header], NAME)
        except AuthError as error:
            return error.code

    assert read(f"{NAME}={value}") == read(_chunked(value, size))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://abcdefghijklmnopqrst.supabase.co", NAME),
        ("http://127.0.0.1:54321", "sb-127-auth-token"),
        ("http://localhost:54321", "sb-localhost-auth-token"),
    ],
)
def test_the_name_is_that_of_supabase_js(url: str, name: str) -> None:
    """The cookie's name comes from the first label of the project's host."""
    assert name == cookie_name(url)


def _cookie(project: JwksServer, token: str) -> str:
    return f"{cookie_name(project.url)}={_base64(json.dumps({'access_token': token}))}"


def test_a_cookie_signs_in_where_that_was_asked_for(
    make_auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """With cookies on, a request with nothing but the cookie is its owner's."""
    auth = make_auth(cookies=True)
    caller = auth.request({"headers": {"Cookie": _cookie(project, token_of())}})
    assert "ada@example.com" == caller.user.email


def test_cookies_are_off_by_default(
    auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """A cookie alone, which a browser sends by itself, is no credential unless asked for."""
    with pytest.raises(TokenInvalidError) as caught:
        auth.request({"headers": {"Cookie": _cookie(project, token_of())}})
    assert "token_missing" == caught.value.code


def test_a_header_goes_before_a_cookie(
    make_auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """With both, the header counts, even when it is the bad one."""
    auth = make_auth(cookies=True)
    both = {"Cookie": _cookie(project, token_of({"email": "cookie@example.com"}))}
    caller = auth.request({"headers": both | {"Authorization": f"Bearer {token_of()}"}})
    assert "ada@example.com" == caller.user.email
    with pytest.raises(TokenInvalidError):
        auth.request({"headers": both | {"Authorization": "Bearer x"}})


def test_no_credentials_at_all_is_a_401(make_auth: Any) -> None:
    """With cookies on, a request without any is still told to authenticate."""
    with pytest.raises(TokenInvalidError) as caught:
        make_auth(cookies=True).request({"headers": {}})
    assert "token_missing" == caught.value.code
