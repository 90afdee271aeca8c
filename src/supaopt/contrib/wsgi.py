"""
Any WSGI app: middleware that lets nobody through whom the guards refuse.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from supaopt.auth import SupabaseAuth, problem
from supaopt.contrib._colour import check_colour
from supaopt.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from supaopt.auth import Guard

CALLER = "supaopt.caller"
"""Where the `AuthResult` is in a WSGI environ."""


class AuthMiddleware:
    """
    Puts the caller into ``environ["supaopt.caller"]``, or answers in the app's place.

    Args:
        app: What is protected.
        auth: Verifies the tokens.
        guards: What every caller must satisfy.

    Raises:
        ConfigError: *auth* is of the other colour.

    Examples:
        >>> app = AuthMiddleware(app, auth, active())  # doctest: +SKIP
    """

    def __init__(self, app: WSGIApplication, auth: SupabaseAuth[Any], *guards: Guard) -> None:
        check_colour(auth, SupabaseAuth, "the WSGI AuthMiddleware")
        self._app = app
        self._auth = auth
        self._guards = guards

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """
        Serve one request.
        """
        try:
            environ[CALLER] = self._auth.authenticate_request(environ, *self._guards)
        except AuthError as error:
            return _refuse(start_response, error)
        return self._app(environ, start_response)


def _refuse(start_response: StartResponse, error: AuthError) -> Iterable[bytes]:
    refusal = problem(error)
    headers = [*refusal.headers.items(), ("content-length", str(len(refusal.body)))]
    start_response(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers)
    return [refusal.body]
