"""
A catalogue's names and types as Python code, which nothing in them can get out of.
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

    from supaopt.selectors._catalog import CatalogColumn

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
_NAME: Final = re.compile(r"\w+")
# What modules import or take for granted, and a function must not hide.
_USED: Final = frozenset(
    {name for name, _ in _TYPES.values()}
    | {"Annotated", "Any", "Col", "Literal", "Row", "TypedDict", "list", "rpc"}
)


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


def fields_of(columns: Iterable[CatalogColumn]) -> list[Field]:
    """
    Return the fields of a row class that reads *columns*: each with a name of its own, that is not
    the type of a later one, as checkers would take the field for it.
    """
    found: list[Field] = []
    types: set[str] = set()
    columns = list(columns)
    named = unique([field_of(column.name).name for column in columns])
    for column, name in reversed([*zip(columns, named, strict=True)]):
        field = field_of(column.name)
        if name in types or name != field.name:
            field = Field(f"{name}_" if name in types else name, column.name)
        found.append(field)
        types.update(names_of(column))
    return found[::-1]


def names_of(column: CatalogColumn) -> set[str]:
    """
    Return the names in the type of a column's values.
    """
    labels = "Literal" if column.labels else ""
    annotation = labels or annotation_of(column, nullable=False)
    return {*_NAME.findall(annotation), *(["list"] if column.is_array else [])}


def function_of(name: str) -> str:
    """
    Return the name of the Python function that calls *name*: it hides nothing of its module.
    """
    field = field_of(name).name
    return f"{field}_" if field in _USED else field


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


def constant(name: str) -> str:
    """
    Return *name* as the name of a constant.
    """
    upper = _WORD.sub("_", name).upper()
    return upper if upper.isidentifier() else f"T_{upper}"


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
