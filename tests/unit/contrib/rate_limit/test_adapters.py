"""
Limits in front of each framework's routes.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import django
import pytest
from django.conf import settings
from django.http import HttpResponse
from fastapi import Depends, FastAPI, WebSocket
from flask import Flask
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from supaopt.auth import AuthResult
from supaopt.contrib.asgi import AuthMiddleware
from supaopt.contrib.fastapi import require
from supaopt.contrib.flask import Supaopt
from supaopt.contrib.flask import require as require_flask
from supaopt.contrib.rate_limit import AsyncRateLimiter, RateLimit, RateLimiter, fastapi
from supaopt.contrib.rate_limit.asgi import RateLimitMiddleware
from supaopt.contrib.rate_limit.flask import limited as limited_flask
from supaopt.contrib.starlette import SupabaseBackend
from supaopt.errors import ConfigError

if not settings.configured:
    settings.configure()
django.setup()

from django.test import AsyncRequestFactory, RequestFactory  # noqa: E402 - needs settings

from supaopt.contrib.django import require as require_django  # noqa: E402 - likewise
from supaopt.contrib.rate_limit.django import limited as limited_django  # noqa: E402 - likewise

Headers = Callable[..., dict[str, str]]
ONCE = RateLimit("1/hour")
BY_ROUTE = RateLimit("1/hour", by=["route"])
ADA, BOB = "9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1", "9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f2"


def _problem(answered: Any) -> tuple[int, str, str]:
    headers = answered.headers
    body = json.loads(answered.content if hasattr(answered, "content") else answered.data)
    return answered.status_code, headers["content-type"], body["code"]


REFUSED = (429, "application/problem+json", "rate_limited")


async def _hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
        return
    await PlainTextResponse("hello")(scope, receive, send)


def test_the_middleware_answers_in_the_apps_place() -> None:
    """The first request passes and is told of the limit, the second gets a problem document."""
    client = TestClient(RateLimitMiddleware(_hello, AsyncRateLimiter(), ONCE))
    passed, refused = client.get("/"), client.get("/")
    assert (200, '"default";q=1;w=3600') == (passed.status_code, passed.headers["ratelimit-policy"])
    assert REFUSED == _problem(refused)
    assert 0 < int(refused.headers["retry-after"]) <= 3600


def test_the_middleware_closes_websockets() -> None:
    """A WebSocket too many is refused at its handshake."""
    client = TestClient(RateLimitMiddleware(_hello, AsyncRateLimiter(), ONCE))
    with client.websocket_connect("/"):
        pass
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/"):
        pass
    assert (1008, "rate_limited") == (caught.value.code, caught.value.reason)


def test_start_up_is_not_counted() -> None:
    """Scopes that are no request pass."""
    reached = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    middleware = RateLimitMiddleware(app, AsyncRateLimiter(), ONCE)
    for _ in range(2):
        asyncio.run(middleware({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert ["lifespan"] * 2 == reached


@pytest.mark.parametrize("by", ["asgi", "starlette"])
def test_the_middleware_knows_who_was_let_in(by: str, async_auth: Any, headers_of: Headers) -> None:
    """Behind either of our authentication middlewares, users count apart."""
    limited: Any = RateLimitMiddleware(_hello, AsyncRateLimiter(), ONCE)
    if by == "asgi":
        app: Any = AuthMiddleware(limited, async_auth)
    else:
        backend = SupabaseBackend(async_auth)
        app = AuthenticationMiddleware(limited, backend=backend)
    client = TestClient(app)
    answers = [client.get("/", headers=headers_of(sub=who)) for who in (ADA, BOB, ADA)]
    assert [200, 200, 429] == [answer.status_code for answer in answers]


def test_the_middleware_refuses_what_it_cannot_do() -> None:
    """A limit by route or a limiter that blocks the loop shows when the app is built."""
    with pytest.raises(ConfigError, match="does not know the route"):
        RateLimitMiddleware(_hello, AsyncRateLimiter(), BY_ROUTE)
    with pytest.raises(ConfigError, match="takes AsyncRateLimiter, not RateLimiter"):
        RateLimitMiddleware(_hello, RateLimiter(), ONCE)  # type: ignore[arg-type]


@pytest.fixture(name="limiter", params=[RateLimiter, AsyncRateLimiter])
def _limiter(request: pytest.FixtureRequest) -> Any:
    return request.param()


@pytest.fixture(name="app")
def _app(limiter: Any, async_auth: Any) -> FastAPI:
    app = FastAPI()
    signed_in = require(async_auth)
    per_user = fastapi.limited(limiter, ONCE, caller=signed_in)
    per_route = fastapi.limited(limiter, RateLimit("2/hour", by=["route"], name="route"))

    @app.get("/me", dependencies=[Depends(per_user), Depends(per_route)])
    async def me(caller: Annotated[AuthResult, Depends(signed_in)]) -> str:
        return str(caller.user.id)

    @app.get("/items/{item}", dependencies=[Depends(per_route)])
    async def items(item: int) -> int:
        return item

    @app.websocket("/live")
    async def live(socket: WebSocket, _: Annotated[None, Depends(per_route)]) -> None:
        await socket.accept()
        await socket.close()

    return app


def test_a_route_counts_by_user(app: FastAPI, headers_of: Headers) -> None:
    """With the dependency of the caller, each user has an allowance, told with the others'."""
    client = TestClient(app)
    answers = [client.get("/me", headers=headers_of(sub=who)) for who in (ADA, ADA, BOB)]
    assert [200, 429, 200] == [answer.status_code for answer in answers]
    told = answers[0].headers["ratelimit-policy"]
    assert '"default";q=1;w=3600, "route";q=2;w=3600' == told


