"""
Flask: an extension that answers refused requests, and a decorator that demands a caller.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from flask import Response, current_app, request

from supaopt.auth import Claims, SupabaseAuth, problem
from supaopt.auth._guards import with_roles
from supaopt.contrib._colour import check_colour
from supaopt.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask
    from supabase import Client

    from supaopt.auth import AuthResult, Guard

C = TypeVar("C", bound=Claims)
P = ParamSpec("P")
R = TypeVar("R")


class Supaopt:
    """
    Makes an app answer every `AuthError` with a problem document.

    Args:
        app: The app, or None to call `init_app` later.

    Examples:
        >>> Supaopt(app)  # doctest: +SKIP
        >>> @app.get("/users")  # doctest: +SKIP
        ... @require(auth, any_of("admin"))
        ... def users(caller):
        ...     return caller.client.table("profiles").select("id").execute().data
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """
        Install into *app*.
        """
        app.register_error_handler(AuthError, answer)
        app.extensions["supaopt"] = self


def require(
    auth: SupabaseAuth[C], *guards: Guard, required_roles: Iterable[str] | None = None
) -> Callable[[Callable[Concatenate[AuthResult[C, Client], P], R]], Callable[P, R]]:
    """
    Decorate a view: the caller becomes its first argument.

    Args:
        auth: Verifies the tokens, also for async views, which Flask runs on a loop of their own.
        guards: What the caller must satisfy.
        required_roles: Roles of which the caller must have one; short for `any_of`.

    Raises:
        ConfigError: *auth* is of the other colour, or the roles cannot be meant.
    """
    check_colour(auth, SupabaseAuth, "require")
    demanded = with_roles(guards, required_roles)

    def decorate(
        view: Callable[Concatenate[AuthResult[C, Client], P], R],
    ) -> Callable[P, R]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            caller = auth.authenticate_request(request, *demanded)
            # An async view would hand back a coroutine, which only Flask knows how to run.
            answered: R = current_app.ensure_sync(view)(caller, *args, **kwargs)
            return answered

        return guarded

    return decorate


def answer(error: AuthError) -> Response:
    """
    Answer an `AuthError`; the shape of Flask's error handlers.
    """
    refusal = problem(error)
    return Response(refusal.body, refusal.status, headers=dict(refusal.headers))
