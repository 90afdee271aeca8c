"""
The bearer token in a request of any framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, Protocol, TypeAlias, runtime_checkable

from supaopt.errors import ConfigError, TokenInvalidError


@runtime_checkable
class HasHeaders(Protocol):
    """
    A request object: of Starlette, FastAPI, Django, Flask, aiohttp, httpx and most others.
    """

    @property
    def headers(self) -> Any:
        """
        Its headers: a mapping, or anything with ``get``.
        """
        ...


AnyRequest: TypeAlias = HasHeaders | Mapping[str, Any]
"""A request object, an ASGI scope, a WSGI environ, a Lambda event, or a mapping of headers."""

# What multi-valued header types call "all values of this name".
_GET_ALL = ("getlist", "get_list", "getall", "get_all")


def bearer_token(request: AnyRequest) -> str:
    """
    Return the token of *request*'s one Authorization header.

    Raises:
        TokenInvalidError: There is none, another scheme, an API key, or more than one header
            (two parts of a system would pick different ones).
        ConfigError: *request* is nothing that has headers.
    """
    found = header_values(request, "authorization")
    if not found:
        raise TokenInvalidError("no Authorization header", code="token_missing")
    if len(found) > 1:
        raise TokenInvalidError("more than one Authorization header", code="multiple_credentials")
    scheme, _, token = found[0].partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenInvalidError("the Authorization header holds no Bearer token", code="no_bearer")
    if token.startswith("sb_"):
        raise TokenInvalidError(
            "an API key was sent as the user's token; send it in the apikey header",
            code="api_key_as_token",
        )
    return token


def header_values(request: AnyRequest, name: str) -> list[str]:
    """
    Return every value that *request* has for the header *name*, in order.

    Args:
        request: Any request.
        name: In lower case.
    """
    # isinstance with an abstract class costs as much as the rest, so plain dicts go first.
    if isinstance(request, (dict, Mapping)):
        return _of_mapping(request, name)
    scope = getattr(request, "scope", None)
    if isinstance(scope, (dict, Mapping)) and "headers" in scope:
        return _of_pairs(scope["headers"], name)
    headers = getattr(request, "headers", None)
    if headers is None:
        _no_request(request)
    return _of_headers(headers, name)


def _of_pairs(pairs: Iterable[tuple[bytes, bytes]], name: str) -> list[str]:
    wanted = name.encode()
    # ASGI asks servers for lower-case names; not every one obeys.
    return [value.decode("latin-1") for key, value in pairs if key.lower() == wanted]


def _of_mapping(request: Mapping[str, Any], name: str) -> list[str]:
    if "wsgi.version" in request or "REQUEST_METHOD" in request:
        value = request.get("HTTP_" + name.upper().replace("-", "_"))
        return [] if value is None else [value]
    for member in ("multiValueHeaders", "headers"):  # a Lambda event may have both
        headers = request.get(member)
        if isinstance(headers, Mapping):
            return _of_headers(headers, name)
        if headers is not None and not isinstance(headers, str):
            return _of_pairs(headers, name)
    return _of_headers(request, name)


def _of_headers(headers: Any, name: str) -> list[str]:
    for method in _GET_ALL:
        get_all: Callable[[str], Iterable[str] | None] | None = getattr(headers, method, None)
        if get_all is not None:
            return list(_all(get_all, name))
    if isinstance(headers, Mapping):
        found: list[str] = []
        for key, value in headers.items():
            if isinstance(key, str) and key.lower() == name and value is not None:
                found.extend([value] if isinstance(value, str) else value)
        return found
    if not hasattr(headers, "get"):
        _no_request(headers)
    value = headers.get(name)
    return [] if value is None else [value]


def _all(get_all: Callable[[str], Iterable[str] | None], name: str) -> Iterable[str]:
    try:
        return get_all(name) or ()
    except KeyError:  # multidict, when there is none
        return ()


def _no_request(thing: object) -> NoReturn:
    raise ConfigError(
        f"{type(thing).__name__} is no request: pass the framework's request, an ASGI scope, "
        "a WSGI environ or a mapping of headers"
    )
