"""
Flask: the extension and the decorator.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supaopt.auth import AuthResult, any_of, tenant
from supaopt.contrib.flask import Supaopt, require
from supaopt.errors import ConfigError

Headers = Callable[..., dict[str, str]]


@pytest.fixture(name="client")
def _client(sync_auth: Any) -> FlaskClient:
    app = Flask("test")
    Supaopt(app)

    @app.get("/me")
    @require(sync_auth)
    def me(caller: AuthResult[Any, Any]) -> dict[str, Any]:
        return {"email": caller.user.email}

    @app.get("/admin/<int:page>")
    @require(sync_auth, any_of("admin"))
    def admin(caller: AuthResult[Any, Any], page: int) -> dict[str, Any]:
        return {"role": caller.claims.user_role, "page": page}

    @app.get("/async")
    @require(sync_auth, any_of("admin"))
    async def later(caller: AuthResult[Any, Any]) -> dict[str, Any]:
        return {"role": caller.claims.user_role}

    @app.get("/tenant")
    @require(sync_auth)
    def one_tenant(caller: AuthResult[Any, Any]) -> str:
        caller.require(tenant("9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"))
        return ""

    return app.test_client()


def test_a_view_gets_its_caller(client: FlaskClient, headers_of: Headers) -> None:
    """The caller comes first, path arguments after."""
    assert {"email": "ada@example.com"} == client.get("/me", headers=headers_of()).json
    assert {"role": "admin", "page": 3} == client.get("/admin/3", headers=headers_of()).json


@pytest.mark.parametrize(
    ("path", "code"), [("/admin/1", "role_required"), ("/tenant", "tenant_mismatch")]
)
def test_refusals_are_problem_documents(
    path: str, code: str, client: FlaskClient, headers_of: Headers
) -> None:
    """What guards and views refuse is answered as RFC 9457 says."""
    answered = client.get(path, headers=headers_of("student"))
    assert answered.json is not None
    assert (403, code, "application/problem+json") == (
        answered.status_code,
        answered.json["code"],
        answered.content_type,
    )


def test_an_async_view_gets_its_caller(client: FlaskClient, headers_of: Headers) -> None:
    """Async views, which Flask runs on a loop of their own, are guarded alike."""
    admitted = client.get("/async", headers=headers_of())
    refused = client.get("/async", headers=headers_of("student"))
    assert ({"role": "admin"}, 403) == (admitted.json, refused.status_code)


def test_an_auth_that_must_be_awaited_is_refused(async_auth: Any) -> None:
    """An auth object that only promises an answer cannot let everybody through."""
    with pytest.raises(ConfigError, match="takes SupabaseAuth, not AsyncSupabaseAuth"):
        require(async_auth)


def test_strangers_get_a_challenge(client: FlaskClient) -> None:
    """Without a token the answer says how to send one."""
    answered = client.get("/me")
    assert (401, "Bearer") == (answered.status_code, answered.headers["www-authenticate"])


def test_the_extension_can_be_installed_later() -> None:
    """The application-factory pattern works."""
    extension, app = Supaopt(), Flask("later")
    extension.init_app(app)
    assert extension is app.extensions["supaopt"]