@pytest.mark.parametrize("place", ["asgi", "fastapi", "flask", "django"])
def test_an_allowance_alone_is_no_limit(place: str) -> None:
    """Who passes the text of one reads at once what to write, not at the first request."""
    limit: Any = "100/minute"
    with pytest.raises(ConfigError, match=r"not str; pass RateLimit\('100/minute'\)"):
        {
            "asgi": lambda: RateLimitMiddleware(_hello, AsyncRateLimiter(), limit),
            "fastapi": lambda: fastapi.limited(AsyncRateLimiter(), limit),
            "flask": lambda: limited_flask(RateLimiter(), limit),
            "django": lambda: limited_django(RateLimiter(), limit),
        }[place]()


def test_a_caller_whose_user_cannot_be_told_is_refused(limiter: Any) -> None:
    """A dependency that yields something else would count everybody by address, in silence."""
    app = FastAPI()
    per_user = fastapi.limited(limiter, ONCE, caller=lambda: {"sub": "ada"})

    @app.get("/me", dependencies=[Depends(per_user)])
    async def me() -> None: ...

    with pytest.raises(ConfigError, match="yields a dict, whose user cannot be told"):
        TestClient(app).get("/me")


def test_attack_many_paths_of_one_route_are_one_count(app: FastAPI) -> None:
    """A caller who invents paths does not invent allowances."""
    client = TestClient(app)
    answers = [client.get(f"/items/{number}") for number in range(3)]
    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert "too many requests; try again in" in answers[2].json()["detail"]
    assert "retry-after" in answers[2].headers


def test_installed_refusals_are_problem_documents(app: FastAPI) -> None:
    """After `install`, FastAPI answers with a problem document."""
    fastapi.install(app)
    client = TestClient(app)
    answers = [client.get("/items/1") for _ in range(3)]
    assert REFUSED == _problem(answers[2])


def test_a_websocket_route_counts_too(app: FastAPI) -> None:
    """A WebSocket too many is closed."""
    client = TestClient(app)
    for _ in range(2):
        with client.websocket_connect("/live"):
            pass
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/live"):
        pass
    assert (1008, "rate_limited") == (caught.value.code, caught.value.reason)


def test_a_flask_view_counts_by_user(sync_auth: Any, headers_of: Headers) -> None:
    """Below `require`, plain and async views count each user apart."""
    app = Flask("test")
    Supaopt(app)
    limiter = RateLimiter()

    @app.get("/plain")
    @require_flask(sync_auth)
    @limited_flask(limiter, RateLimit("1/hour", by=["user", "route"]))
    def plain(caller: AuthResult[Any, Any]) -> str:
        return "hello"

    @app.get("/later")
    @require_flask(sync_auth)
    @limited_flask(limiter, RateLimit("1/hour", by=["user", "route"]))
    async def later(caller: AuthResult[Any, Any]) -> str:
        return "hello"

    client = app.test_client()
    for path in ("/plain", "/later"):
        answers = [client.get(path, headers=headers_of(sub=who)) for who in (ADA, BOB, ADA)]
        assert [200, 200, 429] == [answer.status_code for answer in answers]
        assert REFUSED == _problem(answers[2])
        assert '"default";q=1;w=3600' == answers[0].headers["ratelimit-policy"]


def test_flask_refuses_a_limiter_that_must_be_awaited() -> None:
    """A limiter that only promises to count cannot let everybody through."""
    with pytest.raises(ConfigError, match="takes RateLimiter, not AsyncRateLimiter"):
        limited_flask(AsyncRateLimiter(), ONCE)  # type: ignore[arg-type]


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_django_view_counts_by_user(
    colour: str, sync_auth: Any, async_auth: Any, headers_of: Headers
) -> None:
    """Below `require`, views of both colours count each user apart and tell of every limit."""
    wider = RateLimit("9/hour", name="wider")
    if colour == "sync":
        limiter = RateLimiter()

        @require_django(sync_auth)
        @limited_django(limiter, ONCE)
        @limited_django(limiter, wider)
        def view(request: Any, caller: Any) -> HttpResponse:
            return HttpResponse("hello")

        def ask(headers: dict[str, str]) -> Any:
            return view(RequestFactory().get("/", headers=headers))

    else:
        alimiter = AsyncRateLimiter()

        @require_django(async_auth)
        @limited_django(alimiter, ONCE)
        @limited_django(alimiter, wider)
        async def aview(request: Any, caller: Any) -> HttpResponse:
            return HttpResponse("hello")

        def ask(headers: dict[str, str]) -> Any:
            return asyncio.run(aview(AsyncRequestFactory().get("/", headers=headers)))

    answers = [ask(headers_of(sub=who)) for who in (ADA, BOB, ADA)]
    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert REFUSED == _problem(answers[2])
    assert '"wider";q=9;w=3600, "default";q=1;w=3600' == answers[0]["ratelimit-policy"]


def test_djangos_colours_do_not_mix() -> None:
    """A plain view with an async limiter, or the reverse, is refused when it is decorated."""

    def view(request: Any) -> Any:
        return None

    async def aview(request: Any) -> Any:
        return None

    for limiter, wrong in ((AsyncRateLimiter(), view), (RateLimiter(), aview)):
        with pytest.raises(ConfigError, match="two colours"):
            limited_django(limiter, ONCE)(wrong)  # type: ignore[arg-type]
