"""
Starlette and FastAPI: a cached answer as a response that browsers and CDNs may keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from supaopt.contrib.http_cache._answer import edge_answer
from supaopt.contrib.http_cache._policy import NOBODY, EdgePolicy

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from supaopt.cache import Entry


def respond(
    request: HTTPConnection,
    entry: Entry[Any],
    policy: EdgePolicy = NOBODY,
    *,
    caller: object | None = None,
    media_type: str = "application/json",
) -> Response:
    """
    Return a response with the answer, or a 304; the arguments are `edge_answer`'s.

    Raises:
        ConfigError: As for `edge_answer`.

    Examples:
        >>> @app.get("/products")  # doctest: +SKIP
        ... def products(request: Request) -> Response:
        ...     entry = cache.get_cached_entry("products", load, PRODUCTS)
        ...     return respond(request, entry, EdgePolicy("everybody"))
    """
    sent = edge_answer(request, entry, policy, caller=caller, media_type=media_type)
    return Response(sent.body, sent.status, headers=dict(sent.headers))
