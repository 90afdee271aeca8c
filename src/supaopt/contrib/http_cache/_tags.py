"""
Cache tags as a CDN carries them: the numbers by which the database's log knows them, in hex.

So no text of anybody's reaches a header, a purge can be made from the log alone, and a name is
16 characters long whatever the tag is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.cache._rules import check_entry_tags, check_tags, hashes
from supaopt.cache._tag_hash import tag_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 128
"""Most names on one answer: what Vercel takes. It fits Cloudflare's and Fastly's 16 kB too."""


def edge_tag(number: int) -> str:
    """
    Return the name of a tag that the log knows by *number*.
    """
    # Lower-case hex, as Cloudflare does not tell capitals apart.
    return f"{number & 0xFFFF_FFFF_FFFF_FFFF:016x}"


ALL: Final = edge_tag(tag_hash("*"))
"""The name that every answer carries."""


def edge_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """
    Return the names that an answer with *tags* carries, those of its bulk tags included.

    Raises:
        ConfigError: An entry could not carry one of *tags*.

    Examples:
        >>> edge_tags(["products"])
        ('82bc03a73608af0f', 'd8f194759c654149')
    """
    return tuple(sorted(map(edge_tag, hashes(check_entry_tags(tags)))))


def purge_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """
    Return the names to purge when *tags* were written to.

    Raises:
        ConfigError: One is null or empty.
    """
    return tuple(edge_tag(tag_hash(tag)) for tag in check_tags(tags))
