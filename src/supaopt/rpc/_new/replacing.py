"""
Whether `create or replace function` replaces a function that is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.errors import ConfigError
from supaopt.rpc._new import quote
from supaopt.rpc._new.placeholders import NOTHING

if TYPE_CHECKING:
    from supaopt.rpc._catalog import CatalogFunction
    from supaopt.rpc._new.model import Function


def refuse_other(function: Function, other: CatalogFunction) -> None:
    """
    Raise when *other* has the name of *function*, but not its arguments and its result.

    Raises:
        ConfigError: With the statement that drops the old one.
    """
    declared = function.declared
    if (declared.schema, declared.name) != (other.schema_name, other.name):
        return
    if reason := _difference(function, other):
        old = f"{quote.name(other.schema_name)}.{quote.name(other.name)}"
        types = [f"{each.type}{'[]' * each.is_array}" for each in other.arguments]
        named = [
            f"{each.name or '?'} {of}" for each, of in zip(other.arguments, types, strict=True)
        ]
        raise ConfigError(
            f"{declared.name}: there is a function {old}({', '.join(named)}), and {reason}; choose "
            f"another name, or drop it first: drop function {old}({', '.join(types)});"
        )


def _difference(function: Function, other: CatalogFunction) -> str:
    arguments = function.arguments
    columns = [each.column for each in arguments]
    types = [(each.type, each.is_array) if each else ("jsonb", False) for each in columns]
    if types != [(each.type, each.is_array) for each in other.arguments]:
        # Both would be there, and the API cannot tell which of them is meant (PGRST203).
        return "callers of either could get the other"
    if [each.name for each in arguments] != [each.name for each in other.arguments]:
        return "Postgres does not rename its arguments"
    pairs = zip(arguments, other.arguments, strict=True)
    if any(old.has_default and new.default is NOTHING for new, old in pairs):
        return "Postgres does not take a default from an argument"
    if not (other.is_partial or _returns_same(function, other)):
        return "Postgres does not change its result"
    return ""


def _returns_same(function: Function, other: CatalogFunction) -> bool:
    if other.returns_set:
        return False
    if not function.outputs:
        return other.returns == "void"
    outputs = [(each.name, each.column.type, each.column.is_array) for each in function.outputs]
    if function.is_scalar:
        return outputs[0][1:] == (other.returns, other.returns_array)
    return outputs == [(each.name, each.type, each.is_array) for each in other.columns or ()]
