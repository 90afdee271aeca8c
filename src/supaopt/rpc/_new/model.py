"""
A function that can be written down: its arguments, writes and result, each with its type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from supaopt.rpc._new.placeholders import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.rpc._new.atomic import AtomicFunction
    from supaopt.rpc._new.placeholders import Parameter, Returned, Step
    from supaopt.selectors import CatalogColumn, CatalogTable

# Postgres casts between the types of a family when it assigns; the last holds all the others.
_FAMILIES: Final = (("int2", "int4", "int8"), ("varchar", "text"))


@dataclass(frozen=True, slots=True)
class Use:
    """
    A column that a parameter, or a field of its rows, is written to or compared with.

    Attributes:
        table: Its table.
        column: The column.
        refuses_null: True when null is compared, which finds nothing, or added, which leaves
            nothing.
    """

    table: CatalogTable
    column: CatalogColumn
    refuses_null: bool = False

    def __str__(self) -> str:
        return f"{self.table.name}.{self.column.name}"


@dataclass(frozen=True, slots=True)
class Argument:
    """
    A parameter, or a field of its rows, with its type.

    Attributes:
        name: Its name.
        column: A column of its type.
        optional: True when None is one of its values.
        default: Its default, or `NOTHING`.
        fields: Fields of each row of a list of rows; None for a single value.
    """

    name: str
    column: CatalogColumn | None
    optional: bool = False
    default: Any = NOTHING
    fields: tuple[Argument, ...] | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """
    A column of the result.
    """

    name: str
    value: Parameter | Returned
    column: CatalogColumn
    optional: bool


@dataclass(frozen=True, slots=True)
class Function:
    """
    A function that can be written down.

    Attributes:
        declared: The declaration.
        arguments: Those without a default first, as Postgres wants them.
        steps: Its writes, each with its table.
        returned: Columns of steps that later steps or the result need, each once.
        outputs: Columns of its result; empty when it returns nothing.
        is_scalar: True when the result is the one output itself.
    """

    declared: AtomicFunction
    arguments: tuple[Argument, ...]
    steps: tuple[tuple[Step, CatalogTable], ...]
    returned: tuple[tuple[Returned, CatalogColumn], ...]
    outputs: tuple[Output, ...]
    is_scalar: bool


def widest(uses: Iterable[Use]) -> CatalogColumn | None:
    """
    Return a column of the type that can go to every use, or None when there is none.
    """
    columns = [use.column for use in uses]
    first = columns[0]
    if all(column.sql_type == first.sql_type for column in columns):
        return first
    for family in _FAMILIES:
        if all(column.type in family and not column.is_array for column in columns):
            return max(columns, key=lambda column: family.index(column.type))
    return None
