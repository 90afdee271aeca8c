"""
Any ASGI app: no answer that sets a cookie is left to a CDN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.contrib.http_cache._withdraw import withdraw

if TYPE_CHECKING:
    from supaopt.contrib.asgi import App, Message, Receive, Scope, Send


class EdgeGuard:
    """
    Withdraws answers of `respond` to which something else added a cookie; the outermost
    middleware.

    Args:
        app: What is guarded.

    Examples:
        >>> app = EdgeGuard(app)  # doctest: +SKIP
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Serve one connection.
        """

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]]
                kept = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in withdraw(given)]
                message = {**message, "headers": kept}
            await send(message)

        await self._app(scope, receive, guarded)
