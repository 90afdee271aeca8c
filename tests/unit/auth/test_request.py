"""
Finding the token in requests of every framework.
"""

from email.message import Message
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from flask import Request as FlaskRequest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from starlette.requests import Request as StarletteRequest
from werkzeug.test import EnvironBuilder

from supaopt.auth._request import bearer_token, header_values
from supaopt.errors import AuthError, ConfigError, TokenInvalidError

VALUE = "Bearer abc"


def _scope(*values: str, name: bytes = b"authorization") -> dict[str, Any]:
    pairs = [(b"host", b"x"), *((name, value.encode()) for value in values)]
    return {"type": "http", "headers": pairs}


def _django() -> Any:
    if not django_settings.configured:
        django_settings.configure()
    from django.test import RequestFactory

    return RequestFactory().get("/", headers={"Authorization": VALUE})


def _message() -> Message:
    message = Message()
    message["Authorization"] = VALUE
    return message


REQUESTS: dict[str, Any] = {
    "an ASGI scope": lambda: _scope(VALUE),
    "an ASGI scope in upper case": lambda: _scope(VALUE, name=b"Authorization"),
    "Starlette": lambda: StarletteRequest(_scope(VALUE)),
    "Django": _django,
    "Flask": lambda: FlaskRequest(EnvironBuilder(headers={"Authorization": VALUE}).get_environ()),
    "a WSGI environ": lambda: EnvironBuilder(headers={"Authorization": VALUE}).get_environ(),
    "httpx": lambda: httpx.Request("GET", "https://x", headers={"Authorization": VALUE}),
    "aiohttp": lambda: SimpleNamespace(headers=CIMultiDict(Authorization=VALUE)),
    "an e-mail message": lambda: SimpleNamespace(headers=_message()),
    "a Lambda event": lambda: {"headers": {"authorization": VALUE}},
    "a Lambda event with lists": lambda: {
        "headers": {"Authorization": VALUE},
        "multiValueHeaders": {"Authorization": [VALUE]},
    },
    "a mapping": lambda: {"Authorization": VALUE},
    "a mapping in upper case": lambda: {"AUTHORIZATION": VALUE},
    "something with get": lambda: SimpleNamespace(
        headers=SimpleNamespace(get={"authorization": VALUE}.get)
    ),
}


@pytest.mark.parametrize("make", REQUESTS.values(), ids=REQUESTS.keys())
def test_the_token_is_found_in(make: Any) -> None:
    """Every kind of request yields its bearer token."""
    assert "abc" == bearer_token(make())


NONE: dict[str, Any] = {
    "an ASGI scope": _scope,
    "Starlette": lambda: StarletteRequest(_scope()),
    "Flask": lambda: FlaskRequest(EnvironBuilder().get_environ()),
    "aiohttp": lambda: SimpleNamespace(headers=CIMultiDict()),
    "httpx": lambda: httpx.Request("GET", "https://x"),
    "an empty mapping": dict,
    "a mapping with null": lambda: {"Authorization": None},
    "a Lambda event": lambda: {"headers": {}},
    "something with get": lambda: SimpleNamespace(headers=SimpleNamespace(get={}.get)),
}


@pytest.mark.parametrize("make", NONE.values(), ids=NONE.keys())
def test_a_missing_header_is_a_401(make: Any) -> None:
    """A request without the header says token_missing."""
    with pytest.raises(TokenInvalidError) as caught:
        bearer_token(make())
    assert ("token_missing", 401) == (caught.value.code, caught.value.status)


SEVERAL: dict[str, Any] = {
    "an ASGI scope": lambda: _scope(VALUE, VALUE),
    "Starlette": lambda: StarletteRequest(_scope(VALUE, "Bearer evil")),
    "httpx": lambda: httpx.Request(
        "GET", "https://x", headers=[("Authorization", VALUE), ("authorization", "Bearer evil")]
    ),
    "aiohttp": lambda: SimpleNamespace(
        headers=CIMultiDict([("Authorization", VALUE), ("authorization", VALUE)])
    ),
    "a mapping with two spellings": lambda: {"Authorization": VALUE, "authorization": VALUE},
    "a Lambda event": lambda: {"multiValueHeaders": {"authorization": [VALUE, VALUE]}},
}


@pytest.mark.parametrize("make", SEVERAL.values(), ids=SEVERAL.keys())
def test_several_headers_are_refused(make: Any) -> None:
    """Two Authorization headers are refused, equal or not: a proxy may have read the other."""
    with pytest.raises(TokenInvalidError) as caught:
        bearer_token(make())
    assert "multiple_credentials" == caught.value.code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Basic YTpi", "no_bearer"),
        ("Bearer", "no_bearer"),
        ("Bearer ", "no_bearer"),
        ("Bearer\tabc", "no_bearer"),
        ("abc", "no_bearer"),
        ("", "no_bearer"),
        ("Token abc", "no_bearer"),
        ("Bearer sb_publishable_x", "api_key_as_token"),
        ("Bearer sb_secret_x", "api_key_as_token"),
    ],
)
def test_other_credentials_are_refused(value: str, code: str) -> None:
    """Other schemes, an empty token and API keys are refused, each for its own reason."""
    with pytest.raises(TokenInvalidError) as caught:
        bearer_token({"authorization": value})
    assert code == caught.value.code


@pytest.mark.parametrize("value", ["bearer abc", "BEARER abc", "Bearer   abc", "Bearer abc "])
def test_the_scheme_is_read_as_rfc_9110_says(value: str) -> None:
    """The scheme's case and the number of spaces do not matter."""
    assert "abc" == bearer_token({"authorization": value})


@pytest.mark.parametrize("thing", [None, 3, "Bearer abc", [("authorization", "Bearer abc")]])
def test_what_has_no_headers_is_a_programming_error(thing: Any) -> None:
    """Something that is no request is named, with what to pass."""
    with pytest.raises(ConfigError, match=f"{type(thing).__name__} is no request"):
        bearer_token(thing)


@given(st.binary(max_size=200))
def test_any_header_bytes_end_in_a_token_or_an_auth_error(value: bytes) -> None:
    """Whatever bytes a client sends, nothing but AuthError comes out."""
    try:
        token = bearer_token({"type": "http", "headers": [(b"authorization", value)]})
    except AuthError:
        return
    assert token


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=6))
def test_any_mapping_of_headers_is_read(headers: dict[str, str]) -> None:
    """No name or value in a header mapping makes reading it fail."""
    assert isinstance(header_values({"headers": headers}, "authorization"), list)
