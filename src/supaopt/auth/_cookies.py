"""
The session cookie of @supabase/ssr: whole or in chunks, base64url or plain JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from supaopt.errors import TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_CHUNKS = 32  # of 3,180 bytes each: more than any proxy lets through
_BASE64 = "base64-"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def cookie_name(url: str) -> str:
    """
    Return the name that supabase-js gives the session cookie of the project at *url*.

    Examples:
        >>> cookie_name("https://abcdefghijklmnopqrst.supabase.co")
        'sb-abcdefghijklmnopqrst-auth-token'
    """
    return f"sb-{(urlsplit(url).hostname or '').partition('.')[0]}-auth-token"


def session_token(headers: Iterable[str], name: str) -> str | None:
    """
    Return the access token in the session cookie *name*, or None when there is no such cookie.

    Args:
        headers: Values of every Cookie header; HTTP/2 may split one into several.
        name: The cookie's name, chunks being ``name.0``, ``name.1`` and so on.

    Raises:
        TokenInvalidError: The cookie is there and holds no session, or is there twice: a
            neighbouring subdomain may have planted the other.
    """
    cookies = _read(headers, name)
    if name in cookies:
        return _access_token(cookies[name])
    chunks: list[str] = []
    while (chunk := cookies.get(f"{name}.{len(chunks)}")) is not None:
        chunks.append(chunk)
    return _access_token("".join(chunks)) if chunks else None


def _read(headers: Iterable[str], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for header in headers:
        for pair in header.split(";"):
            key, _, value = pair.strip().partition("=")
            if key != name and not key.startswith(f"{name}."):
                continue
            if key in found or len(found) > _MAX_CHUNKS:
                raise TokenInvalidError(
                    "the session cookie is there more than once", code="multiple_credentials"
                )
            found[key] = value
    return found


def _access_token(value: str) -> str:
    try:
        text = unquote(value.strip('"'), errors="strict")
        if text.startswith(_BASE64):
            text = _decoded(text.removeprefix(_BASE64))
        session = json.loads(text)
    except (ValueError, RecursionError):
        session = None
    # Libraries before @supabase/ssr kept a list, the access token first.
    if isinstance(session, list) and session:
        token = session[0]
    else:
        token = session.get("access_token") if isinstance(session, dict) else None
    if not isinstance(token, str) or not token:
        raise TokenInvalidError("the session cookie holds no session", code="cookie_invalid")
    return token


def _decoded(segment: str) -> str:
    if not _BASE64URL.fullmatch(segment):
        raise ValueError
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()
    except binascii.Error as error:
        raise ValueError from error
