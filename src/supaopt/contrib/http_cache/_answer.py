"""
From an answer and its configuration to status, headers and body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json

from supaopt.auth._request import AnyRequest, header_values
from supaopt.contrib.http_cache._etag import matches, strong_etag
from supaopt.contrib.http_cache._policy import NOBODY, Audience, EdgePolicy, freshness, vary
from supaopt.contrib.http_cache._tags import MOST, edge_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supaopt.cache import CacheConfig

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
    value: Any,
    config: CacheConfig,
    policy: EdgePolicy = NOBODY,
    *,
    caller: object | None = None,
    age: float | None = None,
    media_type: str = "application/json",
) -> EdgeAnswer:
    """
    Return how to send a cached answer, so that others may keep it who are allowed to.

    Args:
        request: A request of any framework, an ASGI scope or a WSGI environ.
        value: The answer: bytes as they are, or what pydantic can write as JSON.
        config: What its entry is kept under: duration, grace and tags.
        policy: Who may keep it. Left out, nobody may.
        caller: Whose answer it is, such as an ``AuthResult``; None if it is everybody's. No
            shared cache may ever keep one that is somebody's, whatever *policy* says.
        age: Seconds since the answer was computed, where that is known.
        media_type: Of the bytes.

    Raises:
        ConfigError: *age* is no number of seconds, or *media_type* is none.

    Examples:
        >>> from supaopt.cache import CacheConfig
        >>> config = CacheConfig("5 minutes", ["products"])
        >>> sent = edge_answer(
        ...     {"method": "GET", "headers": []}, [1, 2], config, EdgePolicy("everybody")
        ... )
        >>> sent.status, sent.body, sent.headers["cache-control"]
        (200, b'[1,2]', 'public, max-age=0, must-revalidate')
        >>> sent.headers["cdn-cache-control"]
        'max-age=300'
    """
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ConfigError(f"media_type {media_type!r} is none; write 'application/json'")
    if age is not None and not 0 <= age < float("inf"):
        raise ConfigError(f"age {age!r} must be a number of seconds since the answer was computed")
    body = value if isinstance(value, bytes) else to_json(value)
    safe = _method(request) in {"GET", "HEAD"}
    audience = _audience(request, config, policy, mine=caller is not None) if safe else "nobody"
    headers = _headers(config, policy, audience, age)
    if safe:
        headers["etag"] = strong_etag(body)
        if matches(header_values(request, "if-none-match"), headers["etag"]):
            return EdgeAnswer(304, headers, b"")
    return EdgeAnswer(200, headers | {"content-type": media_type}, body)


def _audience(
    request: AnyRequest, config: CacheConfig, policy: EdgePolicy, *, mine: bool
) -> Audience:
    if policy.audience != "everybody":
        return policy.audience
    if mine or (not policy.same_for_all and _shows_who_asks(request)):
        return "nobody"
    # What cannot be named cannot be purged, and so must not be kept.
    return "everybody" if len(edge_tags(config.tags)) <= MOST else "nobody"


def _shows_who_asks(request: AnyRequest) -> bool:
    return any(value for name in _CREDENTIALS for value in header_values(request, name))


def _headers(
    config: CacheConfig, policy: EdgePolicy, audience: Audience, age: float | None
) -> dict[str, str]:
    headers = freshness(config, policy, audience, age or 0)
    headers["vary"] = vary(policy, audience)
    if audience == "everybody":
        names = edge_tags(config.tags)
        headers["cache-tag"] = headers["vercel-cache-tag"] = ",".join(names)
        headers["surrogate-key"] = " ".join(names)
    if age is not None and audience != "nobody":
        headers["age"] = str(int(age))
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
