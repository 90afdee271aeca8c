"""
ASGI: middleware in front of any app.
"""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from supaopt.auth import any_of
from supaopt.contrib.asgi import CALLER, AuthMiddleware
from supaopt.errors import ConfigError

Headers = Callable[..., dict[str, str]]


@pytest.fixture(name="client")
def _client(async_auth: Any) -> TestClient:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": scope[CALLER].claims.user_role})
            await send({"type": "websocket.close"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope[CALLER].user.email.encode()})

    return TestClient(AuthMiddleware(app, async_auth, any_of("admin")))


def test_the_caller_is_in_the_scope(client: TestClient, headers_of: Headers) -> None:
    """The app behind finds who sent the request."""
    assert "ada@example.com" == client.get("/", headers=headers_of()).text


@pytest.mark.parametrize(("role", "status"), [("student", 403), (None, 403)])
def test_the_app_is_not_reached_by_others(
    role: str | None, status: int, client: TestClient, headers_of: Headers
) -> None:
    """A refused request is answered in the app's place."""
    answered = client.get("/", headers=headers_of(role))
    assert (status, "role_required") == (answered.status_code, answered.json()["code"])


def test_strangers_get_a_challenge(client: TestClient) -> None:
    """Without a token the answer says how to send one."""
    answered = client.get("/")
    assert (401, "Bearer") == (answered.status_code, answered.headers["www-authenticate"])


def test_websockets_are_guarded_too(client: TestClient, headers_of: Headers) -> None:
    """A WebSocket reaches the app with a good token and is closed with a bad one."""
    with client.websocket_connect("/", headers=headers_of()) as socket:
        assert "admin" == socket.receive_text()
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("/", headers=headers_of("student")),
    ):
        pass
    assert 1008 == caught.value.code


def test_other_scopes_pass(async_auth: Any) -> None:
    """Start-up and shutdown reach the app."""
    reached = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    with TestClient(AuthMiddleware(app, async_auth)):
        pass
    assert ["lifespan"] == reached


def test_an_auth_that_blocks_is_refused(sync_auth: Any) -> None:
    """An auth object that would block the loop shows when the app is built."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    with pytest.raises(ConfigError, match="takes AsyncSupabaseAuth, not SupabaseAuth"):
        AuthMiddleware(app, sync_auth)
