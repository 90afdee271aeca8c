"""
Django: a decorator that demands a caller, and middleware that answers for views without one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, overload

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse

from supaopt.auth import AsyncSupabaseAuth, SupabaseAuth, problem
from supaopt.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from supaopt.auth import Guard

    View = Callable[..., HttpResponseBase]
    AsyncView = Callable[..., Awaitable[HttpResponseBase]]


@overload
def require(
    auth: SupabaseAuth[Any], *guards: Guard, required_roles: Iterable[str] | None = None
) -> Callable[[View], View]: ...
@overload
def require(
    auth: AsyncSupabaseAuth[Any], *guards: Guard, required_roles: Iterable[str] | None = None
) -> Callable[[AsyncView], AsyncView]: ...
def require(
    auth: SupabaseAuth[Any] | AsyncSupabaseAuth[Any],
    *guards: Guard,
    required_roles: Iterable[str] | None = None,
) -> Any:
    """
    Decorate a view: the caller becomes its second argument, and refusals become answers.

    Args:
        auth: `SupabaseAuth` for a plain view, `AsyncSupabaseAuth` for an async one.
        guards: What the caller must satisfy.
        required_roles: Roles of which the caller must have one; short for `any_of`.

    Raises:
        ConfigError: The view is of the other colour.

    Examples:
        >>> @require(auth, any_of("admin"))  # doctest: +SKIP
        ... def users(request, caller):
        ...     rows = caller.client.table("profiles").select("id").execute().data
        ...     return JsonResponse(rows, safe=False)
    """
    guarded = auth.with_auth(*guards, required_roles=required_roles)

    def decorate(view: Any) -> Any:
        if iscoroutinefunction(view) != isinstance(auth, AsyncSupabaseAuth):
            raise ConfigError(
                f"{view.__name__} and its auth are of two colours: an async view takes "
                "AsyncSupabaseAuth, a plain one SupabaseAuth"
            )
        return _answering(guarded(view))

    return decorate


class AuthErrorMiddleware:
    """
    Answers every `AuthError` that a view raises, such as one from ``caller.require``.

    Name it in MIDDLEWARE as ``supaopt.contrib.django.AuthErrorMiddleware``.

    Args:
        get_response: The rest of Django's chain.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """
        Pass the request on; Django calls `process_exception` when a view raises.
        """
        return self._get_response(request)

    def process_exception(
        self, _request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """
        Return the answer to an `AuthError`, and leave everything else alone.
        """
        return answer(exception) if isinstance(exception, AuthError) else None


def answer(error: AuthError) -> HttpResponse:
    """
    Answer an `AuthError`.
    """
    refusal = problem(error)
    return HttpResponse(refusal.body, status=refusal.status, headers=dict(refusal.headers))


def _answering(view: Any) -> Any:
    if iscoroutinefunction(view):

        @functools.wraps(view)
        async def answering_async(*args: Any, **kwargs: Any) -> Any:
            """Answer a refusal of the async view."""
            try:
                return await view(*args, **kwargs)
            except AuthError as error:
                return answer(error)

        return answering_async

    @functools.wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except AuthError as error:
            return answer(error)

    return answering
