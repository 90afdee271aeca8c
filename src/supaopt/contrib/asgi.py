"""
Any ASGI app: middleware that lets nobody through whom the guards refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supaopt.auth import AsyncSupabaseAuth, problem
from supaopt.contrib._colour import check_colour
from supaopt.contrib._refusal import refuse
from supaopt.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from supaopt.auth import Guard

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

CALLER = "supaopt.caller"
"""Where the `AuthResult` is in an ASGI scope."""


class AuthMiddleware:
    """
    Puts the caller into ``scope["supaopt.caller"]``, or answers in the app's place.

    Args:
        app: What is protected.
        auth: Verifies the tokens.
        guards: What every caller must satisfy.

    Raises:
        ConfigError: *auth* is of the other colour.

    Examples:
        >>> app = AuthMiddleware(app, auth, active())  # doctest: +SKIP
    """

    def __init__(self, app: App, auth: AsyncSupabaseAuth[Any], *guards: Guard) -> None:
        check_colour(auth, AsyncSupabaseAuth, "the ASGI AuthMiddleware")
        self._app = app
        self._auth = auth
        self._guards = guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Serve one connection.
        """
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._auth.authenticate_request(scope, *self._guards)
        except AuthError as error:
            await refuse(scope, receive, send, problem(error))
            return
        await self._app({**scope, CALLER: caller}, receive, send)
