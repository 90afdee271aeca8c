"""
Django: a decorator that counts before a view, plain or async.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, overload

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse

from supaopt.auth import AuthResult
from supaopt.auth._request import header_values
from supaopt.contrib.rate_limit._arguments import check_arguments
from supaopt.contrib.rate_limit._limiter import AsyncRateLimiter, RateLimiter
from supaopt.contrib.rate_limit._visit import Visit, user_of
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from supaopt.contrib.django import AsyncView, View
    from supaopt.contrib.rate_limit._limit import RateLimit
    from supaopt.contrib.rate_limit._verdict import Verdict


@overload
def limited(limiter: RateLimiter, limit: RateLimit) -> Callable[[View], View]: ...
@overload
def limited(limiter: AsyncRateLimiter, limit: RateLimit) -> Callable[[AsyncView], AsyncView]: ...
def limited(limiter: RateLimiter | AsyncRateLimiter, limit: RateLimit) -> Any:
    """
    Decorate a view: who asks too often gets 429, and every answer tells of the limit.

    Args:
        limiter: `RateLimiter` for a plain view, `AsyncRateLimiter` for an async one.
        limit: What is allowed. Below ``require``, it knows the user.

    Raises:
        ConfigError: The view is of the other colour, or *limit* no `RateLimit`.

    Examples:
        >>> @require(auth)  # doctest: +SKIP
        ... @limited(limiter, RateLimit("100/minute"))
        ... def report(request, caller): ...
    """
    check_arguments(limiter, limit, RateLimiter, AsyncRateLimiter, place="limited")

    def decorate(view: Any) -> Any:
        if iscoroutinefunction(view) != isinstance(limiter, AsyncRateLimiter):
            raise ConfigError(
                f"{view.__name__} and its limiter are of two colours: an async view takes "
                "AsyncRateLimiter, a plain one RateLimiter"
            )
        if isinstance(limiter, AsyncRateLimiter):
            return _later(view, limiter, limit)
        return _now(view, limiter, limit)

    return decorate


def _now(view: Any, limiter: RateLimiter, limit: RateLimit) -> Any:
    @functools.wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        verdict = limiter.admit(limit, _visit(request, args))
        if not verdict.allowed:
            return _refuse(verdict)
        return _tell(verdict, view(request, *args, **kwargs))

    return counted


def _later(view: Any, limiter: AsyncRateLimiter, limit: RateLimit) -> Any:
    @functools.wraps(view)
    async def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Count before the async view."""
        verdict = await limiter.admit(limit, _visit(request, args))
        if not verdict.allowed:
            return _refuse(verdict)
        return _tell(verdict, await view(request, *args, **kwargs))

    return counted


def _refuse(verdict: Verdict) -> HttpResponse:
    refusal = verdict.problem()
    return HttpResponse(refusal.body, status=refusal.status, headers=dict(refusal.headers))


def _tell(verdict: Verdict, response: Any) -> Any:
    for name, value in verdict.headers.items():
        told = response.get(name)  # by another limit
        response[name] = f"{told}, {value}" if told else value
    return response


def _visit(request: HttpRequest, args: tuple[Any, ...]) -> Visit:
    match = request.resolver_match
    return Visit(
        peer=request.META.get("REMOTE_ADDR"),
        forwarded=tuple(header_values(request, "x-forwarded-for")),
        user=next((user_of(arg) for arg in args if isinstance(arg, AuthResult)), None),
        route=None if match is None else match.route,
    )
