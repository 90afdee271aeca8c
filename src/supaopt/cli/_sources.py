"""
Where commands read what a database holds: itself, the API, or a snapshot.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supaopt.errors import ConfigError
from supaopt.rpc import FunctionCatalog
from supaopt.selectors import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase import Client

_TIMEOUT_SECONDS = 60

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--db-url",
        envvar=["SUPABASE_DB_URL", "DATABASE_URL"],
        help="Database URL; any role will do.",
        show_default=False,
        show_envvar=True,
    ),
]
ApiUrl = Annotated[
    str | None,
    typer.Option(
        "--api-url",
        help="The project's URL: read the API's OpenAPI document, which tells less than the "
        "database. SUPABASE_URL is taken when nothing else is there.",
        show_default=False,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar=["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"],
        help="The project's secret key.",
        show_default=False,
    ),
]
Snapshot = Annotated[
    Path | None,
    typer.Option(help="File of `selectors snapshot` to read.", show_default=False),
]
Schemas = Annotated[list[str], typer.Option("--schema", help="Schemas that the API exposes.")]


@contextmanager
def client_of(url: str, key: str) -> Iterator[Client]:
    """
    Give a client of a project, and close its connections in the end.
    """
    import httpx
    from supabase import ClientOptions, SupabaseException, create_client

    with httpx.Client(timeout=_TIMEOUT_SECONDS) as pool:
        try:
            client = create_client(url, key, ClientOptions(httpx_client=pool))
        except SupabaseException as error:
            raise ConfigError(f"{url!r} or its key cannot be used: {error}") from error
        yield client


def catalog_of(
    db_url: str | None,
    schemas: list[str],
    *,
    snapshot: Path | None = None,
    api_url: str | None = None,
    key: str | None = None,
) -> Catalog:
    """
    Return the tables of what the options name: the first of snapshot, API, database.

    Raises:
        ConfigError: They name nothing.
    """
    if snapshot is not None:
        return Catalog.load(snapshot)
    if api_url is None and db_url is not None:
        return Catalog.read(db_url, schemas=schemas)
    with _api(api_url, key, "--db-url, --api-url or --snapshot") as client:
        return Catalog.fetch(client, schemas=schemas)


def functions_of(
    db_url: str | None, schemas: list[str], *, api_url: str | None = None, key: str | None = None
) -> FunctionCatalog:
    """
    Return the functions of what the options name: API before database.

    Raises:
        ConfigError: They name nothing.
    """
    if api_url is None and db_url is not None:
        return FunctionCatalog.read(db_url, schemas=schemas)
    with _api(api_url, key, "--db-url or --api-url") as client:
        return FunctionCatalog.fetch(client, schemas=schemas)


@contextmanager
def _api(api_url: str | None, key: str | None, options: str) -> Iterator[Client]:
    url = api_url or os.environ.get("SUPABASE_URL")
    if not url:
        raise ConfigError(f"say {options}, or set SUPABASE_DB_URL")
    if not key:
        raise ConfigError(
            "the API shows what it has to its secret key: say --key, or set SUPABASE_SECRET_KEY"
        )
    with client_of(url, key) as client:
        yield client
