"""
The learning platform that the demo measures: a local Supabase with schema, data and one admin.
"""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import psycopg

from supaopt.local import LocalSupabase
from supaopt.local.lms import install

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from supabase import AsyncClient, Client

    from supaopt.demo._steps import Steps
    from supaopt.local.lms import Sizes

_TIMEOUT: Final = 30  # seconds
_ADMIN: Final = "asha.rao@staff.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """
    Where the platform is, and who asks it.

    Attributes:
        url: The project's URL.
        db_url: Postgres as the owner of the database.
        publishable_key: API key of the public side.
        secret_key: API key of the server side.
        issuer: What access tokens carry as ``iss``.
        admin: User id of an administrator.
        token: The administrator's access token.
        rows: Rows of sample data by table.
        reload_schema: Has the API look at the schema again.
    """

    url: str
    db_url: str = field(repr=False)
    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    issuer: str
    admin: str
    token: str = field(repr=False)
    rows: dict[str, int]
    reload_schema: Callable[[], None] = field(repr=False)

    @contextmanager
    def client(self, url: str | None = None) -> Iterator[Client]:
        """
        Open a client of the server side, by way of *url* when it is given.
        """
        with _client(url or self.url, self.secret_key) as client:
            yield client

    @contextmanager
    def client_of_admin(self, url: str | None = None) -> Iterator[Client]:
        """
        Open a client that acts as the administrator, by way of *url* when it is given.
        """
        with _client(url or self.url, self.publishable_key) as client:
            client.postgrest.auth(self.token)
            yield client

    @asynccontextmanager
    async def aclient(self) -> AsyncIterator[AsyncClient]:
        """
        Open an asynchronous client of the server side.
        """
        import httpx  # noqa: PLC0415 - slow to import, paid when in use
        from supabase import AsyncClientOptions, acreate_client  # noqa: PLC0415 - likewise

        async with httpx.AsyncClient(timeout=_TIMEOUT) as http:
            options = AsyncClientOptions(httpx_client=http)
            yield await acreate_client(self.url, self.secret_key, options)


@contextmanager
def _client(url: str, key: str) -> Iterator[Client]:
    # supabase-py does not close the connections that it opens by itself.
    import httpx  # noqa: PLC0415 - slow to import, paid when in use
    from supabase import create_client  # noqa: PLC0415 - likewise
    from supabase.lib.client_options import SyncClientOptions  # noqa: PLC0415 - likewise

    with httpx.Client(timeout=_TIMEOUT) as http:
        options = SyncClientOptions(httpx_client=http, auto_refresh_token=False)
        yield create_client(url, key, options)


@contextmanager
def running(
    sizes: Sizes, *, seed: int, steps: Steps, database_url: str | None = None
) -> Iterator[Platform]:
    """
    Start a platform in a temporary place and take it away at the end.

    Args:
        sizes: How many rows it has.
        seed: What its data are drawn from.
        steps: Where progress is shown.
        database_url: A plain, empty Postgres to use in place of our own.

    Raises:
        StackError: The local Supabase did not start, or died.
    """
    steps.step("Starting a local Supabase")
    with LocalSupabase(database_url=database_url, progress=steps.step) as stack:
        rows = _fill(stack, sizes, seed, steps)
        with psycopg.connect(stack.db_url, autocommit=True) as db:
            admin, token = _sign_up(stack, db)
        yield Platform(
            url=stack.url,
            db_url=stack.db_url,
            publishable_key=stack.publishable_key,
            secret_key=stack.secret_key,
            issuer=stack.issuer,
            admin=admin,
            token=token,
            rows=rows,
            reload_schema=stack.reload_schema,
        )


def _fill(stack: LocalSupabase, sizes: Sizes, seed: int, steps: Steps) -> dict[str, int]:
    advance = steps.step("Loading the sample data", sizes.total)
    rows = install(stack.db_url, sizes, seed=seed, on_rows=lambda _table, count: advance(count))
    stack.reload_schema()
    return rows


def _sign_up(stack: LocalSupabase, db: psycopg.Connection) -> tuple[str, str]:
    password = secrets.token_urlsafe(16)
    with _client(stack.url, stack.publishable_key) as client:
        user = client.auth.sign_up({"email": _ADMIN, "password": password}).user
        assert user is not None
        db.execute(
            "insert into public.profiles (id, full_name, role, is_active) "
            "values (%s, 'Asha Rao', 'Admin', true)",
            (user.id,),
        )
        # The token of the sign-up was issued before there was a profile to read the role from.
        signed_in = client.auth.sign_in_with_password({"email": _ADMIN, "password": password})
        session = signed_in.session
        assert session is not None
        return user.id, session.access_token
