"""
`generate`: a module of row classes and entities for what a database holds.
"""

from __future__ import annotations

import builtins
import json
import keyword
import re
from typing import TYPE_CHECKING, Final

from supaopt.selectors._row import TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.selectors._catalog import Catalog, CatalogColumn, CatalogTable

# What a value is read as, and the module that the type comes from.
_TYPES: Final[dict[str, tuple[str, str]]] = {
    "bool": ("bool", ""),
    "bytea": ("str", ""),
    "date": ("date", "datetime"),
    "float4": ("float", ""),
    "float8": ("float", ""),
    "int2": ("int", ""),
    "int4": ("int", ""),
    "int8": ("int", ""),
    "interval": ("str", ""),
    "json": ("Any", "typing"),
    "jsonb": ("Any", "typing"),
    "numeric": ("Decimal", "decimal"),
    "time": ("time", "datetime"),
    "timestamp": ("datetime", "datetime"),
    "timestamptz": ("datetime", "datetime"),
    "uuid": ("UUID", "uuid"),
}
_WORD: Final = re.compile(r"[^0-9A-Za-z]+")


def generate(catalog: Catalog) -> str:
    """
    Return a Python module with a row class and an `Entity` for each table and view.

    Each row class holds all columns of its table: a start to cut column sets from, as one that is
    sent as it is saves nothing over ``*``. Each entity knows its columns, so type checkers refuse
    a filter on one that does not exist.

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
    names = _unique(_camel(table.name) for table in tables)
    bodies = [_table(name, table) for name, table in zip(names, tables, strict=True)]
    return "\n\n\n".join([_head(tables), *bodies]) + "\n"


def _head(tables: list[CatalogTable]) -> str:
    columns = [column for table in tables for column in table.columns]
    used: dict[str, set[str]] = {"typing": {"Final", "Literal"}}
    for column in columns:
        name, module = _TYPES.get(column.type, ("str", ""))
        if module and column.labels is None:
            used.setdefault(module, set()).add(name)
        if _field(column.name)[1]:
            used["typing"].add("Annotated")
    ours = {"Entity", "Row"} | ({"Col"} if "Annotated" in used["typing"] else set())
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
            f"from supaopt.selectors import {', '.join(sorted(ours))}",
        ]
    )


def _table(name: str, table: CatalogTable) -> str:
    schema = "" if table.schema_name == "public" else f", schema={_text(table.schema_name)}"
    kind = "view" if table.is_view else "table"
    literal = "".join(f"            {_text(column.name)},\n" for column in table.columns)
    constant = _WORD.sub("_", table.name).upper()
    constant = constant if constant.isidentifier() else f"T_{constant}"
    lines = [
        f"class {name}(Row, table={_text(table.name)}{schema}):",
        '    """',
        f"    Every column of the {kind}.",
        '    """',
        "",
        *_fields(table),
        "",
        "",
        f"{constant}: Final[",
        f"    Entity[\n        Literal[\n{literal}        ]\n    ]",
        f"] = Entity({_text(table.name)}{schema})",
    ]
    return "\n".join(lines)


def _fields(table: CatalogTable) -> Iterator[str]:
    for column in table.columns:
        field, path = _field(column.name)
        annotation = _annotation(column, nullable=not (column.not_null or table.is_view))
        if path:
            annotation = f"Annotated[{annotation}, Col({_text(path)})]"
        yield f"    {field}: {annotation}"


def _annotation(column: CatalogColumn, *, nullable: bool) -> str:
    if column.labels:
        text = f"Literal[{', '.join(map(_text, column.labels))}]"
    else:
        text = _TYPES.get(column.type, ("str", ""))[0]
    if column.is_array:
        text = f"list[{text}]"
    return f"{text} | None" if nullable and text != "Any" else text


def _text(value: str) -> str:
    # Names come from a database and go into code: never without being quoted.
    return json.dumps(value, ensure_ascii=False)


def _field(column: str) -> tuple[str, str]:
    # The field's name, and the path where the name alone does not say the column.
    if keyword.iskeyword(column) or column in TAKEN:
        return f"{column}_", ""
    if column.isidentifier() and not column.startswith("_") and column.isascii():
        return column, ""
    field = _WORD.sub("_", column).strip("_").lower() or "column"
    return (field if field.isidentifier() else f"c_{field}"), column


def _camel(name: str) -> str:
    words = [word for word in _WORD.split(name) if word]
    camel = "".join(word[0].upper() + word[1:] for word in words) or "Table"
    clashes = camel in {"Col", "Entity", "Row", "Any", "Final", "Literal", "Decimal", "UUID"}
    if clashes or hasattr(builtins, camel) or not camel.isidentifier():
        return f"{camel if camel[0].isalpha() else 'T' + camel}Row"
    return camel


def _unique(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate in found:
            candidate, number = f"{name}{number}", number + 1
        found.append(candidate)
    return found
