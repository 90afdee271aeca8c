"""
FastAPI: callers as dependencies, in HTTP and WebSocket routes.
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from supaopt.auth import AuthResult, active, any_of, tenant
from supaopt.contrib.fastapi import install, require, require_key
from supaopt.errors import ConfigError, ForbiddenError

Headers = Callable[..., dict[str, str]]


@pytest.fixture(name="auth", params=["sync_auth", "async_auth"])
def _auth(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture(name="app")
def _app(auth: Any) -> FastAPI:
    app = FastAPI()
    anyone = Annotated[AuthResult, Depends(require(auth))]
    admin = Annotated[AuthResult, Depends(require(auth, any_of("admin") & active()))]

    @app.get("/me")
    def me(caller: anyone) -> dict[str, Any]:
        return {"email": caller.user.email, "role": caller.claims.user_role}

    @app.get("/admin")
    async def admins_only(caller: admin) -> dict[str, Any]:
        return {"id": str(caller.user.id)}

    @app.get("/tenant")
    async def one_tenant(caller: anyone) -> None:
        caller.require(tenant("9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"))

    @app.websocket("/live")
    async def live(socket: WebSocket, caller: admin) -> None:
        await socket.accept()
        await socket.send_text(caller.claims.user_role)
        await socket.close()

    return app


@pytest.fixture(name="client")
def _client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_a_route_gets_its_caller(client: TestClient, headers_of: Headers) -> None:
    """A request with a good token reaches the route with user and claims."""
    answer = client.get("/me", headers=headers_of("Student"))
    assert {"email": "ada@example.com", "role": "Student"} == answer.json()


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, "Bearer"),
        (
            {"Authorization": "Bearer sb_publishable_x"},
            (
                'Bearer error="invalid_token", error_description='
                '"an API key was sent as the user\'s token; send it in the apikey header"'
            ),
        ),
    ],
)
def test_strangers_get_401_with_a_challenge(
    headers: dict[str, str], challenge: str, client: TestClient
) -> None:
    """Without `install` FastAPI's own answer still has the right status and challenge."""
    answer = client.get("/me", headers=headers)
    assert (401, challenge) == (answer.status_code, answer.headers["www-authenticate"])


def test_the_wrong_role_gets_403(client: TestClient, headers_of: Headers) -> None:
    """A known caller without the role is forbidden, with the reason."""
    answer = client.get("/admin", headers=headers_of("student"))
    assert (403, "one of these roles is needed: admin") == (
        answer.status_code,
        answer.json()["detail"],
    )


def test_installed_refusals_are_problem_documents(app: FastAPI, headers_of: Headers) -> None:
    """After `install`, refusals of dependencies and of handlers are RFC 9457 documents."""
    install(app)
    with TestClient(app) as client:
        answers = [
            client.get(path, headers=headers_of("student")) for path in ("/admin", "/tenant")
        ]
    assert [
        (403, "application/problem+json", "role_required"),
        (403, "application/problem+json", "tenant_mismatch"),
    ] == [(a.status_code, a.headers["content-type"], a.json()["code"]) for a in answers]


def test_a_refusal_in_a_handler_needs_install(app: FastAPI, headers_of: Headers) -> None:
    """Without `install` what a handler raises itself is not swallowed."""
    with pytest.raises(ForbiddenError), TestClient(app) as client:
        client.get("/tenant", headers=headers_of())


def test_the_openapi_document_names_the_scheme(app: FastAPI) -> None:
    """Protected routes are marked, so the interactive docs have their Authorize button."""
    document = app.openapi()
    assert [{"Supabase": []}] == document["paths"]["/admin"]["get"]["security"]
    scheme = document["components"]["securitySchemes"]["Supabase"]
    assert ("http", "bearer", "JWT") == (scheme["type"], scheme["scheme"], scheme["bearerFormat"])


def test_a_dependency_can_be_overridden_by_an_equal_one(
    app: FastAPI, client: TestClient, auth: Any
) -> None:
    """A test replaces a caller by naming the same demand anew."""
    stand_in = type("Caller", (), {"user": type("User", (), {"id": "stand-in"})})
    app.dependency_overrides[require(auth, any_of("Admin") & active())] = lambda: stand_in
    assert {"id": "stand-in"} == client.get("/admin").json()


def test_dependencies_differ_where_demands_do(auth: Any) -> None:
    """Equality goes by auth object and guards."""
    assert require(auth, any_of("a")) == require(auth, required_roles=["A"])
    assert require(auth, any_of("a")) != require(auth, any_of("b"))
    assert require(auth) != require(auth, active())


def test_a_websocket_gets_its_caller(client: TestClient, headers_of: Headers) -> None:
    """The same dependency serves WebSocket routes."""
    with client.websocket_connect("/live", headers=headers_of()) as socket:
        assert "admin" == socket.receive_text()


@pytest.mark.parametrize("role", ["student", None])
def test_a_refused_websocket_is_closed(
    role: str | None, client: TestClient, headers_of: Headers
) -> None:
    """A WebSocket of a caller who is refused is closed before it is accepted, with the reason."""
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("/live", headers=headers_of(role)),
    ):
        pass
    assert (1008, "role_required") == (caught.value.code, caught.value.reason)


def test_an_async_client_in_a_plain_route_is_explained(
    async_auth: Any, headers_of: Headers
) -> None:
    """A def route that asks an async caller for its client is told what to use."""
    app = FastAPI()

    @app.get("/rows")
    def rows(caller: Annotated[AuthResult, Depends(require(async_auth))]) -> None:
        caller.client.table("t")

    with pytest.raises(ConfigError, match="use SupabaseAuth"), TestClient(app) as client:
        client.get("/rows", headers=headers_of())


def test_machines_show_a_key(auth: Any) -> None:
    """A route for machines is reached with the key alone, and documents it."""
    app = FastAPI()

    @app.post("/nightly", dependencies=[Depends(require_key(auth))])
    async def nightly() -> str:
        return "done"

    with TestClient(app) as client:
        answers = [
            client.post("/nightly", headers=headers)
            for headers in ({"apikey": "sb_publishable_test"}, {"apikey": "other"}, {})
        ]
    assert [200, 401, 401] == [answer.status_code for answer in answers]
    assert [{"SupabaseKey": []}] == app.openapi()["paths"]["/nightly"]["post"]["security"]
    assert require_key(auth) == require_key(auth, "publishable") != require_key(auth, "secret")
