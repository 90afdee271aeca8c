"""
Flask: a decorator that counts before a view.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from flask import Response, after_this_request, current_app, request

from supaopt.auth import AuthResult
from supaopt.auth._request import header_values
from supaopt.contrib.rate_limit._arguments import check_arguments
from supaopt.contrib.rate_limit._limiter import RateLimiter
from supaopt.contrib.rate_limit._visit import Visit, user_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.contrib.rate_limit._limit import RateLimit
    from supaopt.contrib.rate_limit._verdict import Verdict

P = ParamSpec("P")
R = TypeVar("R")


def limited(
    limiter: RateLimiter, limit: RateLimit
) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """
    Decorate a view: who asks too often gets 429, and every answer tells of the limit.

    Args:
        limiter: Counts, also for async views, which Flask runs on a loop of their own.
        limit: What is allowed. Below ``require``, it knows the user.

    Raises:
        ConfigError: *limiter* is of the other colour, or *limit* no `RateLimit`.

    Examples:
        >>> @app.get("/report")  # doctest: +SKIP
        ... @require(auth)
        ... @limited(limiter, RateLimit("100/minute"))
        ... def report(caller): ...
    """
    check_arguments(limiter, limit, RateLimiter, place="limited")

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @functools.wraps(view)
        def counted(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            verdict = limiter.admit(limit, _visit(args))
            if not verdict.allowed:
                refusal = verdict.problem()
                return Response(refusal.body, refusal.status, headers=dict(refusal.headers))
            after_this_request(functools.partial(_tell, verdict))
            answered: R = current_app.ensure_sync(view)(*args, **kwargs)
            return answered

        return counted

    return decorate


def _tell(verdict: Verdict, response: Response) -> Response:
    response.headers.extend(dict(verdict.headers))
    return response


def _visit(args: tuple[Any, ...]) -> Visit:
    return Visit(
        peer=request.remote_addr,
        forwarded=tuple(header_values(request, "x-forwarded-for")),
        user=next((user_of(arg) for arg in args if isinstance(arg, AuthResult)), None),
        route=None if request.url_rule is None else request.url_rule.rule,
    )
