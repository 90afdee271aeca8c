"""
What stands for a value while a declaration is recorded: the value comes with each call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Verb = Literal["insert", "upsert", "update", "delete"]

#: Default of a parameter that has none; None is one.
NOTHING: Final = object()


class Placeholder:
    """
    A value that is not there yet, so nothing can depend on it in Python.
    """

    __slots__ = ()

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        raise _refusal()

    def __eq__(self, other: object) -> bool:
        raise _refusal()

    def __str__(self) -> str:
        raise _refusal()

    def __iter__(self) -> NoReturn:
        # Or Python would count up through `__getitem__`, without an end.
        raise _refusal()


def _refusal() -> ConfigError:
    return ConfigError(
        "a declaration runs once, before there are values: it can hand its parameters to the "
        "steps, and cannot compare, test, loop over or format them"
    )


@dataclass(frozen=True, eq=False)
class Parameter(Placeholder):
    """
    An argument of the function.

    Attributes:
        name: Its name.
        annotation: Its Python type; None when the declaration gives none.
        default: Its default, or `NOTHING`.
    """

    name: str
    annotation: Any = None
    default: Any = NOTHING


@dataclass(frozen=True, eq=False)
class Rows(Placeholder):
    """
    A parameter that holds a list of rows: annotate it so, and ``p_lines["quantity"]`` is the
    quantity of each of them. An insert of such values inserts one row for each.

    Attributes:
        name: Name of the parameter.
    """

    name: str

    def __getitem__(self, field: str) -> object:
        """
        Return what stands for *field* of each row.
        """
        return Item(self, field)


@dataclass(frozen=True, eq=False)
class Item(Placeholder):
    """
    A field of each of a parameter's rows.
    """

    rows: Rows
    field: str


@dataclass(frozen=True, eq=False)
class Returned(Placeholder):
    """
    A column of the row that an earlier step wrote.
    """

    step: Step
    column: str


@dataclass(frozen=True, eq=False)
class Changed(Placeholder):
    """
    What a column held before, plus or minus a value.
    """

    sign: Literal["+", "-"]
    value: object


@dataclass(frozen=True, eq=False)
class Known(Placeholder):
    """
    What the database knows itself: the time, or who calls.
    """

    what: Literal["now", "caller"]


@dataclass(frozen=True, eq=False)
class Step(Placeholder):
    """
    One write. ``step["id"]`` is that column of the row it wrote, for later steps and the result.

    Attributes:
        verb: What it does.
        table: Table that it writes to.
        schema: Schema of the table.
        values: New values by column.
        where: What the row must equal, by column.
        on: Columns that an upsert finds the old row by; None for the primary key.
        must_exist: True when nothing may be written unless it hits a row.
    """

    verb: Verb
    table: str
    schema: str
    values: Mapping[str, object] = field(default_factory=dict)
    where: Mapping[str, object] = field(default_factory=dict)
    on: Sequence[str] | None = None
    must_exist: bool = False

    def __getitem__(self, column: str) -> object:
        """
        Return what stands for a column of the row that this step wrote.
        """
        return Returned(self, column)
