"""
What a key and a tag may be, and which writes end an entry: pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from supaopt.cache._tag_hash import tag_hash
from supaopt.errors import ConfigError

MAX_LENGTH: Final = 512
"""Longest key and longest tag, in characters; the database refuses more."""


def check_key(key: str) -> str:
    """
    Return *key* if it may name an entry.

    Raises:
        ConfigError: It is no text of 1 to 512 characters that Postgres can hold.
    """
    return _check_text(key, "cache key", "hash the long part, or name the entry by its ids")


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """
    Return *tags* in order, each once.

    Raises:
        ConfigError: One is null, empty, too long or no text, or *tags* is a single text, whose
            characters would become tags.
    """
    if isinstance(tags, (str, bytes)) or not isinstance(tags, Iterable):
        raise ConfigError(f"tags {tags!r} must be a list of texts; write [{tags!r}]")
    remedy = "leave it out, or name a table, a function or a row such as 'student:17'"
    return tuple(dict.fromkeys(_check_text(tag, "cache tag", remedy) for tag in tags))


def check_entry_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """
    Return *tags* if an entry may carry them.

    Raises:
        ConfigError: As for `check_tags`; or one is a bulk tag, which ends entries but is not
            ended by a write to one row.
    """
    checked = check_tags(tags)
    for tag in checked:
        if tag == "*" or tag.endswith(":*"):
            raise ConfigError(
                f"cache tag {tag!r} ends entries, and an entry that carries it would miss the "
                "writes to single rows; carry the table's own tag, such as 'students'"
            )
    return checked


def _check_text(text: object, what: str, remedy: str) -> str:
    if not isinstance(text, str):
        raise ConfigError(f"{what} {text!r} is {_kind(text)}, not text; {remedy}")
    if not 1 <= len(text) <= MAX_LENGTH:
        shown = repr(text if len(text) <= 60 else f"{text[:57]}...")
        raise ConfigError(
            f"{what} {shown} has {len(text)} characters; 1 to {MAX_LENGTH} are allowed; {remedy}"
        )
    if "\0" in text or not _is_unicode(text):
        raise ConfigError(
            f"{what} {text!r} holds a NUL or half a surrogate pair, which Postgres cannot store; "
            "remove it"
        )
    return text


def _kind(value: object) -> str:
    return "null" if value is None else f"of type {type(value).__name__}"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=4096)
def hashes(tags: tuple[str, ...]) -> frozenset[int]:
    """
    Return by which hashes a write ends an entry with *tags*.
    """
    return frozenset(map(tag_hash, marks(tags)))


def marks(tags: Iterable[str]) -> frozenset[str]:
    """
    Return what ends an entry with *tags*: each of them, ``prefix:*`` for each ``prefix:value``,
    and ``*``.

    A statement that changes very many rows is logged under ``prefix:*`` alone, a flush under
    ``*``.
    """
    named = frozenset(tags)
    return named | {f"{tag.partition(':')[0]}:*" for tag in named if ":" in tag} | {"*"}
