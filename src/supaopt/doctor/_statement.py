"""
What an API's statement reads, told from its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# How PostgREST begins a read; what other servers send is the select alone.
_WRAPPER: Final = re.compile(r"WITH pgrst_source AS \( *")
_NESTED: Final = re.compile(r"\([^()]*\)")
# Stands for what was in parentheses; after a name they would make it a function.
_GONE: Final = "\N{REPLACEMENT CHARACTER}"
_READ: Final = re.compile(
    rf"""SELECT\ (?P<columns>.*?)\ FROM\ "(?P<schema>[^"]+)"\."(?P<name>[^"]+)"(?!\ *{_GONE})""",
    re.IGNORECASE | re.VERBOSE,
)
_EQUALS: Final = re.compile(
    r"""\ WHERE\ +(?:"[^"]+"\.)*"(?P<column>[^"]+)"\ =\ \$\d""", re.IGNORECASE | re.VERBOSE
)


@dataclass(frozen=True, slots=True)
class Read:
    """
    A read of one table.

    Attributes:
        table: Its name, with its schema.
        is_star: Whether it asks for every column.
        key: The column whose value it looks for first, or None.
    """

    table: str
    is_star: bool
    key: str | None


def parse(query: str) -> Read | None:
    """
    Return what *query* reads, or None if it is no read of a table.

    Args:
        query: As pg_stat_statements shows it, with ``$1`` for values.

    Examples:
        >>> parse('select * from "public"."orders" where "id" = $1')
        Read(table='public.orders', is_star=True, key='id')
    """
    text = _WRAPPER.sub("", query, count=1)
    while (flatter := _NESTED.sub(_GONE, text)) != text:
        text = flatter
    read = _READ.match(text)
    if read is None:
        return None
    columns = read["columns"]
    equals = _EQUALS.search(text)
    return Read(
        table=f"{read['schema']}.{read['name']}",
        is_star=columns.startswith("*") or f'"{read["name"]}".*' in columns,
        key=equals["column"] if equals else None,
    )
