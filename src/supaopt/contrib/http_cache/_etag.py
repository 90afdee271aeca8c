"""
Entity tags of RFC 9110: what an answer is called, and whether a caller has it already.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# Commas may stand inside the quotes; a backslash there means itself.
_ENTITY_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def strong_etag(body: bytes) -> str:
    """
    Return the strong entity tag of exactly these bytes.

    Examples:
        >>> strong_etag(b"[]")
        '"T1PNoYwrqgwDVLtfmj7L5Q"'
    """
    digest = hashlib.sha256(body).digest()[:16]
    return f'"{base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}"'


def matches(values: Iterable[str], etag: str) -> bool:
    """
    Say whether *etag* is among those that a caller has, compared weakly.

    Args:
        values: Every ``If-None-Match`` of the request.
        etag: The strong tag of what would be answered.

    Returns:
        False, too, for values that the grammar does not allow: a whole answer is never wrong.
    """
    text = ",".join(values).strip(" \t")
    return text == "*" or etag.strip('"') in _opaque(text)


def _opaque(text: str) -> frozenset[str]:
    found: set[str] = set()
    at = _skip(text, 0)
    while at < len(text):
        tag = _ENTITY_TAG.match(text, at)
        if tag is None:
            return frozenset()
        found.add(tag[1])
        at = _skip(text, tag.end())
        if at < len(text) and "," not in text[tag.end() : at]:
            return frozenset()
    return frozenset(found)


def _skip(text: str, at: int) -> int:
    # Senders may leave members of a list empty.
    while at < len(text) and text[at] in " \t,":
        at += 1
    return at
