"""
Names that travel in a query: checked, then quoted where PostgREST needs it.

Whatever a caller passes as a name stays one name. ``id),secret:profiles(password`` becomes a
column that does not exist, never a second table in the select.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDEX: Final = re.compile(r"-?[0-9]+")
_ARROW: Final = re.compile(r"(->>|->)")
# PostgREST could unescape these, but supabase-py's select() takes an escaped quote for the end
# of a name and drops white space after it.
_REFUSED: Final = re.compile(r'["\\\x00-\x1f\x7f\ud800-\udfff]')
# Spaces are missing on purpose: supabase-py's select() drops them. PostgREST knows no brackets.
_CAST: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RELATED: Final = re.compile(r"([^()]+)\(([^()]+)\)")

# Query parameters that PostgREST keeps for itself.
RESERVED: Final = frozenset(
    {"and", "columns", "limit", "not", "offset", "on_conflict", "or", "order", "select"}
)


def quoted(name: object, *, what: str = "column") -> str:
    """
    Return *name* as one PostgREST name, in double quotes unless it is plain.

    Args:
        name: A column, relation, key or constraint.
        what: What it names, for the error.

    Raises:
        ConfigError: It is no text, is empty, or holds a quote, backslash or control character.
    """
    if not isinstance(name, str) or not name or _REFUSED.search(name):
        raise ConfigError(
            f"{name!r} cannot name a {what}: it must be text, not empty, without double quotes, "
            "backslashes and control characters"
        )
    return name if _PLAIN.fullmatch(name) else f'"{name}"'


def field(path: object) -> str:
    """
    Return a column, or a path into a JSON column such as ``prefs->ui->>theme``, quoted.

    Raises:
        ConfigError: A part cannot be a name, or ``->>`` is not the last arrow.
    """
    if not isinstance(path, str):
        return quoted(path)
    column, *rest = _ARROW.split(path)
    arrows, keys = rest[::2], rest[1::2]
    if "->>" in arrows[:-1]:
        raise ConfigError(f"{path!r}: `->>` gives text, so it can only be the last arrow")
    text = quoted(column.strip() if rest else column)
    for arrow, key in zip(arrows, keys, strict=True):
        name = key.strip()
        text += arrow + (name if _INDEX.fullmatch(name) else quoted(name, what="JSON key"))
    return text


def filtered(path: object) -> str:
    """
    Return what a filter or an order is about: a field, below embeds where dots say so.

    ``client.name`` is the column ``name`` of the embed ``client``. A column that bears the name
    of a query parameter, such as ``order``, is quoted, which tells PostgREST the two apart.
    """
    if not isinstance(path, str):
        return quoted(path)
    head, arrow, tail = path.partition("->")
    *embeds, column = head.split(".")
    last = f'"{column}"' if column in RESERVED and not arrow else field(column + arrow + tail)
    return ".".join([*(quoted(name, what="embed") for name in embeds), last])


def ordered(path: object) -> str:
    """
    Return what an order is by: a field, or one of a to-one embed.

    ``client.name`` and ``client(name)`` are the column ``name`` of the embed ``client``.

    Raises:
        ConfigError: It lies deeper than one embed.
    """
    if isinstance(path, str) and (found := _RELATED.fullmatch(path)):
        return f"{quoted(found[1], what='embed')}({field(found[2])})"
    if not is_nested(path):
        return field(path)
    embed, _, column = str(path).partition(".")
    if is_nested(column):
        raise ConfigError(f"{path!r}: rows can be ordered by a column of a direct embed at most")
    return f"{quoted(embed, what='embed')}({field(column)})"


def is_nested(path: object) -> bool:
    """
    Say whether a path leads into an embed.
    """
    return isinstance(path, str) and "." in path.partition("->")[0]


def listed(names: Iterable[object]) -> str:
    """
    Return column names as the value of a query parameter.
    """
    return ",".join(quoted(name) for name in names)


def path(table: str) -> str:
    """
    Return a table's name as one segment of a URL.

    Raises:
        ConfigError: A URL would read it as a step upwards.
    """
    if table in (".", ".."):
        raise ConfigError(f"{table!r} cannot name a table")
    return quote(table, safe="")


def cast(name: object) -> str:
    """
    Return the name of a Postgres type to cast to.

    Raises:
        ConfigError: It is no single word.
    """
    if not isinstance(name, str) or not _CAST.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be cast to: give a Postgres type as one word, such as `text`, "
            "`float8`, or `_int4` for an array of int4"
        )
    return name
