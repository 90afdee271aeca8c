"""
Names and constants as SQL text that reads back as the same names and constants.
"""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from supaopt.errors import ConfigError
from supaopt.selectors import _values

if TYPE_CHECKING:
    from collections.abc import Collection

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
# Reserved in Postgres 18 or its plpgsql, or not to be had bare as the name of a function, type or
# column.
_RESERVED: Final = """
    all analyse analyze and any array as asc asymmetric authorization begin between bigint binary
    bit boolean both by case cast char character check coalesce collate collation column
    concurrently constraint create cross current_catalog current_date current_role current_schema
    current_time current_timestamp current_user dec decimal declare default deferrable desc distinct
    do else end except execute exists extract false fetch float for foreach foreign freeze from full
    grant greatest group grouping having if ilike in initially inner inout int integer intersect
    interval into is isnull join json json_array json_arrayagg json_exists json_object
    json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least
    left like limit localtime localtimestamp loop merge_action national natural nchar none normalize
    not notnull null nullif numeric offset on only or order out outer overlaps overlay placing
    position precision primary real references returning right row select session_user setof similar
    smallint some strict substring symmetric system_user table tablesample then time timestamp to
    trailing treat trim true union unique user using values varchar variadic verbose when where
    while window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse
    xmlpi xmlroot xmlserialize xmltable
"""
_QUOTED: Final = frozenset(_RESERVED.split())


def name(text: str) -> str:
    """
    Return *text* as one SQL identifier, in double quotes unless it is plain.

    Examples:
        >>> name("orders"), name("order"), name('a" b')
        ('orders', '"order"', '"a"" b"')
    """
    if _PLAIN.fullmatch(text) and text not in _QUOTED:
        return text
    return '"' + text.replace('"', '""') + '"'


def string(text: str) -> str:
    r"""
    Return *text* as a string constant, whatever ``standard_conforming_strings`` says.

    Raises:
        ConfigError: It holds a null character, which Postgres's text cannot.

    Examples:
        >>> print(string("it's"), string("a\\b"))
        'it''s' E'a\\b'
    """
    if "\x00" in text:
        raise ConfigError(f"{text!r} holds a null character, which Postgres's text cannot")
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in quoted else quoted


def constant(value: object, *, as_json: bool = False) -> str:
    """
    Return a Python value as a constant. Text has no type of its own: the column gives it one.

    Args:
        value: The value.
        as_json: True where it is written to a JSON column.

    Raises:
        ConfigError: A type that cannot be sent to Postgres.
    """
    if value is None:
        return "null"
    if as_json:
        return string(_values.json(value).decode())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal) and (isinstance(value, int) or value.is_finite()):
        return format(value, "f") if isinstance(value, Decimal) else str(int(value))
    return string(_values.text(value))


def body(lines: Collection[str]) -> str:
    """
    Return *lines* as the body of a function, in dollar quotes that it does not hold itself.
    """
    text = "\n".join(lines)
    tags = itertools.chain(["$$"], (f"$body{number}$" for number in itertools.count(1)))
    tag = next(tag for tag in tags if tag not in text)
    return f"as {tag}\n{text}\n{tag};"
