"""
FastAPI: a limit as a dependency of a route, a router or the whole app.
"""

# No postponed annotations here: FastAPI cannot resolve those of a nested function.
from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, WebSocketException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from supaopt.auth import AuthResult
from supaopt.contrib.rate_limit._arguments import check_arguments
from supaopt.contrib.rate_limit._limit import RateLimit
from supaopt.contrib.rate_limit._limiter import AsyncRateLimiter, RateLimiter
from supaopt.contrib.rate_limit._verdict import Verdict
from supaopt.contrib.rate_limit._visit import Visit
from supaopt.contrib.rate_limit.asgi import visit_of
from supaopt.errors import ConfigError

_POLICY_VIOLATION = 1008


class LimitedError(HTTPException):
    """
    A request that may not pass.

    FastAPI answers it by itself; after `install` the answer is a problem document.

    Attributes:
        verdict: Why.
    """

    def __init__(self, verdict: Verdict) -> None:
        refusal = verdict.problem()
        headers = {k: v for k, v in refusal.headers.items() if k != "content-type"}
        super().__init__(refusal.status, detail=refusal.members["detail"], headers=headers)
        self.verdict = verdict


def limited(
    limiter: RateLimiter | AsyncRateLimiter,
    limit: RateLimit,
    *,
    caller: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """
    Return a dependency that counts, and refuses with 429.

    Args:
        limiter: Counts; with `RateLimiter`, on a thread.
        limit: What is allowed.
        caller: The dependency that yields the caller, such as ``require(auth)``, for limits by
            user. It runs once for a request that asks for it twice.

    Raises:
        ConfigError: *limit* is no `RateLimit`; or, when a request comes, *caller* yields no
            ``AuthResult``.

    Examples:
        >>> per_user = limited(limiter, RateLimit("100/minute"), caller=require(auth))
        ... # doctest: +SKIP
        >>> @app.get("/report", dependencies=[Depends(per_user)])  # doctest: +SKIP
        ... async def report() -> None: ...
    """
    check_arguments(limiter, limit, RateLimiter, AsyncRateLimiter, place="limited")
    who = Depends(caller or _nobody)
    if isinstance(limiter, AsyncRateLimiter):

        async def count_later(
            connection: HTTPConnection, response: Response, found: Any = who
        ) -> None:
            """Count on the event loop."""
            verdict = await limiter.admit(limit, _visit(connection, found))
            _tell(connection, response, verdict)

        return count_later

    def count(connection: HTTPConnection, response: Response, found: Any = who) -> None:
        _tell(connection, response, limiter.admit(limit, _visit(connection, found)))

    return count


def install(app: FastAPI) -> None:
    """
    Make *app* answer requests that may not pass with a problem document.
    """

    def handle(_request: Request, error: Exception) -> Response:
        assert isinstance(error, LimitedError)
        refusal = error.verdict.problem()
        return Response(refusal.body, refusal.status, headers=dict(refusal.headers))

    app.add_exception_handler(LimitedError, handle)


def _nobody() -> None:
    return None


def _visit(connection: HTTPConnection, caller: object) -> Visit:
    if caller is not None and not isinstance(caller, AuthResult):
        raise ConfigError(
            f"caller= of limited() yields a {type(caller).__name__}, whose user cannot be told; "
            "pass require(auth), or a dependency that yields its AuthResult or None"
        )
    return visit_of(connection.scope, caller)


def _tell(connection: HTTPConnection, response: Response, verdict: Verdict) -> None:
    if not verdict.allowed:
        if connection.scope["type"] == "websocket":
            raise WebSocketException(_POLICY_VIOLATION, verdict.problem().members["code"])
        raise LimitedError(verdict)
    for name, value in verdict.headers.items():
        response.headers.append(name, value)  # another limit may have told of itself already
