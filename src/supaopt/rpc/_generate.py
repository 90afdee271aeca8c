"""
`generate`: a module that declares the functions that a database has.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supaopt.selectors import CatalogColumn, _code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.rpc._catalog import (
        CatalogArgument,
        CatalogFunction,
        CatalogResult,
        FunctionCatalog,
    )

_WIDTH: Final = 100
_JSON: Final = frozenset({"json", "jsonb"})
# Called by Postgres itself.
_INTERNAL: Final = frozenset({"event_trigger", "internal", "language_handler", "trigger"})


def generate(catalog: FunctionCatalog) -> str:
    """
    Return a Python module with a declaration for each function that the API can call.

    Rows that a function returns become a `supaopt.selectors.Row` with all of their columns: a
    start to cut from. An argument with a default has None for it, which is not sent; anything may
    come back as null unless the function says rows. Triggers, functions that no role of the API
    may execute, and those with arguments that Python cannot name are left out.

    Args:
        catalog: What the database holds: see `FunctionCatalog.read`.

    Examples:
        >>> from supaopt.rpc import CatalogArgument, CatalogFunction, FunctionCatalog
        >>> add = CatalogFunction(
        ...     schema_name="public", name="add", returns="int4", volatility="immutable",
        ...     arguments=[CatalogArgument(name="a", type="int4")], executable_by=["anon"],
        ... )
        >>> print(generate(FunctionCatalog(functions=[add])).splitlines()[8])
        def add(*, a: int) -> int | None:
    """
    functions = [each for each in catalog.functions if _is_callable(each)]
    names = _code.unique(_code.function_of(each.name) for each in functions)
    rows = _code.unique(_code.camel(f"{name}_row") for name in names)
    declared = [_Declared(*each) for each in zip(names, rows, functions, strict=True)]
    blocks = [block for each in declared for block in each.blocks()]
    return "\n\n\n".join(["\n".join(_head(declared)), *blocks]) + "\n"


def _is_callable(function: CatalogFunction) -> bool:
    if function.returns in _INTERNAL or not (function.executable_by or function.is_partial):
        return False
    names = [each.name or "" for each in function.arguments]
    return all(name.isidentifier() and not keyword.iskeyword(name) for name in names)


def _head(declared: list[_Declared]) -> Iterator[str]:
    imports: dict[str, set[str]] = {}
    for column in (column for each in declared for column in each.columns()):
        for module, name in _code.imports_of(column):
            imports.setdefault(module, set()).add(name)
    if any(each.function.returns in _JSON or each.function.is_partial for each in declared):
        imports.setdefault("typing", set()).add("Any")
    fields = [field for each in declared for field in each.fields()]
    if any(field.path for field in fields):
        imports.setdefault("typing", set()).add("Annotated")
    yield '"""'
    yield "Functions of the database, as `supaopt rpc generate` wrote them."
    yield '"""'
    yield ""
    for module, names in sorted(imports.items()):
        yield f"from {module} import {', '.join(sorted(names))}"
    if imports:
        yield ""
    yield "from supaopt.rpc import rpc"
    if fields:
        yield f"from supaopt.selectors import {_code.imported(fields)}"


def _column(each: CatalogArgument | CatalogResult) -> CatalogColumn:
    return CatalogColumn(name=each.name or "", type=each.type, is_array=each.is_array)


@dataclass(frozen=True, slots=True)
class _Declared:
    # One function, and its row, under the names they have in the module.
    name: str
    row: str
    function: CatalogFunction

    def columns(self) -> Iterator[CatalogColumn]:
        yield from map(_column, self.function.arguments)
        if self.function.columns is None:
            yield CatalogColumn(name="", type=self.function.returns)
        yield from map(_column, self.function.columns or ())

    def fields(self) -> list[_code.Field]:
        return _code.fields_of(map(_column, self.function.columns or ()))

    def blocks(self) -> Iterator[str]:
        if self.function.columns:
            yield "\n".join(self._row())
        yield "\n".join(self._wrapper())

    def _row(self) -> Iterator[str]:
        yield f"class {self.row}(Row):"
        yield '    """'
        yield f"    A row of `{self.name}`."
        yield '    """'
        yield ""
        for column, field in zip(self.function.columns or (), self.fields(), strict=True):
            annotation = _code.annotation_of(_column(column), nullable=True)
            yield f"    {field.name}: {_code.annotated(annotation, field)}"

    def _wrapper(self) -> Iterator[str]:
        options = ", ".join(self._options())
        yield f"@rpc({options})" if options else "@rpc"
        arguments = [*map(self._argument, self.function.arguments)]
        yield from _code.signature(self.name, arguments, self._result())
        yield '    """'
        called = f"{self.function.schema_name}.{self.function.name}"
        yield f"    {_code.docstring(f'Call `{called}`.')}"
        yield '    """'
        yield "    raise NotImplementedError"

    def _options(self) -> Iterator[str]:
        if self.name != self.function.name:
            yield f"name={_code.text(self.function.name)}"
        if self.function.volatility != "volatile":
            yield "stable=True"
        if self.function.schema_name != "public":
            yield f"schema={_code.text(self.function.schema_name)}"

    def _argument(self, argument: CatalogArgument) -> str:
        optional = argument.has_default
        annotation = _code.annotation_of(_column(argument), nullable=optional)
        return f"{argument.name}: {annotation}{' = None' if optional else ''}"

    def _result(self) -> str:
        function = self.function
        if function.is_partial:
            return "Any"
        if function.returns == "void":
            return "None"
        column = CatalogColumn(name="", type=function.returns, is_array=function.returns_array)
        item = _code.annotation_of(column, nullable=False)
        if function.columns:
            item = self.row
        if function.returns_set:
            return f"list[{item}]"
        return item if item == "Any" else f"{item} | None"
