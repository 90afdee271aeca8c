"""
Whether a column can take a constant, a type, or what the database knows itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from supaopt.rpc._new.placeholders import Placeholder
from supaopt.selectors import _fit, _suggest

if TYPE_CHECKING:
    from supaopt.rpc._new.placeholders import Known
    from supaopt.selectors import CatalogColumn

_TIMES: Final = frozenset({"date", "time", "timestamp", "timestamptz", "timetz"})
_WHOLE: Final = frozenset({"int2", "int4", "int8"})
_NUMBERS: Final = _WHOLE | {"float4", "float8", "numeric"}


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why it cannot, and what was probably meant.
    """

    message: str
    meant: str | None = None


def is_number(column: CatalogColumn) -> bool:
    """
    Say whether a column can be added to.
    """
    return column.type in _NUMBERS and not column.is_array


def has_constants(column: CatalogColumn) -> bool:
    """
    Say whether Python has constants of a column's type: of times and UUIDs it has classes.
    """
    return column.type not in _TIMES | {"uuid"}


def known(column: CatalogColumn, value: Known) -> Reason | None:
    """
    Return why a column cannot take what the database knows itself.
    """
    fits = column.type in _TIMES if value.what == "now" else column.type == "uuid"
    if fits and not column.is_array:
        return None
    wanted = "dates and times" if value.what == "now" else "a uuid"
    return Reason(f"{value.what}() is for {wanted}; it is {column.sql_type}")


def holds_placeholder(value: object) -> bool:
    """
    Say whether a document or a list holds, at any depth, what comes with each call.
    """
    if isinstance(value, dict):
        return any(map(holds_placeholder, [*value, *value.values()]))
    if isinstance(value, list | tuple):
        return any(map(holds_placeholder, value))
    return isinstance(value, Placeholder)


def constant(column: CatalogColumn, value: object) -> Reason | None:
    """
    Return why a column cannot take a constant.
    """
    if column.type in ("json", "jsonb"):
        return None
    if column.labels and not column.is_array:
        return _label(column.labels, value)
    if column.type in _WHOLE and isinstance(value, float | Decimal):
        return Reason(f"{value!r} cannot be its value: it is {column.sql_type}")
    # What a list holds cannot be told from its class.
    is_list = column.is_array and isinstance(value, list | tuple)
    if not is_list and (reason := annotation(column, type(value))):
        return Reason(f"{value!r} cannot be its value: {reason}")
    return None


def _label(labels: list[str], value: object) -> Reason | None:
    if getattr(value, "value", value) in labels:
        return None
    meant = _suggest.closest(str(value), labels)
    return Reason(f"{value!r} is none of {', '.join(labels)}", meant)


def annotation(column: CatalogColumn, kind: Any) -> str:
    """
    Return why a column cannot take values of a Python type, or the empty string.
    """
    # A whole number may go where any number may, though it may not come back as one.
    names = [column.type, "int4"] if column.type in _NUMBERS else [column.type]
    reasons = [
        _fit.misfit(kind, type_name=name, is_array=column.is_array, labels=column.labels)
        for name in names
    ]
    return "" if "" in reasons else reasons[0]
