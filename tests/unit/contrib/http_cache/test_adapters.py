"""
The same answer through each framework.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import django
import pytest
from django.conf import settings
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from flask import Flask, session

from supaopt.cache import Entry
from supaopt.contrib.http_cache import EdgePolicy, asgi, flask, starlette, wsgi
from supaopt.contrib.http_cache.django import respond as respond_django

if not settings.configured:
    settings.configure()
django.setup()

from django.test import RequestFactory  # noqa: E402 - needs settings

ENTRY = Entry(value=[1, 2], tags=("products",), left=300.0)
PUBLIC = EdgePolicy("everybody")
Ask = Callable[[dict[str, str]], tuple[int, dict[str, str], bytes]]


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _ask_fastapi(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    app = FastAPI()

    @app.get("/")
    def products(request: Request) -> Response:
        return starlette.respond(request, ENTRY, PUBLIC)

    with TestClient(app) as client:
        answered = client.get("/", headers=headers)
    return answered.status_code, _lower(answered.headers), answered.content


def _ask_flask(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    app = Flask("test")

    @app.get("/")
    def products() -> Any:
        return flask.respond(ENTRY, PUBLIC)

    answered = app.test_client().get("/", headers=headers)
    return answered.status_code, _lower(answered.headers), answered.data


def _ask_django(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    request = RequestFactory().get("/", headers=headers)
    answered = respond_django(request, ENTRY, PUBLIC)
    return answered.status_code, _lower(answered.headers), answered.content


@pytest.mark.parametrize("ask", [_ask_fastapi, _ask_flask, _ask_django])
def test_each_framework_answers_whole_then_304(ask: Ask) -> None:
    """The first answer is whole; told of its tag, the second is a 304 with the same headers."""
    status, headers, body = ask({})
    assert (200, b"[1,2]", "application/json") == (status, body, headers["content-type"])
    again, kept, nothing = ask({"If-None-Match": f'"x", W/{headers["etag"]}'})
    assert (304, b"") == (again, nothing)
    assert "content-type" not in kept
    for name in ("cache-control", "cdn-cache-control", "etag", "vary", "cache-tag"):
        assert headers[name] == kept[name]


@pytest.mark.parametrize("ask", [_ask_fastapi, _ask_flask, _ask_django])
def test_credentials_are_seen_in_each_framework(ask: Ask) -> None:
    """A signed-in caller's answer is kept by nobody."""
    assert "private, no-store" == ask({"Authorization": "Bearer x"})[1]["cache-control"]


@pytest.mark.parametrize("guarded", [False, True])
def test_attack_a_session_behind_the_views_back_withdraws_an_answer(*, guarded: bool) -> None:
    """Flask adds its session's cookie after the view; the guard takes the answer from CDNs."""
    app = Flask("test")
    app.secret_key = "not a secret"

    @app.get("/")
    def products() -> Any:
        session["seen"] = 1
        return flask.respond(ENTRY, PUBLIC)

    if guarded:
        app.wsgi_app = wsgi.EdgeGuard(app.wsgi_app)  # type: ignore[method-assign]
    answered = app.test_client().get("/")
    assert "Set-Cookie" in answered.headers
    shared = "no-store" not in answered.headers["CDN-Cache-Control"]
    assert guarded != shared
    assert guarded != ("Cache-Tag" in answered.headers)


@pytest.mark.parametrize("cookie", [False, True])
def test_the_asgi_guard_withdraws_what_sets_a_cookie(*, cookie: bool) -> None:
    """Answers without a cookie pass as they are."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        response = starlette.respond(Request(scope), ENTRY, PUBLIC)
        if cookie:
            response.set_cookie("session", "secret")
        await response(scope, receive, send)

    answered = TestClient(asgi.EdgeGuard(app)).get("/")
    assert b"[1,2]" == answered.content
    assert cookie == ("private, no-store" == answered.headers["cache-control"])
    assert cookie == ("no-store" == answered.headers["cdn-cache-control"])
    assert cookie != ("surrogate-key" in answered.headers)


def test_the_guard_leaves_other_answers_alone() -> None:
    """What `respond` did not make keeps its headers, cookies included."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"set-cookie", b"a=b"), (b"etag", b'"x"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(asgi.EdgeGuard(app)({"type": "http"}, None, send))  # type: ignore[arg-type]
    assert [(b"set-cookie", b"a=b"), (b"etag", b'"x"')] == sent[0]["headers"]
