"""
The door to psycopg: reads the facts of a database in one READ ONLY transaction.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg import conninfo
from pydantic import TypeAdapter, ValidationError

from supaopt import sql
from supaopt._adapters.sql import read_status
from supaopt.doctor import _facts
from supaopt.doctor._model import Skipped
from supaopt.errors import ConfigError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[tuple[Any, ...]]

_T = TypeVar("_T")

_INSTALL: Final = "install it: supaopt sql apply core"


@dataclass(slots=True)
class DatabaseFacts:
    """
    What a database told, by the names of `Facts`, and what it did not.
    """

    known: dict[str, Any] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def read(db_url: str, *, timeout: float, api_schemas: tuple[str, ...] | None) -> DatabaseFacts:
    """
    Read the facts of a database, changing nothing.

    A part that cannot be read is skipped, with what the database says of it.

    Args:
        db_url: Database URL or libpq connection string.
        timeout: Seconds that the connection and each query may take.
        api_schemas: The schemas that the API exposes, if it is known already.

    Raises:
        ConfigError: *db_url* makes no sense.
        RequestError: No connection, or it was lost.
    """
    with _connected(db_url, timeout) as connection:
        reader = _Reader(connection)
        try:
            reader.read_server(api_schemas)
            reader.read_schemas()
            reader.read_cache()
            reader.read_statements()
        except psycopg.Error as error:
            reason = error.diag.message_primary or type(error).__name__
            raise RequestError(f"the database cannot be examined: {reason}") from error
    return reader.found


class _Reader:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.found = DatabaseFacts()

    def read_server(self, api_schemas: tuple[str, ...] | None) -> None:
        before = time.time()
        server = self._row("database", _facts.Server)
        # It looked at its clock somewhere between: only what lies outside is a difference.
        self.found.known["skew"] = server.now - min(max(server.now, before), time.time())
        self.found.known["server"] = self._server = server
        named = tuple(name.strip() for name in (server.api_schemas or "").split(",") if name)
        # The API knows what it serves; settings may wait for a reload.
        if schemas := api_schemas or named:
            self.found.known["schemas"] = schemas

    def read_schemas(self) -> None:
        # That ours is exposed is one finding, not one for each thing in it.
        known = self.found.known.get("schemas", _facts.SCHEMAS)
        schemas = [name for name in known if name != "supaopt"]
        parts: tuple[tuple[str, Any], ...] = (
            ("relations", _facts.Relation),
            ("policies", _facts.Policy),
            ("foreign_keys", _facts.ForeignKey),
            ("functions", _facts.Function),
        )
        for name, row in parts:
            with self._part(name.replace("_", " ")):
                self.found.known[name] = self._rows(name, row, schemas)
        if self._server.has_hook_check:
            self._read_hook()

    def read_cache(self) -> None:
        if not self._server.has_cache:
            self._skip("cache", f"supaopt's SQL is not there; {_INSTALL}")
            return
        if not self._server.owns_cache:
            self._skip("cache", f"role {self._server.role} does not own it; connect as its owner")
            return
        with self._part("cache"):
            self.found.known["cache"] = self._row("cache", _facts.Cache)
        with self._part("supaopt.find_problems()"):
            self.found.known["problems"] = self._rows("problems", _facts.Problem)
        with self._part("installed files"):
            self.found.known["files"] = self._files()
        if self._server.has_cron:
            with self._part("pg_cron"):
                self.found.known["jobs"] = self._rows("cron", _facts.Job)

    def read_statements(self) -> None:
        schema = self._server.statements_schema
        if schema is None:
            self._skip("statements", "pg_stat_statements is not there: create extension it")
        elif not self._server.sees_statements:
            self._skip("statements", f"role {self._server.role} is not in pg_read_all_stats")
        else:
            with self._part("statements"):
                self._connection.execute(
                    "select set_config('search_path', quote_ident(%s), true)", [schema]
                )
                self.found.known["statements"] = self._rows("statements", _facts.Statement)

    def _read_hook(self) -> None:
        lacks = ""
        with self._part("access token hook"):
            try:
                with self._connection.transaction():
                    self._text("hook")
            except psycopg.errors.InsufficientPrivilege:
                raise
            except (psycopg.ProgrammingError, psycopg.errors.ObjectNotInPrerequisiteState) as error:
                lacks = error.diag.message_primary or "its check fails"
            self.found.known["hook"] = lacks

    def _files(self) -> tuple[_facts.File, ...]:
        recorded = self._connection.execute("select path from supaopt.installed").fetchall()
        there = {path.partition("/")[0] for (path,) in recorded}
        wanted = [name for name in sql.SETS if name == "core" or name in there]
        found = read_status(self._connection, sql.assets(*wanted))
        return tuple(_facts.File(path=each.path, state=each.state) for each in found)

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        try:
            # A savepoint: what fails in it leaves the rest to be read.
            with self._connection.transaction():
                yield
        except psycopg.Error as error:
            if self._connection.broken:
                raise
            self._skip(name, error.diag.message_primary or type(error).__name__)
        except ValidationError:
            self._skip(name, "the database answered in a form that supaopt does not know")

    def _skip(self, part: str, reason: str) -> None:
        self.found.skipped.append(Skipped(part, reason))

    def _rows(self, name: str, row: type[_T], schemas: list[str] | None = None) -> tuple[_T, ...]:
        return TypeAdapter(tuple[row, ...]).validate_json(self._text(name, schemas))  # type: ignore[valid-type]

    def _row(self, name: str, row: type[_T]) -> _T:
        return TypeAdapter(row).validate_json(self._text(name))

    def _text(self, name: str, schemas: list[str] | None = None) -> str:
        query = files("supaopt.doctor").joinpath("facts", f"{name}.sql").read_bytes()
        # $1 is PostgreSQL's own placeholder: the files run in psql (\bind) as they are.
        parameters = None if schemas is None else [schemas]
        answer = psycopg.RawCursor(self._connection).execute(query, parameters).fetchone()
        return str(answer[0]) if answer else "[]"


@contextmanager
def _connected(db_url: str, timeout: float) -> Iterator[Connection]:
    _check_url(db_url)
    try:
        connection: Connection = psycopg.connect(
            db_url, connect_timeout=max(2, round(timeout)), prepare_threshold=None
        )
    except psycopg.OperationalError as error:
        raise RequestError(f"no connection to the database: {error}") from error
    with connection:
        connection.read_only = True
        milliseconds = f"{round(timeout * 1_000)}ms"
        # Names in expressions are qualified under an empty search_path.
        for setting, value in (
            ("statement_timeout", milliseconds),
            ("lock_timeout", milliseconds),
            ("search_path", ""),
        ):
            connection.execute("select set_config(%s, %s, true)", [setting, value])
        yield connection
        connection.rollback()


def _check_url(db_url: str) -> None:
    try:
        parts = conninfo.conninfo_to_dict(db_url)
    except psycopg.ProgrammingError:
        raise ConfigError("the database URL cannot be parsed") from None
    # A bare @ or / cuts a password in two, and messages would name the half that became a part
    # of the host, the port or the database.
    split = any("@" in str(parts.get(name) or "") for name in ("host", "dbname"))
    if split or not re.fullmatch(r"[\d,]*", str(parts.get("port") or "")):
        raise ConfigError(
            "the database URL is cut in the wrong places: percent-encode what its password holds "
            "beyond letters and digits"
        )
