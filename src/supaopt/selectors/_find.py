"""
The column sets that a module defines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supaopt.errors import ConfigError
from supaopt.selectors._module import namespace_of
from supaopt.selectors._row import Row
from supaopt.selectors._selector import Selector

if TYPE_CHECKING:
    from collections.abc import Iterator


def find_rows(module: str) -> list[type[Row]]:
    """
    Return the row classes with a table that a module defines or makes selectors of.

    Args:
        module: Dotted name of a module, which is imported.

    Raises:
        ConfigError: It cannot be imported, or defines none.
    """
    namespace = namespace_of(module)
    rows = list(dict.fromkeys(_rows(namespace.values(), set())))
    if not rows:
        raise ConfigError(f"{module} defines no row class with a table and no selector")
    return rows


def _rows(values: Any, seen: set[int]) -> Iterator[type[Row]]:
    for value in values:
        if isinstance(value, Selector):
            yield value.row
        elif isinstance(value, type) and id(value) not in seen:
            seen.add(id(value))
            if not issubclass(value, Row):
                yield from _rows(vars(value).values(), seen)
            elif value.__table__ and not value.__pydantic_generic_metadata__["parameters"]:
                yield value
