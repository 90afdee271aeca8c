"""
`generate`: a module of row classes and entities for what a database holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.selectors import _code, _related

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.selectors._catalog import Catalog, CatalogTable


def generate(catalog: Catalog) -> str:
    """
    Return a Python module with row classes and an `Entity` for each table and view.

    Each row class holds all columns of its table: a start to cut column sets from, as one that is
    sent as it is saves nothing over ``*``. Where a table has relationships, a second class adds
    them as embeds. Each entity knows its columns, so type checkers refuse a filter on one that
    does not exist.

    Args:
        catalog: What the database holds: see `Catalog.read`.

    Examples:
        >>> from supaopt.selectors import Catalog, CatalogColumn, CatalogTable
        >>> columns = [CatalogColumn(name="id", type="int4", not_null=True)]
        >>> table = CatalogTable(schema_name="public", name="tags", columns=columns)
        >>> print(generate(Catalog(tables=[table], keys=[])).splitlines()[9])
        class Tags(Row, table="tags"):
    """
    tables = [table for table in catalog.tables if table.columns]
    names = _code.unique(_code.camel(table.name) for table in tables)
    constants = _code.unique(_code.constant(table.name) for table in tables)
    bodies = [
        _table(name, constant, table)
        for name, constant, table in zip(names, constants, tables, strict=True)
    ]
    classes = {
        (table.schema_name, table.name): name for name, table in zip(names, tables, strict=True)
    }
    # After all the rows, which they name.
    related = list(_related.classes(catalog, classes))
    text = "\n\n\n".join([*bodies, *related])
    return "\n\n\n".join([_head(tables, text), text]) + "\n"


def _head(tables: list[CatalogTable], body: str) -> str:
    used: dict[str, set[str]] = {"typing": {"Final", "Literal"}}
    for column in (column for table in tables for column in table.columns):
        for module, name in _code.imports_of(column):
            used.setdefault(module, set()).add(name)
    has_col = ": Annotated[" in body
    if has_col:
        used["typing"].add("Annotated")
    imports = [
        f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(used.items())
    ]
    return "\n".join(
        [
            '"""',
            "Row classes and entities of the database, as `supaopt selectors generate` wrote them.",
            '"""',
            "",
            *imports,
            "",
            f"from supaopt.selectors import {'Col, ' if has_col else ''}Entity, Row",
        ]
    )


def _table(name: str, constant: str, table: CatalogTable) -> str:
    schema = "" if table.schema_name == "public" else f", schema={_code.text(table.schema_name)}"
    kind = "view" if table.is_view else "table"
    literal = "".join(f"            {_code.text(column.name)},\n" for column in table.columns)
    lines = [
        f"class {name}(Row, table={_code.text(table.name)}{schema}):",
        '    """',
        f"    Every column of the {kind}.",
        '    """',
        "",
        *_fields(table),
        "",
        "",
        f"{constant}: Final[",
        f"    Entity[\n        Literal[\n{literal}        ]\n    ]",
        f"] = Entity({_code.text(table.name)}{schema})",
    ]
    return "\n".join(lines)


def _fields(table: CatalogTable) -> Iterator[str]:
    for column, field in zip(table.columns, _code.fields_of(table.columns), strict=True):
        annotation = _code.annotation_of(column, nullable=not (column.not_null or table.is_view))
        yield f"    {field.name}: {_code.annotated(annotation, field)}"
