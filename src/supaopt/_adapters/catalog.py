"""
The door to psycopg for those who only look: one query, one text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from supaopt.errors import ConfigError, RequestError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONNECT_SECONDS = 10


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
    try:
        # $1 is PostgreSQL's own placeholder: the file runs in psql (\bind) as it is.
        with psycopg.connect(conninfo, connect_timeout=_CONNECT_SECONDS) as connection:
            connection.read_only = True
            # So that names of types say their schemas, whatever the role's own path is.
            connection.execute("set local search_path = ''")
            row = psycopg.RawCursor(connection).execute(query.encode(), [list(schemas)]).fetchone()
    except psycopg.ProgrammingError as error:
        if error.sqlstate:
            raise ResponseError(str(error), status=400, code=error.sqlstate) from error
        raise ConfigError("the database URL cannot be parsed") from error
    except psycopg.OperationalError as error:
        raise RequestError(f"no connection to the database: {error}") from error
    return str(row[0]) if row else "{}"
