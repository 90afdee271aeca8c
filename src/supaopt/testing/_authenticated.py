"""
Test clients of web frameworks that send a token with each request.
"""

from __future__ import annotations

from typing import Any, TypeVar

from supaopt.errors import ConfigError

ClientT = TypeVar("ClientT")


def authenticated(client: ClientT, token: str) -> ClientT:
    """
    Have *client* send *token* as its Bearer token with each request from now on.

    Args:
        client: A test client of FastAPI, Starlette, Django (either colour, or a request factory)
            or Flask, or anything with a mapping of ``headers``, as httpx and requests have. Make
            one for each person: it is changed in place.
        token: An access token, such as `mint` or the fixture ``make_token`` makes.

    Returns:
        *client* itself.

    Raises:
        ConfigError: *client* has no place for a header.

    Examples:
        >>> import httpx
        >>> with authenticated(httpx.Client(), "a-token") as client:
        ...     client.headers["Authorization"]
        'Bearer a-token'

        With a framework's client and the fixtures of the pytest plugin:

        >>> def test_admin(make_token):
        ...     admin = authenticated(TestClient(app), make_token({"user_role": "admin"}))
        ...     assert admin.get("/users").status_code == 200
    """
    headers, name = _place(client)
    headers[name] = f"Bearer {token}"
    return client


def _place(client: Any) -> tuple[Any, str]:
    if hasattr(client, "environ_base"):  # werkzeug's, and so Flask's
        return client.environ_base, "HTTP_AUTHORIZATION"
    if hasattr(client, "get") and isinstance(getattr(client, "defaults", None), dict):
        return client.defaults, _django_name(client)
    if hasattr(client, "headers"):
        return client.headers, "Authorization"
    raise ConfigError(
        f"{type(client).__name__} is no test client of FastAPI, Starlette, Django or Flask; "
        "send the token yourself, as the header Authorization: Bearer <token>"
    )


def _django_name(client: object) -> str:
    from django.test import AsyncRequestFactory  # noqa: PLC0415 - whoever has its client has it

    # The async client wants names as ASGI has them, the other one as WSGI does.
    return "Authorization" if isinstance(client, AsyncRequestFactory) else "HTTP_AUTHORIZATION"
