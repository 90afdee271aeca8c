"""
Whether a type holds a Decimal, whose digits a float would lose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def holds_decimal(adapter: TypeAdapter[Any]) -> bool:
    """
    Say whether a value of the type may hold a Decimal, at any depth.

    Examples:
        >>> from decimal import Decimal
        >>> from pydantic import TypeAdapter
        >>> holds_decimal(TypeAdapter(list[Decimal | None])), holds_decimal(TypeAdapter(float))
        (True, False)
    """
    return _has_decimal(adapter.core_schema)


def _has_decimal(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        if schema.get("type") == "decimal":
            return True
        # What models keep in their metadata is about JSON schemas, and refers to themselves.
        return any(_has_decimal(value) for key, value in schema.items() if key != "metadata")
    return isinstance(schema, list | tuple) and any(map(_has_decimal, schema))
