"""
FastAPI: the caller as a dependency, with its OpenAPI security scheme.
"""

# No postponed annotations here: FastAPI cannot resolve those of a callable object.
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, overload

from fastapi import FastAPI, HTTPException, WebSocketException
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer
from fastapi.openapi.models import SecurityBase as SecurityBaseModel
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from supaopt.auth import AsyncSupabaseAuth, AuthResult, Guard, SupabaseAuth, problem
from supaopt.auth._claims import ClaimsT
from supaopt.auth._guards import with_roles
from supaopt.auth._project import KeyKind
from supaopt.contrib.starlette import answer
from supaopt.errors import AuthError

if TYPE_CHECKING:
    from supabase import AsyncClient, Client

_POLICY_VIOLATION = 1008


def _user_scheme() -> SecurityBaseModel:
    return HTTPBearer(bearerFormat="JWT", description="Access token of Supabase Auth")


def _key_scheme() -> SecurityBaseModel:
    where: dict[str, Any] = {"in": APIKeyIn.header}
    return APIKey(name="apikey", description="API key of the Supabase project", **where)


class RefusedError(HTTPException):
    """
    A request that is not let through.

    FastAPI answers it by itself; after `install` the answer is a problem document.

    Attributes:
        error: Why.
    """

    def __init__(self, error: AuthError) -> None:
        refusal = problem(error)
        headers = {k: v for k, v in refusal.headers.items() if k != "content-type"}
        super().__init__(refusal.status, detail=str(error), headers=headers)
        self.error = error


@dataclass(frozen=True)
class _Require(SecurityBase):
    # Equal for equal guards, so dependency_overrides finds one that was made anew, and FastAPI
    # runs it once for a request that asks for it twice.
    guards: tuple[Guard, ...]
    model: SecurityBaseModel = field(default_factory=_user_scheme, init=False, compare=False)
    scheme_name: str = field(default="Supabase", init=False, compare=False)


@dataclass(frozen=True)
class Require(_Require, Generic[ClaimsT]):
    """
    A dependency that yields the caller; made by `require`.
    """

    auth: SupabaseAuth[ClaimsT]

    def __call__(self, connection: HTTPConnection) -> "AuthResult[ClaimsT, Client]":
        """
        Return who sent the request; FastAPI calls it on a thread.
        """
        try:
            return self.auth.authenticate_request(connection, *self.guards)
        except AuthError as error:
            raise _refusal(connection, error) from error


@dataclass(frozen=True)
class AsyncRequire(_Require, Generic[ClaimsT]):
    """
    A dependency that yields the caller; made by `require`.
    """

    auth: AsyncSupabaseAuth[ClaimsT]

    async def __call__(self, connection: HTTPConnection) -> "AuthResult[ClaimsT, AsyncClient]":
        """
        Return who sent the request.
        """
        try:
            return await self.auth.authenticate_request(connection, *self.guards)
        except AuthError as error:
            raise _refusal(connection, error) from error


@overload
def require(
    auth: SupabaseAuth[ClaimsT], *guards: Guard, required_roles: Iterable[str] | None = None
) -> Require[ClaimsT]: ...
@overload
def require(
    auth: AsyncSupabaseAuth[ClaimsT], *guards: Guard, required_roles: Iterable[str] | None = None
) -> AsyncRequire[ClaimsT]: ...
def require(
    auth: SupabaseAuth[Any] | AsyncSupabaseAuth[Any],
    *guards: Guard,
    required_roles: Iterable[str] | None = None,
) -> Require[Any] | AsyncRequire[Any]:
    """
    Return a dependency that yields the caller of an HTTP or WebSocket route.

    Args:
        auth: Verifies the tokens. With `SupabaseAuth`, use the client in plain ``def`` routes.
        guards: What the caller must satisfy.
        required_roles: Roles of which the caller must have one; short for `any_of`.

    Examples:
        >>> Admin = Annotated[AuthResult, Depends(require(auth, any_of("admin")))]  # doctest: +SKIP
        >>> @app.get("/users")  # doctest: +SKIP
        ... async def users(caller: Admin) -> list[dict[str, Any]]:
        ...     return (await caller.client.table("profiles").select("id").execute()).data
    """
    demanded = with_roles(guards, required_roles)
    if isinstance(auth, AsyncSupabaseAuth):
        return AsyncRequire(demanded, auth)
    return Require(demanded, auth)


@dataclass(frozen=True)
class RequireKey(SecurityBase):
    """
    A dependency that demands an API key; made by `require_key`.
    """

    auth: SupabaseAuth[Any] | AsyncSupabaseAuth[Any]
    kind: KeyKind
    model: SecurityBaseModel = field(default_factory=_key_scheme, init=False, compare=False)
    scheme_name: str = field(default="SupabaseKey", init=False, compare=False)

    async def __call__(self, connection: HTTPConnection) -> None:
        """
        Demand the key; nothing is awaited.
        """
        try:
            self.auth.require_key(connection, self.kind)
        except AuthError as error:
            raise _refusal(connection, error) from error


def require_key(
    auth: SupabaseAuth[Any] | AsyncSupabaseAuth[Any], kind: KeyKind = "publishable"
) -> RequireKey:
    """
    Return a dependency for routes that machines call; see `SupabaseAuth.require_key`.

    Args:
        auth: Knows the project's keys.
        kind: ``publishable`` or ``secret``.

    Examples:
        >>> secret = Depends(require_key(auth, "secret"))  # doctest: +SKIP
        >>> @app.post("/nightly", dependencies=[secret])  # doctest: +SKIP
        ... async def nightly() -> None: ...
    """
    return RequireKey(auth, kind)


def install(app: FastAPI) -> None:
    """
    Make *app* answer refused requests with a problem document, from dependencies and handlers.
    """

    def handle(request: Request, error: Exception) -> Response:
        return answer(request, error.error if isinstance(error, RefusedError) else error)

    app.add_exception_handler(AuthError, handle)
    app.add_exception_handler(RefusedError, handle)


def _refusal(connection: HTTPConnection, error: AuthError) -> Exception:
    if connection.scope["type"] == "websocket":
        return WebSocketException(_POLICY_VIOLATION, reason=error.code)
    return RefusedError(error)
