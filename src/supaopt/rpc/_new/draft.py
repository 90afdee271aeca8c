"""
`draft`: declarations and a catalogue in, a migration and a module out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supaopt.errors import ConfigError
from supaopt.rpc._new import python, sql
from supaopt.rpc._new.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.rpc._catalog import CatalogFunction, FunctionCatalog
    from supaopt.rpc._new.atomic import AtomicFunction
    from supaopt.rpc._new.model import Function
    from supaopt.selectors import Catalog


@dataclass(frozen=True, slots=True)
class Draft:
    """
    Atomic functions, written down.

    Attributes:
        sql: Migration that installs them.
        python: Module with a typed wrapper of each.
    """

    sql: str
    python: str


def draft(
    functions: Iterable[AtomicFunction],
    catalog: Catalog,
    *,
    existing: FunctionCatalog | None = None,
) -> Draft:
    """
    Write down functions that `atomic` declares.

    Args:
        functions: The declarations.
        catalog: What the database holds: see `supaopt.selectors.Catalog.read`.
        existing: Its functions, so that none gets a second one of its name: see
            `FunctionCatalog.read`. None when they are not known.

    Raises:
        ConfigError: A table or column does not exist, a type cannot be right, or a step would fail
            each time; with the name or the change that was probably meant. Or there is a function
            of the same name with other arguments.

    Examples:
        >>> from supaopt.rpc import Writes, atomic
        >>> from supaopt.selectors import Catalog, CatalogColumn, CatalogTable
        >>> @atomic(grant=["service_role"])
        ... def add_tag(writes: Writes, *, p_name: str) -> object:
        ...     return writes.insert("tags", {"name": p_name})["id"]
        >>> columns = [
        ...     CatalogColumn(
        ...         name="id", type="int4", sql_type="integer", not_null=True, has_default=True
        ...     ),
        ...     CatalogColumn(name="name", type="text", sql_type="text", not_null=True),
        ... ]
        >>> tags = CatalogTable(schema_name="public", name="tags", columns=columns)
        >>> print(draft([add_tag], Catalog(tables=[tags], keys=[])).python.splitlines()[8])
        def add_tag(*, p_name: str) -> int:
    """
    resolved = [resolve(each, catalog) for each in functions]
    for function in resolved:
        for other in existing.functions if existing else ():
            _refuse_second(function, other)
    return Draft("\n".join(map(sql.render, resolved)), python.render(resolved))


def _refuse_second(function: Function, other: CatalogFunction) -> None:
    # `create or replace` would leave it beside the new one, and callers could not tell which of
    # the two they get (PGRST203).
    declared = function.declared
    if (declared.schema, declared.name) != (other.schema_name, other.name):
        return
    columns = [each.column for each in function.arguments]
    ours = [(each.type, each.is_array) if each else ("jsonb", False) for each in columns]
    if ours != [(each.type, each.is_array) for each in other.arguments]:
        names = ", ".join(f"{each.name or '?'} {each.type}" for each in other.arguments)
        raise ConfigError(
            f"{declared.name}: there is a function {declared.schema}.{declared.name}({names}); "
            "callers of either could get the other: choose another name, or drop it first"
        )
