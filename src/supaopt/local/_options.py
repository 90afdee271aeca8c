"""
What a stack is asked to be.
"""

from __future__ import annotations

from dataclasses import dataclass

from supaopt.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    Settings of one stack, as the process that guards it reads them.

    Attributes:
        state_dir: Folder for the data and the logs.
        launcher: Folder with the API server.
        keep: Whether the folder outlives the stack.
        detached: Whether the stack lives on while nobody uses it.
        api_port: Port of the API, or None for any.
        db_port: Port of Postgres, or None for any.
        database_url: Postgres that somebody else runs, or None to run our own.
        access_token_hook: Function that Auth calls before it issues a token, if it exists.
        schemas: Schemas that the API exposes.
        max_rows: Most rows that one answer holds.
        unmended: Mends of the API server to leave out, to prove that each is needed.
    """

    state_dir: str
    launcher: str
    keep: bool
    detached: bool
    api_port: int | None
    db_port: int | None
    database_url: str | None
    access_token_hook: str
    schemas: tuple[str, ...]
    max_rows: int
    unmended: tuple[str, ...] = ()


def check_database_url(url: str, db_port: int | None) -> None:
    """
    Refuse a foreign database that could not be used, before anything starts.

    Raises:
        ConfigError: It is no URL of Postgres, or *db_port* is given beside it.
    """
    if not url.startswith(("postgres://", "postgresql://")):
        raise ConfigError("database_url must start with postgresql://")
    if db_port is not None:
        raise ConfigError("db_port has no meaning with a database_url, which names its own port")
