"""
The door to psycopg: installs SQL files in a database and says which are there.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Any, Literal

import psycopg

from supaopt.errors import ConfigError, PermissionDeniedError, RequestError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from supaopt.sql import Asset

State = Literal["installed", "outdated", "changed", "missing"]

_BODY = re.compile(r"\bas (\$\w*\$)(.*?)\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AssetStatus:
    """
    How one file stands in a database.

    Attributes:
        path: Path of the file inside the package.
        state: ``installed``; ``outdated`` (an earlier version of the file ran); ``changed``
            (somebody replaced the function since); ``missing``.
    """

    path: str
    state: State


def apply(conninfo: str, assets: Sequence[Asset], *, connect_timeout: int = 10) -> list[str]:
    """
    Run files in one transaction: all of them take effect, or none does.

    A migration that ran before is left out; functions and views are replaced. Every cached entry
    ends, because answers may have changed.

    Args:
        conninfo: Database URL or libpq connection string of the role that is to own everything.
        assets: The files, in order.
        connect_timeout: Seconds to wait for a connection.

    Returns:
        Paths of the files that ran.

    Raises:
        ConfigError: A migration differs from the one that ran, or *conninfo* makes no sense.
        RequestError: No connection.
        ResponseError: The database refuses a file; the message names it.
    """
    with _connection(conninfo, connect_timeout) as connection:
        recorded = _recorded(connection)
        pending = [asset for asset in assets if _is_pending(asset, recorded)]
        for asset in pending:
            _run(connection, asset)
        if pending:
            connection.execute("select supaopt.flush()")
            connection.execute("notify pgrst, 'reload schema'")
    return [asset.path for asset in pending]


def status(
    conninfo: str, assets: Sequence[Asset], *, connect_timeout: int = 10
) -> list[AssetStatus]:
    """
    Compare files with what a database holds.

    Args:
        conninfo: Database URL or libpq connection string.
        assets: The files.
        connect_timeout: Seconds to wait for a connection.

    Returns:
        One status a file, in the same order.

    Raises:
        ConfigError: *conninfo* makes no sense.
        RequestError: No connection.
        ResponseError: The role may not read the catalogue of what is installed.
    """
    with _connection(conninfo, connect_timeout) as connection, _explained("status"):
        recorded = _recorded(connection)
        bodies = _function_bodies(connection)
    return [AssetStatus(asset.path, _state(asset, recorded, bodies)) for asset in assets]


def diff(conninfo: str, assets: Sequence[Asset], *, connect_timeout: int = 10) -> str:
    """
    Show how the functions in a database differ from the files.

    Args:
        conninfo: Database URL or libpq connection string.
        assets: The files.
        connect_timeout: Seconds to wait for a connection.

    Returns:
        A unified diff, from the database to the files; empty when nothing differs. A function that
        is missing appears as added.

    Raises:
        ConfigError: *conninfo* makes no sense.
        RequestError: No connection.
        ResponseError: The role may not read the catalogue of what is installed.
    """
    with _connection(conninfo, connect_timeout) as connection, _explained("diff"):
        bodies = _function_bodies(connection)
    return "".join(_body_diff(asset, bodies.get(asset.name, {""})) for asset in assets)


def _body_diff(asset: Asset, installed: set[str]) -> str:
    body = _BODY.search(asset.sql) if asset.kind == "function" else None
    if body is None or body[2] in installed:
        return ""
    before = min(installed).splitlines(keepends=True)
    after = body[2].splitlines(keepends=True)
    return "".join(unified_diff(before, after, "database", asset.path))


def _is_pending(asset: Asset, recorded: Mapping[str, str]) -> bool:
    if asset.kind != "migration" or asset.path not in recorded:
        return True
    if recorded[asset.path] != asset.checksum:
        raise ConfigError(
            f"{asset.path} is not the version that this database was installed with; "
            "install supaopt in an empty database, or the version of supaopt that installed it"
        )
    return False


def _state(asset: Asset, recorded: Mapping[str, str], bodies: Mapping[str, set[str]]) -> State:
    body = _BODY.search(asset.sql) if asset.kind == "function" else None
    if asset.path not in recorded or (body and asset.name not in bodies):
        return "missing"
    if recorded[asset.path] != asset.checksum:
        return "outdated"
    if body and body[2] not in bodies[asset.name]:
        return "changed"
    return "installed"


def _recorded(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, str]:
    if not connection.execute(
        "select from pg_catalog.pg_tables where schemaname = 'supaopt' and tablename = 'installed'"
    ).fetchall():
        return {}
    return dict(connection.execute("select path, checksum from supaopt.installed").fetchall())


def _function_bodies(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, body in connection.execute(
        "select format('%s.%s', n.nspname, f.proname), f.prosrc"
        " from pg_catalog.pg_proc as f"
        " join pg_catalog.pg_namespace as n on n.oid = f.pronamespace"
        " where n.nspname in ('public', 'supaopt')"
    ):
        found.setdefault(name, set()).add(body)
    return found


def _run(connection: psycopg.Connection[tuple[Any, ...]], asset: Asset) -> None:
    with _explained(asset.path):
        # Bytes and no parameters: one simple query, as psql would send the file.
        connection.execute(asset.sql.encode())
        connection.execute(
            "insert into supaopt.installed (path, checksum) values (%s, %s)"
            " on conflict (path) do update"
            " set checksum = excluded.checksum, installed_at = now()",
            [asset.path, asset.checksum],
        )


@contextmanager
def _connection(
    conninfo: str, connect_timeout: int
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    try:
        connection = psycopg.connect(conninfo, connect_timeout=connect_timeout)
    except psycopg.ProgrammingError as error:
        raise ConfigError("the database URL cannot be parsed") from error
    except psycopg.OperationalError as error:
        raise RequestError(f"no connection to the database: {error}") from error
    with connection:
        yield connection


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise PermissionDeniedError(
            f"{what}: {error.diag.message_primary}", status=403, code=error.sqlstate
        ) from error
    except psycopg.Error as error:
        raise ResponseError(
            f"{what}: {error.diag.message_primary or error}",
            status=400,
            code=error.sqlstate,
            details=error.diag.message_detail,
            hint=error.diag.message_hint,
        ) from error
