"""
Starlette: its own authentication middleware with our backend.
"""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from supaopt.auth import tenant
from supaopt.contrib.starlette import SupabaseBackend, answer, install
from supaopt.errors import ConfigError

Headers = Callable[..., dict[str, str]]


@pytest.fixture(name="client")
def _client(async_auth: Any) -> TestClient:
    async def me(request: Request) -> JSONResponse:
        user = request.user
        return JSONResponse([user.is_authenticated, user.display_name, request.auth.scopes])

    @requires("admin")
    async def admin(request: Request) -> JSONResponse:
        return JSONResponse(request.user.identity == str(request.user.caller.user.id))

    async def one_tenant(request: Request) -> JSONResponse:
        request.user.caller.require(tenant("9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"))
        return JSONResponse(None)

    app = Starlette(
        routes=[Route("/me", me), Route("/admin", admin), Route("/tenant", one_tenant)],
        middleware=[
            Middleware(
                AuthenticationMiddleware, backend=SupabaseBackend(async_auth), on_error=answer
            )
        ],
    )
    install(app)
    return TestClient(app)


def test_a_caller_is_the_requests_user(client: TestClient, headers_of: Headers) -> None:
    """User and scopes of a request come from its token; roles are scopes."""
    answered = client.get("/me", headers=headers_of("Admin")).json()
    assert [True, "ada@example.com", ["authenticated", "admin"]] == answered


def test_a_request_without_a_token_is_anonymous(client: TestClient) -> None:
    """Public routes stay public."""
    assert [False, "", []] == client.get("/me").json()


def test_a_bad_token_is_refused_even_on_public_routes(client: TestClient) -> None:
    """Somebody who claims to be somebody has to prove it."""
    answered = client.get("/me", headers={"Authorization": "Bearer x"})
    assert (401, "token_malformed") == (answered.status_code, answered.json()["code"])


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("student", 403)])
def test_roles_work_with_requires(
    role: str, status: int, client: TestClient, headers_of: Headers
) -> None:
    """Starlette's own decorator goes by the caller's roles."""
    assert status == client.get("/admin", headers=headers_of(role)).status_code


def test_a_refusal_in_a_route_is_a_problem_document(
    client: TestClient, headers_of: Headers
) -> None:
    """What `caller.require` raises is answered."""
    answered = client.get("/tenant", headers=headers_of())
    assert (403, "tenant_mismatch") == (answered.status_code, answered.json()["code"])


def test_an_auth_that_blocks_is_refused(sync_auth: Any) -> None:
    """An auth object that would block the loop shows when the app is built."""
    with pytest.raises(ConfigError, match="takes AsyncSupabaseAuth, not SupabaseAuth"):
        SupabaseBackend(sync_auth)
