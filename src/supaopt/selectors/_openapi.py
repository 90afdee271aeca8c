"""
A database as PostgREST's OpenAPI document shows it: for checks where there is no database URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from supaopt import _postgrest
from supaopt._adapters import supabase as adapter
from supaopt._wire import Request
from supaopt.errors import ConfigError
from supaopt.selectors._catalog import (
    Catalog,
    CatalogColumn,
    CatalogComputed,
    CatalogKey,
    CatalogTable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase import Client

    from supaopt._wire import Transport

_MODEL: Final = ConfigDict(frozen=True, defer_build=True)
# The last lines of a column's description, after what its own comment says.
_PRIMARY: Final = "This is a Primary Key.<pk/>"
_FOREIGN: Final = ("This is a Foreign Key to `", "`.<fk table='", "' column='", "'/>")
_MODIFIER: Final = re.compile(r"\([^()]*\)")
# What SQL calls a type, and what the catalogue does.
_TYPES: Final = {
    "bigint": "int8",
    "bit varying": "varbit",
    "boolean": "bool",
    "character": "bpchar",
    "character varying": "varchar",
    "double precision": "float8",
    "integer": "int4",
    "real": "float4",
    "smallint": "int2",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
}


class Property(BaseModel):
    """
    A column or an argument.
    """

    model_config = _MODEL

    format: str = ""
    description: str | None = None
    enum: list[Any] | None = None
    default: Any = None


class Definition(BaseModel):
    """
    A table, or the arguments of a function.
    """

    model_config = _MODEL

    properties: dict[str, Property] = {}
    required: list[str] = []


class Parameter(BaseModel):
    """
    One part of a request: its body, a query parameter, or a reference to a shared one.
    """

    model_config = _MODEL

    place: str = Field("", alias="in")
    body: Definition | None = Field(None, alias="schema")


class Operation(BaseModel):
    """
    What one method takes.
    """

    model_config = _MODEL

    parameters: list[Parameter] = []


class Path(BaseModel):
    """
    A table or a function, by the methods that it answers.
    """

    model_config = _MODEL

    get: Operation | None = None
    post: Operation | None = None


class Document(BaseModel):
    """
    What PostgREST answers at the root of the API.
    """

    model_config = _MODEL

    definitions: dict[str, Definition]
    paths: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a document tells of a function.

    Attributes:
        arguments: Its arguments.
        only_reads: True when it is STABLE or IMMUTABLE.
    """

    arguments: Definition
    only_reads: bool


def transport_of(client: Client) -> Transport:
    """
    Return what sends *client*'s requests.

    Raises:
        ConfigError: It is asynchronous, or no client at all.
    """
    if adapter.is_async(client):
        raise ConfigError("a catalogue is fetched with a supabase.Client, not an AsyncClient")
    return adapter.connect(client)


def fetch(transport: Transport, schema: str) -> Document:
    """
    Return the document of one schema.

    Raises:
        ResponseError: The API refused: the key may not, or has no such schema.
        ConfigError: It answers with another document, or with one that shows nothing.
    """
    request = Request(
        method="GET",
        path="",
        headers={"accept": "application/openapi+json, application/json"},
        schema=schema,
    )
    content = _postgrest.body(transport.send(request))
    try:
        document = Document.model_validate_json(content)
    except ValidationError:
        document = None
    if document is None or not (document.definitions or document.paths.keys() - {"/"}):
        raise ConfigError(
            f"the API's OpenAPI document shows nothing of the schema {schema}: pass a secret key, "
            "or set openapi-mode, or check against a database URL or a snapshot"
        )
    return document


def catalog_of(document: Document, schema: str) -> Catalog:
    """
    Return the tables of a document as a catalogue.
    """
    tables = [_table(schema, name, each) for name, each in sorted(document.definitions.items())]
    keys = [
        key
        for name, each in sorted(document.definitions.items())
        for key in _keys(schema, name, each)
    ]
    computed = list(_computed(document, schema))
    return Catalog(tables=tables, keys=keys, computed=computed, is_partial=True)


def _table(schema: str, name: str, definition: Definition) -> CatalogTable:
    primary = list(_primary(definition))
    return CatalogTable(
        schema_name=schema,
        name=name,
        # Columns of views are never declared not null, and a table has a key that is.
        is_view=not definition.required,
        columns=[
            _column(column, each, not_null=column in definition.required)
            for column, each in definition.properties.items()
        ],
        primary_key=primary,
        unique=[primary] if primary else [],
    )


def _column(name: str, each: Property, *, not_null: bool) -> CatalogColumn:
    type_name, is_array = type_of(each.format)
    return CatalogColumn(
        name=name,
        type=type_name,
        is_array=is_array,
        labels=None if each.enum is None else [str(label) for label in each.enum],
        not_null=not_null,
        has_default="default" in each.model_fields_set,
        sql_type=each.format,
    )


def type_of(sql_type: str) -> tuple[str, bool]:
    """
    Return the catalogue's name of a type as SQL declares it, and whether it is an array.

    Examples:
        >>> type_of("timestamp with time zone"), type_of('public."Mood"[]')
        (('timestamptz', False), ('Mood', True))
    """
    name = sql_type.removesuffix("[]")
    bare = _MODIFIER.sub("", name)
    bare = bare.rpartition(".")[2].strip('"') if "." in bare else bare
    return _TYPES.get(bare, bare), name != sql_type


def _notes(each: Property) -> list[str]:
    return (each.description or "").rpartition("Note:\n")[2].splitlines()


def _primary(definition: Definition) -> Iterator[str]:
    for column, each in definition.properties.items():
        if _PRIMARY in _notes(each):
            yield column


def _target(note: str) -> str:
    # By parts, as a pattern would take minutes for a long comment that has them many times.
    begin, table, column, end = _FOREIGN
    if not (note.startswith(begin) and note.endswith(end)):
        return ""
    _, found, name = note.rpartition(column)[0].rpartition(table)
    return name if found else ""


def _keys(schema: str, table: str, definition: Definition) -> Iterator[CatalogKey]:
    primary = list(_primary(definition))
    for column, each in definition.properties.items():
        for target in filter(None, map(_target, _notes(each))):
            yield CatalogKey(
                # Constraints are not named, but PostgREST takes the column for a hint too.
                name=column,
                schema_name=schema,
                table=table,
                columns=[column],
                target_schema=schema,
                target_table=target,
                # Other unique keys than the primary one are not told.
                is_unique=True if primary == [column] else None,
                is_in_primary_key=column in primary,
            )


def _computed(document: Document, schema: str) -> Iterator[CatalogComputed]:
    rows = {
        form: table
        for table in document.definitions
        for form in (f"{schema}.{table}", f'{schema}."{table}"', table, f'"{table}"')
    }
    for name, told in functions_of(document):
        forms = [each.format for each in told.arguments.properties.values()]
        if len(forms) == 1 and forms[0] in rows:
            yield CatalogComputed(name=name, schema_name=schema, table=rows[forms[0]])


def functions_of(document: Document) -> Iterator[tuple[str, Told]]:
    """
    Yield each function of a document by name.
    """
    for path, each in sorted(document.paths.items()):
        if path.startswith("/rpc/"):
            # Its body; by GET there may be the same as query parameters.
            parameters = each.post.parameters if each.post else []
            bodies = [one.body for one in parameters if one.place == "body" and one.body]
            arguments = bodies[0] if bodies else Definition()
            yield path.removeprefix("/rpc/"), Told(arguments, only_reads=each.get is not None)
