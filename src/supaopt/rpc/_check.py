"""
`check`: what of a declared function a database has otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from supaopt.selectors import _fit, _suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.rpc._catalog import CatalogFunction, FunctionCatalog
    from supaopt.rpc._descriptor import Rpc

Problem = Literal["function", "argument", "result", "volatility", "security", "grant"]

_JSON = frozenset({"json", "jsonb"})


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One way in which a declaration and a database disagree.

    Attributes:
        function: Name of the function.
        problem: The ``function`` is missing; an ``argument`` differs; the ``result`` cannot be
            read as declared; its ``volatility`` is another; its ``security`` is weak: no
            search_path of its own; the ``grant`` lets nobody, or anybody, call it.
        message: What is wrong, in a sentence.
        suggestion: The name or the change that was probably meant, or None.
    """

    function: str
    problem: Problem
    message: str
    suggestion: str | None = None


def check(functions: Iterable[Rpc[..., Any]], catalog: FunctionCatalog) -> list[Finding]:
    """
    Compare declared functions with those of a database.

    Args:
        functions: The declarations.
        catalog: What the database holds: see `FunctionCatalog.read`. Of what the API told,
            results and rights are not compared.

    Returns:
        What disagrees; an empty list when nothing does.

    Raises:
        ConfigError: A declaration's return type cannot be resolved.
    """
    return [finding for function in functions for finding in _findings(function, catalog)]


def _findings(declared: Rpc[..., Any], catalog: FunctionCatalog) -> Iterator[Finding]:
    schema = declared.schema or "public"
    inside = [each for each in catalog.functions if each.schema_name == schema]
    named = [each for each in inside if each.name == declared.name]
    if not named:
        meant = _suggest.closest(declared.name, {each.name for each in inside})
        message = f"there is no function {schema}.{declared.name}"
        yield Finding(declared.name, "function", message, meant)
        return
    # Of several with one name the API picks the one whose arguments match best.
    found = min(named, key=lambda each: len(list(_arguments(declared, each))))
    yield from _arguments(declared, found)
    yield from _volatility(declared, found)
    if not found.is_partial:
        yield from _result(declared, found)
        yield from _rights(declared, found)


def _arguments(declared: Rpc[..., Any], found: CatalogFunction) -> Iterator[Finding]:
    ours = declared.parameters
    theirs = {each.name: each for each in found.arguments if each.name}
    for name, parameter in ours.items():
        if name not in theirs:
            meant = _suggest.closest(name, theirs.keys() - ours.keys())
            yield Finding(declared.name, "argument", f"it takes no argument {name}", meant)
        elif parameter.default is not parameter.empty and not theirs[name].has_default:
            message = f"{name} has no default in the database"
            yield Finding(declared.name, "argument", message, f"no default for {name}")
    for name, argument in theirs.items():
        if name not in ours and not argument.has_default:
            yield Finding(declared.name, "argument", f"it needs an argument {name}", f"add {name}")


def _result(declared: Rpc[..., Any], found: CatalogFunction) -> Iterator[Finding]:
    annotation, item = declared.returns, declared.returns
    is_list = get_origin(annotation) is list
    if found.returns in _JSON and declared.columns:
        yield Finding(
            declared.name,
            "result",
            "it returns JSON, of which no columns can be chosen",
            "a BaseModel in place of the Row",
        )
    if annotation is None or found.returns in _JSON or found.returns == "void":
        if found.returns == "void" and annotation is not None:
            yield Finding(declared.name, "result", "it returns nothing", "-> None")
        return
    if found.returns_set and not is_list and not _fit.allows_none(annotation):
        message = "it returns any number of rows, so there may be none"
        yield Finding(declared.name, "result", message, "-> list[X] or X | None")
    if is_list and not (found.returns_set or found.returns_array):
        yield Finding(declared.name, "result", "it returns one value", "-> X")
    if is_list:
        item = get_args(annotation)[0]
    if found.columns is None:
        reason = _fit.misfit(item, type_name=found.returns, is_array=False, labels=None)
        if reason and not found.returns_array:
            yield Finding(declared.name, "result", reason)
    elif isinstance(item, type) and issubclass(item, BaseModel):
        yield from _columns(declared.name, item, found)


def _columns(name: str, model: type[BaseModel], found: CatalogFunction) -> Iterator[Finding]:
    columns = {column.name: column for column in found.columns or []}
    for field, info in model.model_fields.items():
        key = info.validation_alias if isinstance(info.validation_alias, str) else field
        column = columns.get(key)
        if column is None:
            if info.is_required():
                meant = _suggest.closest(key, columns)
                yield Finding(name, "result", f"its rows have no column {key}", meant)
            continue
        reason = _fit.misfit(
            info.annotation, type_name=column.type, is_array=column.is_array, labels=None
        )
        if reason:
            yield Finding(name, "result", f"{key}: {reason}")


def _volatility(declared: Rpc[..., Any], found: CatalogFunction) -> Iterator[Finding]:
    if declared.stable and found.volatility == "volatile":
        yield Finding(
            declared.name, "volatility", "it is VOLATILE: it may write", "say stable=False"
        )
    if not declared.stable and found.volatility != "volatile":
        message = f"it is {found.volatility.upper()}: it only reads"
        yield Finding(declared.name, "volatility", message, "say stable=True")


def _rights(declared: Rpc[..., Any], found: CatalogFunction) -> Iterator[Finding]:
    if not found.has_search_path:
        yield Finding(
            declared.name, "security", "it trusts the caller's search_path", "set search_path = ''"
        )
    if not found.executable_by:
        yield Finding(declared.name, "grant", "no role of the API may execute it", "grant execute")
    if found.is_definer and "anon" in found.executable_by:
        yield Finding(
            declared.name,
            "grant",
            "it runs with its owner's rights, and anybody may execute it",
            "revoke execute from public, anon",
        )
