"""
What type checkers must see in `supaopt.contrib.http_cache` and `.rate_limit`; checked by mypy and
pyright, never run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from flask import Response
from starlette.responses import Response as StarletteResponse

from supaopt.cache import CacheInvalidationHooks, Entry, RealtimeChanges
from supaopt.contrib.http_cache import (
    AsyncEdgeFollower,
    AsyncEdgePurge,
    Cdn,
    Cloudflare,
    EdgeAnswer,
    EdgePolicy,
    EdgePurge,
    PurgeCall,
    edge_answer,
    starlette,
)
from supaopt.contrib.rate_limit import AsyncRateLimiter, RateLimit, RateLimiter, Verdict, Visit
from supaopt.contrib.rate_limit import django as django_limits
from supaopt.contrib.rate_limit import flask as flask_limits

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from django.http import HttpRequest, HttpResponse
    from starlette.requests import Request
    from supabase import AsyncClient

    from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager


class OwnCdn:
    """
    Any object with the method is a CDN.
    """

    def calls(self, tags: Sequence[str], /) -> list[PurgeCall]:
        return [PurgeCall(f"https://cdn.example/{tag}", {}) for tag in tags]


own: Cdn = OwnCdn()
policy = EdgePolicy("everybody", browser="30 seconds")
EdgePolicy("public")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def respond(request: Request, entry: Entry[list[int]]) -> None:
    assert_type(edge_answer(request, entry, policy), EdgeAnswer)
    assert_type(starlette.respond(request, entry), StarletteResponse)
    starlette.respond(request, [1])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def purge(cache: DatabaseCacheManager, acache: AsyncDatabaseCacheManager) -> None:
    edge = EdgePurge(Cloudflare("zone", "token"))
    assert_type(CacheInvalidationHooks(edge.after(cache)).on_product_change("id"), int)
    aedge = AsyncEdgePurge(own)
    hooks = CacheInvalidationHooks(aedge.after(acache))
    ended: Coroutine[object, object, int] = hooks.on_product_change("id")
    assert ended is not None


def listen(client: AsyncClient, edge: AsyncEdgePurge, acache: AsyncDatabaseCacheManager) -> None:
    RealtimeChanges(AsyncEdgeFollower(client, edge), client, ["products"])
    RealtimeChanges(acache, client, ["products"])
    RealtimeChanges(edge, client, [])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


limit = RateLimit("10/second; 1000/hour", by=["user", "route"])
RateLimit("1/second", by=["ip"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
limiter = RateLimiter("redis://localhost:6379/0", on_outage="closed")
assert_type(limiter.admit(limit, Visit(peer="203.0.113.7")), Verdict)


async def count(alimiter: AsyncRateLimiter) -> None:
    assert_type(await alimiter.hit(limit, "sign-in", "ada@example.com"), Verdict)


@flask_limits.limited(limiter, limit)
def flask_view(page: int) -> str:
    return str(page)


assert_type(flask_view(1), str | Response)
flask_view("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@django_limits.limited(limiter, limit)
def django_view(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError
