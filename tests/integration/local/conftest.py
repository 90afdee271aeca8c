"""
Stacks of their own for the tests of the local Supabase: these kill, starve and misuse them.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from supaopt.local import LocalSupabase
from supaopt.testing import SigningKey, mint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = """
create table public.readings (
  id int primary key,
  amount numeric default 90.00,
  big bigint default 9007199254740993,
  doc jsonb default '{"rate": 66.70, "n": [1, 2.5]}',
  at timestamptz default '2026-01-02 03:04:05.678+00'
);
insert into public.readings values (1);

create table public.notes (id int primary key, owner uuid default auth.uid(), body text);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
  using (owner = auth.uid()) with check (owner = auth.uid());

create table public.seats (
  id int generated always as identity primary key, row text default 'Z', price int default 9
);
create table public.boxes (id int primary key);
insert into public.boxes values (1);
create table public.labels (id int primary key, name text, box int references public.boxes);
insert into public.labels values
  (1, 'say "hi"', 1), (2, 'back\\slash', 1), (3, 'a,b.(c):"\\"', 1), (4, 'plain "quotes"', 1),
  (5, '"quoted"', null), (6, 'quoted', null);

create table public.closed (id int primary key);
revoke all on public.closed from anon, authenticated;

create view public.request as
  select current_setting('request.headers', true)::json ->> 'x-tenant' as tenant,
         current_setting('transaction_read_only') as read_only;

create function public.my_timeout() returns text stable language sql
  as $$ select current_setting('statement_timeout') $$;
create function public.is_read_only() returns text stable language sql
  as $$ select current_setting('transaction_read_only') $$;
create function public.whoami() returns text volatile language sql as $$ select current_user $$;
create function public.my_id() returns uuid volatile language sql as $$ select auth.uid() $$;
create function public.refuse() returns void volatile language plpgsql as $$
begin
  raise exception 'no more seats' using detail = '12 of 12 are taken', hint = 'try on Monday';
end $$;
"""


@dataclass
class Api:
    """
    A running stack with a table of each kind, and how to call it.
    """

    stack: LocalSupabase
    http: httpx.Client

    def get(self, path: str, **options: Any) -> httpx.Response:
        """
        GET *path*.
        """
        return self.call("GET", path, **options)

    def rpc(self, name: str, **options: Any) -> httpx.Response:
        """
        Call a function by POST.
        """
        return self.call("POST", f"/rest/v1/rpc/{name}", json={}, **options)

    def call(
        self, method: str, path: str, *, token: str | None = None, key: str = "", **options: Any
    ) -> httpx.Response:
        """
        Send a request with the publishable key, or another, and a token.
        """
        headers = {"apikey": key or self.stack.publishable_key} | options.pop("headers", {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.http.request(method, path, headers=headers, **options)

    def mint(self, claims: dict[str, Any] | None = None, **options: Any) -> str:
        """
        Sign a token with the stack's own key, or another.
        """
        key = options.pop("signed_by", None) or SigningKey.from_jwk(self.stack.signing_jwk)
        return mint(key, {"iss": self.stack.issuer, **(claims or {})}, **options)

    def sign_up(self, email: str) -> httpx.Response:
        """
        Sign a new user up.
        """
        body = {"email": email, "password": "correct horse"}
        return self.call("POST", "/auth/v1/signup", json=body)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """
        Run *statement* as the owner of the database.
        """
        with psycopg.connect(self.stack.db_url) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(name="open_api", scope="session")
def _open_api() -> Iterator[Callable[[LocalSupabase], Api]]:
    with ExitStack() as opened:

        def open_api(stack: LocalSupabase) -> Api:
            opened.enter_context(stack)
            http = opened.enter_context(httpx.Client(base_url=stack.url, timeout=30))
            api = Api(stack, http)
            api.execute(SCHEMA)
            stack.reload_schema()
            return api

        yield open_api


@pytest.fixture(name="api", scope="session")
def _api(open_api: Callable[[LocalSupabase], Api]) -> Api:
    return open_api(LocalSupabase())
