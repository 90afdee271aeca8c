"""
Tests of `supaopt.testing.authenticated`: each framework's own client, against our own adapter.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import django
import httpx
import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from fastapi import Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient
from flask import Flask

from supaopt.auth import AsyncSupabaseAuth, AuthResult, SupabaseAuth
from supaopt.contrib import django as django_adapter
from supaopt.contrib import fastapi as fastapi_adapter
from supaopt.contrib import flask as flask_adapter
from supaopt.errors import ConfigError
from supaopt.testing import SigningKey, authenticated, mint

if not settings.configured:
    settings.configure()
django.setup()

from django.test import AsyncClient, Client, override_settings  # noqa: E402 - needs settings

URL = "https://abcdefghijklmnopqrst.supabase.co"
SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"
USER = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
TOKEN = mint(SigningKey.hs256(SECRET), {"iss": f"{URL}/auth/v1", "sub": USER})
AUTH = SupabaseAuth(URL, publishable_key="sb_publishable_x", jwt_secret=SECRET)
ASYNC_AUTH = AsyncSupabaseAuth(URL, publishable_key="sb_publishable_x", jwt_secret=SECRET)
Caller = Annotated[AuthResult[Any, Any], Depends(fastapi_adapter.require(ASYNC_AUTH))]


@django_adapter.require(AUTH)
def view(request: HttpRequest, caller: AuthResult[Any, Any]) -> HttpResponse:
    """Answer with the caller's id."""
    return HttpResponse(str(caller.user.id))


class Urls:
    """What Django routes by."""

    urlpatterns = (path("me", view),)


# The middlewares in a bare project are none, and the test client's host is its own.
DJANGO = override_settings(ROOT_URLCONF=Urls, ALLOWED_HOSTS=["testserver"])


def _fastapi() -> TestClient:
    app = FastAPI()
    fastapi_adapter.install(app)

    @app.get("/me")
    async def me(caller: Caller) -> UUID:
        return caller.user.id

    @app.websocket("/ws")
    async def ws(socket: WebSocket, caller: Caller) -> None:
        await socket.accept()
        await socket.send_text(str(caller.user.id))

    return TestClient(app)


def _flask() -> Any:
    app = Flask("test")
    flask_adapter.Supaopt(app)

    @app.get("/me")
    @flask_adapter.require(AUTH)
    def me(caller: AuthResult[Any, Any]) -> str:
        return str(caller.user.id)

    return app.test_client()


def _of_fastapi(client: Any) -> tuple[int, str]:
    answer = client.get("/me")
    return answer.status_code, answer.text.strip('"')


def _of_django(client: Any) -> tuple[int, str]:
    with DJANGO:
        answer = client.get("/me")
        if asyncio.iscoroutine(answer):
            answer = asyncio.run(answer)
    return answer.status_code, answer.content.decode()


def _of_flask(client: Any) -> tuple[int, str]:
    answer = client.get("/me")
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("make", "ask"),
    [
        (_fastapi, _of_fastapi),
        (Client, _of_django),
        (AsyncClient, _of_django),
        (_flask, _of_flask),
    ],
    ids=["fastapi", "django", "django-async", "flask"],
)
def test_a_client_is_somebody(
    make: Callable[[], Any], ask: Callable[[Any], tuple[int, str]]
) -> None:
    """The framework's client is nobody at first, and then whom the token names."""
    client = make()
    nobody, _ = ask(client)
    assert (401, (200, USER)) == (nobody, ask(authenticated(client, TOKEN)))


def test_a_websocket_is_somebodys_too() -> None:
    """The handshake sends the token as requests do."""
    with authenticated(_fastapi(), TOKEN).websocket_connect("/ws") as socket:
        assert USER == socket.receive_text()


def test_two_clients_are_two_people() -> None:
    """Nothing is shared between clients of one framework."""
    authenticated(Client(), TOKEN)
    assert 401 == _of_django(Client())[0]


def test_the_client_itself_comes_back() -> None:
    """The result is the client that was given, of the same type."""
    with httpx.Client() as client:
        assert client is authenticated(client, TOKEN)


def test_what_cannot_send_headers_is_refused() -> None:
    """Anything else is a programming error, and the token is not repeated."""
    with pytest.raises(ConfigError, match="object is no test client") as caught:
        authenticated(object(), TOKEN)
    assert TOKEN not in str(caught.value)
