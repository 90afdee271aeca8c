"""
Any WSGI app: no answer that sets a cookie is left to a CDN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supaopt.contrib.http_cache._withdraw import withdraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class EdgeGuard:
    """
    Withdraws answers of `respond` to which something else added a cookie; the outermost
    middleware.

    Args:
        app: What is guarded.

    Examples:
        >>> app.wsgi_app = EdgeGuard(app.wsgi_app)  # doctest: +SKIP
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """
        Serve one request.
        """

        def guarded(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            return start_response(status, withdraw(headers), exc_info)

        return self._app(environ, guarded)
