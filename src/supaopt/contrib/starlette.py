"""
Starlette: a backend for its `AuthenticationMiddleware`, and answers to refused requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    BaseUser,
)
from starlette.responses import Response

from supaopt.auth import AsyncSupabaseAuth, problem, roles_of
from supaopt.contrib._colour import check_colour
from supaopt.errors import AuthError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection, Request

    from supaopt.auth import AuthResult


class RefusedError(AuthenticationError):
    """
    A request that is not let through, as Starlette's middleware wants to hear it.

    Attributes:
        error: Why.
    """

    def __init__(self, error: AuthError) -> None:
        super().__init__(str(error))
        self.error = error


class SupabaseUser(BaseUser):
    """
    The caller as ``request.user``.

    Attributes:
        caller: The `AuthResult`, with claims and client.
    """

    def __init__(self, caller: AuthResult[Any, Any]) -> None:
        self.caller = caller

    @property
    def is_authenticated(self) -> bool:
        """
        True: strangers get Starlette's UnauthenticatedUser.
        """
        return True

    @property
    def display_name(self) -> str:
        """
        The e-mail address, or the id of a user without one.
        """
        return self.caller.user.email or self.identity

    @property
    def identity(self) -> str:
        """
        The user's id.
        """
        return str(self.caller.user.id)


class SupabaseBackend(AuthenticationBackend):
    """
    Signs requests in for Starlette's `AuthenticationMiddleware` and its ``@requires``.

    A request without a token stays anonymous; one with a bad token is refused. Scopes are
    ``authenticated`` and the caller's roles in the application, in lower case.

    Args:
        auth: Verifies the tokens.

    Raises:
        ConfigError: *auth* is of the other colour.

    Examples:
        >>> app = Starlette(middleware=[  # doctest: +SKIP
        ...     Middleware(AuthenticationMiddleware, backend=SupabaseBackend(auth),
        ...                on_error=answer)
        ... ])
    """

    def __init__(self, auth: AsyncSupabaseAuth[Any]) -> None:
        check_colour(auth, AsyncSupabaseAuth, "SupabaseBackend")
        self._auth = auth

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """
        Return the caller's scopes and user, or None for a request without a token.
        """
        try:
            caller = await self._auth.authenticate_request(conn)
        except AuthError as error:
            if error.code == "token_missing":
                return None
            raise RefusedError(error) from error
        scopes = ["authenticated", *sorted(roles_of(caller.claims))]
        return AuthCredentials(scopes), SupabaseUser(caller)


def answer(_connection: HTTPConnection, error: Exception) -> Response:
    """
    Answer an `AuthError`; the shape of Starlette's exception handlers and ``on_error``.

    Raises:
        Exception: *error* is another one, which is not ours to answer.
    """
    cause = error.error if isinstance(error, RefusedError) else error
    if not isinstance(cause, AuthError):
        raise error
    refusal = problem(cause)
    return Response(refusal.body, refusal.status, headers=dict(refusal.headers))


def install(app: Starlette) -> None:
    """
    Make *app* answer every `AuthError` that a route raises with a problem document.
    """

    def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    app.add_exception_handler(AuthError, handle)
