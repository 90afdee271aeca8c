"""
WSGI: middleware in front of any app.
"""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from supaopt.auth import any_of
from supaopt.contrib.wsgi import CALLER, AuthMiddleware
from supaopt.errors import ConfigError

Headers = Callable[..., dict[str, str]]


@pytest.fixture(name="client")
def _client(sync_auth: Any) -> Client:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ[CALLER].user.email.encode()]

    return Client(AuthMiddleware(app, sync_auth, any_of("admin")))


def test_the_caller_is_in_the_environ(client: Client, headers_of: Headers) -> None:
    """The app behind finds who sent the request."""
    assert "ada@example.com" == client.get("/", headers=headers_of()).text


def test_the_app_is_not_reached_by_others(client: Client, headers_of: Headers) -> None:
    """A refused request is answered in the app's place."""
    forbidden = client.get("/", headers=headers_of("student"))
    unknown = client.get("/")
    assert (403, 401, "Bearer") == (
        forbidden.status_code,
        unknown.status_code,
        unknown.headers["www-authenticate"],
    )
    assert forbidden.json is not None
    assert "role_required" == forbidden.json["code"]


def test_an_auth_that_must_be_awaited_is_refused(async_auth: Any) -> None:
    """An auth object that only promises an answer cannot let everybody through."""
    with pytest.raises(ConfigError, match="takes SupabaseAuth, not AsyncSupabaseAuth"):
        AuthMiddleware(lambda _environ, _start: [], async_auth)
