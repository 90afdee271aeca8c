"""
A database's tables, columns and relationships, as row classes are checked against them.
"""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from supaopt.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supabase import Client

_MODEL: Final = ConfigDict(frozen=True, defer_build=True, extra="forbid")


class CatalogColumn(BaseModel):
    """
    One column.

    Attributes:
        name: Its name.
        type: Postgres's name of its type, or of its elements' type: ``int4``, ``timestamptz``.
        is_array: True for an array of it.
        labels: Labels of an enum; None for any other type.
        not_null: True when it is declared so. Views never are.
        has_default: True when an insert may leave it out.
        is_generated: True when it cannot be written.
        sql_type: Its type as SQL declares it, with its schema where it is no type of Postgres's
            own: ``timestamp with time zone``, ``public.mood[]``. Empty when it is not known.
    """

    model_config = _MODEL

    name: str
    type: str
    is_array: bool = False
    labels: list[str] | None = None
    not_null: bool = False
    has_default: bool = False
    is_generated: bool = False
    sql_type: str = ""


class CatalogTable(BaseModel):
    """
    One table or view.

    Attributes:
        schema_name: Its schema.
        name: Its name.
        is_view: True for a view.
        columns: Its columns.
        primary_key: Columns of its primary key.
        unique: Columns of each key, the primary one among them, that no two rows share.
    """

    model_config = _MODEL

    schema_name: str
    name: str
    is_view: bool = False
    columns: list[CatalogColumn]
    primary_key: list[str] = []
    unique: list[list[str]] = []

    @cached_property
    def by_name(self) -> dict[str, CatalogColumn]:
        """
        Its columns by name.
        """
        return {column.name: column for column in self.columns}


class CatalogKey(BaseModel):
    """
    One foreign key.

    Attributes:
        name: Name of the constraint.
        schema_name: Schema of the table that refers.
        table: Table that refers.
        columns: Its columns that refer.
        target_schema: Schema of the table that is referred to.
        target_table: Table that is referred to.
        is_unique: True when at most one row refers to each target; None when that is not known.
        is_in_primary_key: True when the columns are part of the primary key.
    """

    model_config = _MODEL

    name: str
    schema_name: str
    table: str
    columns: list[str]
    target_schema: str
    target_table: str
    is_unique: bool | None = False
    is_in_primary_key: bool = False


class CatalogComputed(BaseModel):
    """
    A function of one row: a computed column or relationship.
    """

    model_config = _MODEL

    name: str
    schema_name: str
    table: str


class Catalog(BaseModel):
    """
    What a database holds, as far as selects can see it.

    Read it with `Catalog.read` from a database, with `Catalog.fetch` from the API, or with
    `Catalog.load` from a file that ``selectors snapshot`` wrote.

    Attributes:
        tables: Its tables and views.
        keys: Its foreign keys.
        computed: Functions that are columns or relationships.
        is_partial: True for what the API told, which is not everything: see `fetch`.
    """

    model_config = _MODEL

    tables: list[CatalogTable]
    keys: list[CatalogKey]
    computed: list[CatalogComputed] = []
    is_partial: bool = False

    @cached_property
    def by_name(self) -> dict[tuple[str, str], CatalogTable]:
        """
        The tables by schema and name.
        """
        return {(table.schema_name, table.name): table for table in self.tables}

    def has_computed(self, schema: str, table: str, name: str) -> bool:
        """
        Say whether *name* is a computed column or relationship of a table.
        """
        return any(
            (each.schema_name, each.table, each.name) == (schema, table, name)
            for each in self.computed
        )

    @classmethod
    def read(cls, db_url: str, *, schemas: Sequence[str] = ("public",)) -> Catalog:
        """
        Read a database's catalogue.

        Args:
            db_url: Database URL or libpq connection string; any role will do.
            schemas: The schemas that the API exposes.

        Raises:
            MissingExtraError: psycopg is not installed.
            ConfigError: *db_url* makes no sense.
            RequestError: No connection.
        """
        try:
            from supaopt._adapters import catalog  # noqa: PLC0415 - psycopg is an extra
        except ImportError as error:
            raise MissingExtraError("cli", feature="reading a database's catalogue") from error
        query = files("supaopt.selectors").joinpath("catalog.sql").read_text(encoding="utf-8")
        return cls.model_validate_json(catalog.read(db_url, query, schemas))

    @classmethod
    def fetch(cls, client: Client, *, schemas: Sequence[str] = ("public",)) -> Catalog:
        """
        Read what the API's OpenAPI document tells, where there is no database URL.

        It tells tables, columns, types, labels of enums, nulls, primary keys, foreign keys of one
        column, and computed columns. It does not tell foreign keys of several columns, names of
        constraints, other unique keys, and which columns are generated; and it tells views from
        tables by their nulls alone. `check` does not report what it cannot know from that.

        Args:
            client: A ``supabase.Client`` with the secret key: other keys see less, or nothing.
            schemas: The schemas that the API exposes.

        Raises:
            ConfigError: The document shows nothing, or *client* is asynchronous.
            ResponseError: The API refused.
            RequestError: No answer arrived.
        """
        from supaopt.selectors import _openapi  # noqa: PLC0415 - it makes catalogues

        transport = _openapi.transport_of(client)
        found = [
            _openapi.catalog_of(_openapi.fetch(transport, schema), schema) for schema in schemas
        ]
        return cls(
            tables=[table for each in found for table in each.tables],
            keys=[key for each in found for key in each.keys],
            computed=[each for one in found for each in one.computed],
            is_partial=True,
        )

    @classmethod
    def load(cls, path: str | Path) -> Catalog:
        """
        Read a catalogue from a file.

        Raises:
            ConfigError: There is no such file, or it holds something else.
        """
        try:
            return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from error
        except ValidationError as error:
            raise ConfigError(f"{path} holds no catalogue; write it anew") from error

    def dump(self) -> str:
        """
        Return it as the text that `load` reads: one line a column, so that a diff can be read.
        """
        return self.model_dump_json(indent=1) + "\n"
