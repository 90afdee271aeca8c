"""
Taking a response back from shared caches when it turns out to be somebody's: pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAGS: Final = frozenset({"cache-tag", "vercel-cache-tag", "surrogate-key", "etag"})
_KEPT: Final = {
    "cache-control": "private, no-store",
    "cdn-cache-control": "no-store",
    "surrogate-control": "no-store",
}


def withdraw(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """
    Return *headers*, made nobody's to keep if they set a cookie.

    Sessions set theirs behind the view's back. A CDN that kept such an answer would hand one
    caller's session to all others.
    """
    given = list(headers)
    names = {name.lower() for name, _ in given}
    if "set-cookie" not in names or "cdn-cache-control" not in names:
        return given
    others = [(name, value) for name, value in given if name.lower() not in _TAGS | _KEPT.keys()]
    return [*others, *_KEPT.items()]
