"""
From an answer, and what the cache knows of it, to status, headers and body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json

from supaopt.auth._request import AnyRequest, header_values
from supaopt.cache import Entry
from supaopt.contrib.http_cache._etag import matches, strong_etag
from supaopt.contrib.http_cache._policy import NOBODY, Audience, EdgePolicy, freshness, vary
from supaopt.contrib.http_cache._tags import MOST, edge_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CREDENTIALS: Final = ("authorization", "cookie", "apikey", "proxy-authorization")
_MEDIA_TYPE: Final = re.compile(r'[\w!#$&^.+-]+/[\w!#$&^.+-]+(; ?[\w-]+=("[\w ./+-]*"|[\w./+-]+))*')


@dataclass(frozen=True, slots=True)
class EdgeAnswer:
    """
    What to send, whichever framework sends it.

    Attributes:
        status: 200, or 304 when the caller has it already.
        headers: Names in lower case.
        body: Empty with a 304.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def edge_answer(
    request: AnyRequest,
    entry: Entry[Any],
    policy: EdgePolicy = NOBODY,
    *,
    caller: object | None = None,
    media_type: str = "application/json",
) -> EdgeAnswer:
    """
    Return how to send a cached answer, so that others may keep it who are allowed to.

    Args:
        request: A request of any framework, an ASGI scope or a WSGI environ.
        entry: The answer, as ``get_cached_entry`` has just returned it: bytes are sent as they
            are, and anything else that pydantic can write as JSON.
        policy: Who may keep it. Left out, nobody may.
        caller: Whose answer it is, such as an ``AuthResult``; None if it is everybody's. No
            shared cache may ever keep one that is somebody's, whatever *policy* says.
        media_type: Of the bytes.

    Raises:
        ConfigError: *entry*, *policy* or *media_type* is none, or what is left of *entry* is no
            number of seconds.

    Examples:
        >>> from supaopt.cache import CacheConfig, DatabaseCacheManager, MemoryStore
        >>> cache = DatabaseCacheManager(MemoryStore())
        >>> config = CacheConfig("5 minutes", ["products"])
        >>> entry = cache.get_cached_entry("products", lambda: [1, 2], config)
        >>> request = {"method": "GET", "headers": []}
        >>> sent = edge_answer(request, entry, EdgePolicy("everybody", edge="1 minute"))
        >>> sent.status, sent.body, sent.headers["cache-control"]
        (200, b'[1,2]', 'public, max-age=0, must-revalidate')
        >>> sent.headers["cdn-cache-control"]
        'max-age=60'
    """
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ConfigError(f"media_type {media_type!r} is none; write 'application/json'")
    _check(entry, policy)
    body = entry.value if isinstance(entry.value, bytes) else to_json(entry.value)
    safe = _method(request) in {"GET", "HEAD"}
    audience = _audience(request, entry, policy, mine=caller is not None) if safe else "nobody"
    headers = _headers(entry, policy, audience)
    if safe:
        headers["etag"] = strong_etag(body)
        if matches(header_values(request, "if-none-match"), headers["etag"]):
            return EdgeAnswer(304, headers, b"")
    return EdgeAnswer(200, headers | {"content-type": media_type}, body)


def _check(entry: object, policy: object) -> None:
    if not isinstance(entry, Entry):
        raise ConfigError(
            f"entry is a {type(entry).__name__}; pass what get_cached_entry returned, or an Entry "
            "of your own"
        )
    if not isinstance(policy, EdgePolicy):
        raise ConfigError(f"policy is a {type(policy).__name__}; pass EdgePolicy(audience)")
    for name, seconds in (("left", entry.left), ("grace", entry.grace)):
        if not 0 <= seconds < float("inf"):
            raise ConfigError(f"the entry's {name} {seconds!r} must be a number of seconds")


def _audience(
    request: AnyRequest, entry: Entry[Any], policy: EdgePolicy, *, mine: bool
) -> Audience:
    if policy.audience != "everybody":
        return policy.audience
    if mine or (not policy.same_for_all and _shows_who_asks(request)):
        return "nobody"
    if not entry.left and not entry.grace:
        return "nobody"  # our own cache does not keep it: a write may have overtaken it already
    # What cannot be named cannot be purged, and so must not be kept.
    return "everybody" if len(edge_tags(entry.tags)) <= MOST else "nobody"


def _shows_who_asks(request: AnyRequest) -> bool:
    return any(value for name in _CREDENTIALS for value in header_values(request, name))


def _headers(entry: Entry[Any], policy: EdgePolicy, audience: Audience) -> dict[str, str]:
    headers = freshness(entry, policy, audience)
    headers["vary"] = vary(policy, audience)
    if audience == "everybody":
        names = edge_tags(entry.tags)
        headers["cache-tag"] = headers["vercel-cache-tag"] = ",".join(names)
        headers["surrogate-key"] = " ".join(names)
    return headers


def _method(request: Any) -> str:
    if hasattr(request, "get"):  # a scope, an environ or an event; a request has `method` first
        found = request.get("method") or request.get("REQUEST_METHOD") or request.get("httpMethod")
        if isinstance(found, str):
            return found
    found = getattr(request, "method", None)
    if not isinstance(found, str):
        raise ConfigError(
            f"{type(request).__name__} tells no method; pass the framework's request, an ASGI "
            "scope or a WSGI environ"
        )
    return found
