"""
Keyset paging: each page begins after the last row of the one before.

Offset paging reads all rows before the page again, and skips or repeats rows when some are
written meanwhile (supabase/supabase#21952); a key does neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from supaopt.errors import ConfigError
from supaopt.selectors import _conditions, _names
from supaopt.selectors._filters import where
from supaopt.selectors._shape import Column, shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supaopt.selectors._row import Row
    from supaopt.selectors._statement import Statement

MOST_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Keyset:
    """
    How to go through a table in order of some columns, together unique and never null.

    Attributes:
        statement: The query without order and limit.
        keys: Columns to sort by, the last of which makes the order total.
        fields: Names of the row's fields that hold them.
        desc: Greatest first.
        size: Rows a page.
    """

    statement: Statement
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    desc: bool
    size: int

    def first(self) -> Statement:
        """
        Return the query of the first page.
        """
        return self._ordered(self.statement)

    def after(self, row: Row) -> Statement:
        """
        Return the query of the page after *row*.

        Raises:
            ConfigError: A key of the row is None: nothing comes after it.
        """
        values = [getattr(row, field) for field in self.fields]
        if None in values:
            raise ConfigError(
                f"{type(row).__name__}.{self.fields[values.index(None)]} is None, after which "
                "nothing sorts; page by columns that are never null"
            )
        return self._ordered(self._beyond(values))

    def _beyond(self, values: Sequence[Any]) -> Statement:
        # Greater in the first key, or equal there and greater in the second, and so on.
        operator = "lt" if self.desc else "gt"
        if len(self.keys) == 1:
            return self.statement.where(self.keys[0], _conditions.compare(operator, values[0]))
        alternatives = []
        for place, (key, value) in enumerate(zip(self.keys, values, strict=True)):
            chain = where
            for equal, same in zip(self.keys[:place], values[:place], strict=True):
                chain = chain.eq(equal, same)
            alternatives.append(str(chain.filter(key, operator, value)))
        return self.statement.where_any(alternatives, embed=None)

    def _ordered(self, statement: Statement) -> Statement:
        for key in self.keys:
            direction = "desc" if self.desc else "asc"
            statement = statement.ordered(f"{_names.ordered(key)}.{direction}", embed=None)
        return statement.windowed("limit", self.size)


def keyset(
    statement: Statement, row: type[Row], keys: Sequence[str], *, desc: bool, size: object
) -> Keyset:
    """
    Return how to go through the rows of *statement*.

    Raises:
        ConfigError: The query has an order or a limit of its own, or the row lacks a key.
    """
    if not keys:
        raise ConfigError("iterate needs columns to page by, together unique: iterate('id')")
    if statement.negate:
        raise ConfigError("not_ has no filter after it")
    if "order" in dict(statement.orders) or {"limit", "offset"} & dict(statement.window).keys():
        raise ConfigError("iterate orders and limits by itself; leave out order, limit and offset")
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ConfigError(f"size={size!r}: a page needs a whole number of rows from 1")
    return Keyset(statement, tuple(keys), _fields(row, keys), desc, size)


def _fields(row: type[Row], keys: Sequence[str]) -> tuple[str, ...]:
    known = {
        part.path: part.field
        for part in shape_of(row)
        if isinstance(part, Column) and not part.col.cast and not part.col.agg
    }
    missing = [key for key in keys if key not in known]
    if missing:
        raise ConfigError(
            f"{row.__name__} has no column {', '.join(missing)} that a page could go on from"
        )
    return tuple(known[key] for key in keys)
