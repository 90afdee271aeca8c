"""
Any ASGI app, Starlette and FastAPI included: a limit before the whole app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.auth._request import header_values
from supaopt.contrib._refusal import refuse
from supaopt.contrib.asgi import CALLER
from supaopt.contrib.rate_limit._arguments import check_arguments
from supaopt.contrib.rate_limit._limiter import AsyncRateLimiter
from supaopt.contrib.rate_limit._visit import Visit, user_of
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.contrib.asgi import App, Message, Receive, Scope, Send
    from supaopt.contrib.rate_limit._limit import RateLimit


class RateLimitMiddleware:
    """
    Answers 429 in the app's place, and tells of the limit in every answer.

    Behind ``AuthMiddleware``, or Starlette's with `SupabaseBackend`, it knows the user.

    Args:
        app: What is protected.
        limiter: Counts.
        limit: What is allowed; not by route, which is not known yet.

    Raises:
        ConfigError: The limiter is of the other colour, or the limit is by route.

    Examples:
        >>> app = RateLimitMiddleware(app, limiter, RateLimit("100/minute"))  # doctest: +SKIP
    """

    def __init__(self, app: App, limiter: AsyncRateLimiter, limit: RateLimit) -> None:
        check_arguments(limiter, limit, AsyncRateLimiter, place="RateLimitMiddleware")
        if "route" in limit.by:
            raise ConfigError(
                "a middleware does not know the route, and of paths a caller can invent any "
                "number; limit the route itself, or leave 'route' out"
            )
        self._app = app
        self._limiter = limiter
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Serve one connection.
        """
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        verdict = await self._limiter.admit(self._limit, visit_of(scope))
        if not verdict.allowed:
            await refuse(scope, receive, send, verdict.problem())
            return
        told = [(name.encode(), value.encode()) for name, value in verdict.headers.items()]

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *told]}
            await send(message)

        await self._app(scope, receive, telling)


def visit_of(scope: Scope, caller: object | None = None) -> Visit:
    """
    Return who opened a connection.

    Args:
        scope: Of the connection.
        caller: The ``AuthResult``, where it is not in the scope.
    """
    known = caller or scope.get(CALLER) or getattr(scope.get("user"), "caller", None)
    client = scope.get("client")
    return Visit(
        peer=client[0] if client else None,
        forwarded=tuple(header_values(scope, "x-forwarded-for")),
        user=user_of(known),
        route=getattr(scope.get("route"), "path", None),
    )
