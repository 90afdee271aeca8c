"""
Django: a cached answer as a response that browsers and CDNs may keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from supaopt.contrib.http_cache._answer import edge_answer
from supaopt.contrib.http_cache._policy import NOBODY, EdgePolicy

if TYPE_CHECKING:
    from django.http import HttpRequest

    from supaopt.cache import Entry


def respond(
    request: HttpRequest,
    entry: Entry[Any],
    policy: EdgePolicy = NOBODY,
    *,
    caller: object | None = None,
    media_type: str = "application/json",
) -> HttpResponse:
    """
    Return a response with the answer, or a 304; the arguments are `edge_answer`'s.

    Raises:
        ConfigError: As for `edge_answer`.

    Examples:
        >>> def products(request):  # doctest: +SKIP
        ...     entry = cache.get_cached_entry("products", load, PRODUCTS)
        ...     return respond(request, entry, EdgePolicy("everybody"))
    """
    sent = edge_answer(request, entry, policy, caller=caller, media_type=media_type)
    response = HttpResponse(sent.body, status=sent.status, headers=dict(sent.headers))
    if sent.status == 304:
        del response["content-type"]  # Django's own default; a 304 has none
    return response
