"""
`examine`: gathers the facts of a project and judges them.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from supaopt import __version__
from supaopt.doctor import _project
from supaopt.doctor._checks import judge
from supaopt.doctor._facts import Facts, Packages
from supaopt.doctor._model import Report, Skipped
from supaopt.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from supaopt.doctor._database import DatabaseFacts

_LONGEST: Final = 600
_UNKNOWN: Final = (
    "public is taken to be the only one, as neither the API nor the database says: "
    "set SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY"
)


def examine(
    db_url: str | None = None,
    *,
    url: str | None = None,
    key: str | None = None,
    knows_secret: bool = False,
    timeout: float = 10,
) -> Report:
    """
    Examine a live project without changing anything.

    The database is read in one READ ONLY transaction, by any role; as the owner of its schemas
    more is seen. Of the API only what it shows to everybody is asked.

    Args:
        db_url: Database URL or libpq connection string; None to leave the database out.
        url: The project's URL; None to leave the API out.
        key: The publishable or anon key, for asking which schemas the API exposes.
        knows_secret: Whether the backend has a legacy JWT secret, so that a project without
            signing keys is no surprise.
        timeout: Seconds that a connection, a query or a step of a request may take.

    Returns:
        What was found, and what could not be looked at.

    Raises:
        ConfigError: Neither *db_url* nor *url* is given, or one makes no sense.
        RequestError: No connection to the database.
        MissingExtraError: psycopg is not installed.

    Examples:
        >>> import os
        >>> report = examine(os.environ["DATABASE_URL"], url=os.environ["SUPABASE_URL"])
        >>> [finding.code for finding in report.at_least("error")]
        []
    """
    if not db_url and not url:
        raise ConfigError("nothing to examine: pass --db-url or --url, or set SUPABASE_DB_URL")
    if not 0 < timeout <= _LONGEST:
        raise ConfigError(f"timeout is {timeout!r}; it is above 0 and at most {_LONGEST} seconds")
    known: dict[str, Any] = {"packages": _packages()}
    skipped: list[Skipped] = []
    if url:
        api = _project.read(url, key, timeout=timeout, knows_secret=knows_secret)
        known |= {"api": api} | ({"schemas": api.schemas} if api.schemas else {})
    else:
        skipped.append(Skipped("API and keys", "no URL: pass --url or set SUPABASE_URL"))
    if db_url:
        found = _database(db_url, timeout, known.get("schemas"))
        known |= found.known
        skipped += found.skipped
    else:
        skipped.append(Skipped("database", "no URL: pass --db-url or set SUPABASE_DB_URL"))
    if "schemas" not in known:
        skipped.append(Skipped("exposed schemas", _UNKNOWN))
    return Report(judge(Facts(**known)), tuple(skipped))


def _database(db_url: str, timeout: float, schemas: tuple[str, ...] | None) -> DatabaseFacts:
    try:
        from supaopt.doctor import _database as database  # noqa: PLC0415 - psycopg is an extra
    except ImportError as error:
        raise MissingExtraError("cli", feature="examining a database") from error
    return database.read(db_url, timeout=timeout, api_schemas=schemas)


def _packages() -> Packages:
    try:
        return Packages(supaopt=__version__, supabase=version("supabase"))
    except PackageNotFoundError:
        return Packages(supaopt=__version__)
