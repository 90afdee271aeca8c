"""
`draft`: declarations and a catalogue in, a migration and a module out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supaopt.errors import ConfigError
from supaopt.rpc._new import python, sql
from supaopt.rpc._new.replacing import refuse_other
from supaopt.rpc._new.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.rpc._catalog import FunctionCatalog
    from supaopt.rpc._new.atomic import AtomicFunction
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
            each time; with the name or the change that was probably meant. Or two have one name,
            or there is a function of the same name with other arguments or another result. Or the
            catalogue is what the API told.

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
    if catalog.is_partial:
        raise ConfigError(
            "the API's document does not tell keys and generated columns, which a function that "
            "writes depends on: read a database, or a snapshot of one"
        )
    resolved = [resolve(each, catalog) for each in functions]
    names = [each.declared.name for each in resolved]
    for function in resolved:
        if names.count(function.declared.name) > 1:
            raise ConfigError(
                f"{function.declared.name}: two declarations have this name, and one module of "
                "wrappers has room for one: rename one, or write them apart"
            )
        for other in existing.functions if existing else ():
            refuse_other(function, other)
    return Draft("\n".join(map(sql.render, resolved)), python.render(resolved))
