"""
A database's functions, as declarations are checked against them.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict

from supaopt.errors import MissingExtraError
from supaopt.selectors import _openapi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supabase import Client

_MODEL: Final = ConfigDict(frozen=True, defer_build=True, extra="forbid")

Volatility = Literal["immutable", "stable", "volatile"]


class CatalogArgument(BaseModel):
    """
    One argument.

    Attributes:
        name: Its name; None when it has none.
        type: Postgres's name of its type, or of its elements' type.
        is_array: True for an array of it.
        has_default: True when a call may leave it out.
    """

    model_config = _MODEL

    name: str | None
    type: str
    is_array: bool = False
    has_default: bool = False


class CatalogResult(BaseModel):
    """
    One column of a result.
    """

    model_config = _MODEL

    name: str
    type: str
    is_array: bool = False


class CatalogFunction(BaseModel):
    """
    One function.

    Attributes:
        schema_name: Its schema.
        name: Its name; several functions may share it.
        arguments: Those that a call passes.
        returns: Postgres's name of its type.
        returns_array: True for an array of that type.
        returns_set: True when it returns any number of rows.
        columns: Columns of its rows; None for a scalar.
        volatility: What it promises.
        is_definer: True when it runs with its owner's rights.
        has_search_path: True when it sets one itself.
        executable_by: Those of the API's roles that may call it.
        is_partial: True for what the API told: result, search_path and rights are not known.
    """

    model_config = _MODEL

    schema_name: str
    name: str
    arguments: list[CatalogArgument]
    returns: str
    returns_array: bool = False
    returns_set: bool = False
    columns: list[CatalogResult] | None = None
    volatility: Volatility = "volatile"
    is_definer: bool = False
    has_search_path: bool = False
    executable_by: list[str] = []
    is_partial: bool = False


class FunctionCatalog(BaseModel):
    """
    The functions of a database; read them with `FunctionCatalog.read`, or from the API with
    `FunctionCatalog.fetch`.
    """

    model_config = _MODEL

    functions: list[CatalogFunction]

    @classmethod
    def read(cls, db_url: str, *, schemas: Sequence[str] = ("public",)) -> FunctionCatalog:
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
        query = files("supaopt.rpc").joinpath("catalog.sql").read_text(encoding="utf-8")
        return cls.model_validate_json(catalog.read(db_url, query, schemas))

    @classmethod
    def fetch(cls, client: Client, *, schemas: Sequence[str] = ("public",)) -> FunctionCatalog:
        """
        Read what the API's OpenAPI document tells, where there is no database URL.

        It tells names, arguments, which of them have defaults, and whether a function may write.
        It does not tell results, search_path, rights and grants, and of several functions with
        one name it tells one.

        Args:
            client: A ``supabase.Client`` with the secret key: other keys see less, or nothing.
            schemas: The schemas that the API exposes.

        Raises:
            ConfigError: The document shows nothing, or *client* is asynchronous.
            ResponseError: The API refused.
            RequestError: No answer arrived.
        """
        transport = _openapi.transport_of(client)
        return cls(
            functions=[
                _function(schema, name, each)
                for schema in schemas
                for name, each in _openapi.functions_of(_openapi.fetch(transport, schema))
            ]
        )


def _function(schema: str, name: str, told: _openapi.Told) -> CatalogFunction:
    arguments = []
    for argument, each in told.arguments.properties.items():
        type_name, is_array = _openapi.type_of(each.format)
        arguments.append(
            CatalogArgument(
                name=argument or None,
                type=type_name,
                is_array=is_array,
                has_default=argument not in told.arguments.required,
            )
        )
    return CatalogFunction(
        schema_name=schema,
        name=name,
        arguments=arguments,
        returns="",
        volatility="stable" if told.only_reads else "volatile",
        is_partial=True,
    )
