"""
The door to psycopg for those who only look: one query, one text.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg

from supaopt.errors import (
    ConfigError,
    NotFoundError,
    PermissionDeniedError,
    RequestError,
    ResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONNECT_SECONDS = 10
_EXTENSION: Final = (
    "select quote_ident(n.nspname) from pg_catalog.pg_extension as e "
    "inner join pg_catalog.pg_namespace as n on n.oid = e.extnamespace "
    "where e.extname = 'pg_stat_statements'"
)
_SEES_ALL: Final = "select pg_has_role('pg_read_all_stats', 'usage')::text"


def read(conninfo: str, query: str, schemas: Sequence[str]) -> str:
    """
    Return what a query of the catalogue says about some schemas.

    Args:
        conninfo: Database URL or libpq connection string; any role will do.
        query: SQL with ``$1`` for the schemas, returning one text.
        schemas: Names of schemas.

    Raises:
        ConfigError: *conninfo* makes no sense.
        RequestError: No connection.
        ResponseError: The database refused the query.
    """
    with _connected(conninfo) as connection:
        # So that names of types say their schemas, whatever the role's own path is.
        connection.execute("set local search_path = ''")
        return _text(connection, query, [list(schemas)])


def read_statements(conninfo: str, query: str) -> str:
    """
    Return what a query of pg_stat_statements says.

    Args:
        conninfo: Database URL or libpq connection string.
        query: SQL that finds the extension on its search_path, returning one text.

    Raises:
        ConfigError: *conninfo* makes no sense.
        RequestError: No connection.
        NotFoundError: The extension is not there, or not loaded.
        PermissionDeniedError: The role may not see what others ran.
        ResponseError: The database refused the query.
    """
    with _connected(conninfo) as connection:
        schema = _text(connection, _EXTENSION)
        if not schema:
            raise NotFoundError(
                "pg_stat_statements is not there",
                status=404,
                hint="create extension pg_stat_statements with schema extensions",
            )
        if _text(connection, _SEES_ALL) != "true":
            raise PermissionDeniedError(
                "the role may not see what others ran",
                status=403,
                hint="grant pg_read_all_stats to it",
            )
        connection.execute("select set_config('search_path', %s, true)", [schema])
        try:
            return _text(connection, query)
        except psycopg.errors.ObjectNotInPrerequisiteState as error:
            raise NotFoundError(
                "pg_stat_statements is not loaded",
                status=404,
                code=error.sqlstate,
                hint="add it to shared_preload_libraries, and restart",
            ) from error


@contextmanager
def _connected(conninfo: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(conninfo, connect_timeout=_CONNECT_SECONDS) as connection:
            connection.read_only = True
            yield connection
    except psycopg.ProgrammingError as error:
        if error.sqlstate:
            raise ResponseError(str(error), status=400, code=error.sqlstate) from error
        raise ConfigError("the database URL cannot be parsed") from error
    except psycopg.OperationalError as error:
        raise RequestError(f"no connection to the database: {error}") from error


def _text(connection: psycopg.Connection, query: str, values: Sequence[object] = ()) -> str:
    # $1 is PostgreSQL's own placeholder: the file runs in psql (\\bind) as it is.
    row = psycopg.RawCursor(connection).execute(query.encode(), values).fetchone()
    return str(row[0]) if row and row[0] is not None else ""
