"""
`generate`: a module of row classes and entities for what a database holds.
"""

from __future__ import annotations

import builtins
import json
import keyword
import re
from dataclasses import dataclass
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
_WIDTH: Final = 100
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
    names = unique(camel(table.name) for table in tables)
    bodies = [_table(name, table) for name, table in zip(names, tables, strict=True)]
    return "\n\n\n".join([_head(tables), *bodies]) + "\n"


def _head(tables: list[CatalogTable]) -> str:
    columns = [column for table in tables for column in table.columns]
    used: dict[str, set[str]] = {"typing": {"Final", "Literal"}}
    for column in columns:
        for module, name in imports_of(column):
            used.setdefault(module, set()).add(name)
        if field_of(column.name).path:
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
    schema = "" if table.schema_name == "public" else f", schema={text(table.schema_name)}"
    kind = "view" if table.is_view else "table"
    literal = "".join(f"            {text(column.name)},\n" for column in table.columns)
    constant = _WORD.sub("_", table.name).upper()
    constant = constant if constant.isidentifier() else f"T_{constant}"
    lines = [
        f"class {name}(Row, table={text(table.name)}{schema}):",
        '    """',
        f"    Every column of the {kind}.",
        '    """',
        "",
        *_fields(table),
        "",
        "",
        f"{constant}: Final[",
        f"    Entity[\n        Literal[\n{literal}        ]\n    ]",
        f"] = Entity({text(table.name)}{schema})",
    ]
    return "\n".join(lines)


def _fields(table: CatalogTable) -> Iterator[str]:
    for column in table.columns:
        field = field_of(column.name)
        annotation = annotation_of(column, nullable=not (column.not_null or table.is_view))
        yield f"    {field.name}: {annotated(annotation, field)}"


def annotation_of(column: CatalogColumn, *, nullable: bool) -> str:
    """
    Return the Python type of a column's values, as code.
    """
    if column.labels:
        annotation = f"Literal[{', '.join(map(text, column.labels))}]"
    else:
        annotation = _TYPES.get(column.type, ("str", ""))[0]
    if column.is_array:
        annotation = f"list[{annotation}]"
    return f"{annotation} | None" if nullable and annotation != "Any" else annotation


def imports_of(column: CatalogColumn) -> Iterator[tuple[str, str]]:
    """
    Yield module and name of what that type is imported by.
    """
    name, module = _TYPES.get(column.type, ("str", ""))
    if column.labels:
        yield "typing", "Literal"
    elif module:
        yield module, name


def text(value: str) -> str:
    """
    Return text as code. Names come from a database: never without being quoted.
    """
    return json.dumps(value, ensure_ascii=False)


def docstring(line: str) -> str:
    """
    Return a line as a docstring can hold it, whoever wrote it.
    """
    line = line.replace("\\", "\\\\")
    line = "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in line)
    return line.replace('"', '\\"') if '"""' in line or line.endswith('"') else line


@dataclass(frozen=True, slots=True)
class Field:
    """
    A row's field.

    Attributes:
        name: Its name.
        path: The column, where the name alone does not say it; else empty.
    """

    name: str
    path: str = ""


def field_of(column: str) -> Field:
    """
    Return the field of a row class that reads *column*.
    """
    if keyword.iskeyword(column) or column in TAKEN:
        return Field(f"{column}_")
    if column.isidentifier() and not column.startswith("_") and column.isascii():
        return Field(column)
    name = _WORD.sub("_", column).strip("_").lower() or "column"
    return Field(name if name.isidentifier() else f"c_{name}", column)


def annotated(annotation: str, field: Field) -> str:
    """
    Return the annotation of a field, with its column where the name alone does not say it.
    """
    return f"Annotated[{annotation}, Col({text(field.path)})]" if field.path else annotation


def imported(fields: Iterable[Field]) -> str:
    """
    Return what row classes of *fields* import from `supaopt.selectors`.
    """
    return "Col, Row" if any(field.path for field in fields) else "Row"


def signature(name: str, arguments: list[str], result: str) -> Iterator[str]:
    """
    Yield the lines of a function's head, as a formatter would break them.
    """
    listed = ["*", *arguments] if arguments else []
    line = f"def {name}({', '.join(listed)}) -> {result}:"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"def {name}("
    inner = f"    {', '.join(listed)}"
    yield from [inner] if len(inner) <= _WIDTH else [f"    {each}," for each in listed]
    yield f") -> {result}:"


def camel(name: str) -> str:
    """
    Return *name* as the name of a class, one that nothing else in the module has.
    """
    words = [word for word in _WORD.split(name) if word]
    joined = "".join(word[0].upper() + word[1:] for word in words) or "Table"
    clashes = joined in {"Col", "Entity", "Row", "Any", "Final", "Literal", "Decimal", "UUID"}
    if clashes or hasattr(builtins, joined) or not joined.isidentifier():
        return f"{joined if joined[0].isalpha() else 'T' + joined}Row"
    return joined


def unique(names: Iterable[str]) -> list[str]:
    """
    Return *names* with a number added to each that was there before.
    """
    found: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate in found:
            candidate, number = f"{name}{number}", number + 1
        found.append(candidate)
    return found
