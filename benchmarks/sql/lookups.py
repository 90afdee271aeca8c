"""
What a hit costs, beside a bare SELECT by primary key: for 8 clients, and through REST.

    python benchmarks/sql/lookups.py
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import httpx
import psycopg
from _stage import arguments, interleaved, milliseconds, pgbench, show, stage

if TYPE_CHECKING:
    from _stage import Connection, Figure

    from supaopt.local import LocalSupabase

KEYS = 1000

_DATA = f"""
create table public.plain (key text primary key, data jsonb not null);
alter table public.plain enable row level security;
insert into public.plain
select 'key ' || n, jsonb_build_object('rows', (
    select jsonb_agg(jsonb_build_object('id', m, 'name', 'row ' || m, 'percent', m % 100))
    from generate_series(1, 40) as m
))
from generate_series(1, {KEYS}) as n;
update supaopt.settings set max_lifetime = '1 day';
vacuum analyze public.plain;
"""
_DRAW = f"\\set n random(1, {KEYS})\n"
_SCRIPTS = {
    "select by primary key": "select data from public.plain where key = 'key ' || :n;",
    "get_cached_data": "select public.get_cached_data('key ' || :n, '1 day');",
    "get_cache_entry": "select public.get_cache_entry('key ' || :n);",
}


def fill(owner: Connection, url: str) -> None:
    """Store every key; each in a transaction of its own would do the same, slowly."""
    with psycopg.connect(url, autocommit=True) as other:
        row = other.execute("select public.get_cache_entry('none') ->> 'lease'").fetchone()
        for key, data in owner.execute("select key, data::text from public.plain").fetchall():
            other.execute(
                "select public.set_cached_data(%s, %s::jsonb, '1 day', %s, %s)",
                [key, data, ["plain", f"plain:{key}"], row and row[0]],
            )


def psql(url: str, seconds: int, rounds: int) -> dict[str, float]:
    """Return transactions per second of each look-up."""
    return interleaved(
        {
            name: partial(pgbench, url, _DRAW + script, clients=8, seconds=seconds)
            for name, script in _SCRIPTS.items()
        },
        rounds,
    )


def rest(stack: LocalSupabase, rounds: int) -> dict[str, float]:
    """Return milliseconds of each look-up through REST, by one client."""
    headers = {"apikey": stack.secret_key, "authorization": f"Bearer {stack.secret_key}"}
    with httpx.Client(base_url=f"{stack.url}/rest/v1", headers=headers) as client:

        def get(path: str, **params: str) -> None:
            client.get(path, params=params).raise_for_status()

        return interleaved(
            {
                "select by primary key": lambda: milliseconds(
                    lambda: get("/plain", select="data", key="eq.key 7")
                ),
                "get_cached_data": lambda: milliseconds(
                    lambda: get("/rpc/get_cached_data", p_cache_key="key 7")
                ),
                "get_cache_entry": lambda: milliseconds(
                    lambda: get("/rpc/get_cache_entry", p_cache_key="key 7")
                ),
            },
            rounds * 100,
        )


def log_rows(owner: Connection, count: int) -> None:
    """Let many transactions have written to other tags."""
    owner.execute(
        "insert into supaopt.log (tag, xid) select n, (pg_current_xact_id()::text::bigint)"
        "::text::xid8 from generate_series(1, %s) as n",
        [count],
    )
    owner.execute("vacuum analyze supaopt.log")


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    figures: list[Figure] = []

    def add(what: str, values: dict[str, float], *, faster_is_more: bool = True) -> None:
        peer = values["select by primary key"]
        for name, value in values.items():
            cost = peer / value if faster_is_more else value / peer
            figures.append({"what": f"{what}: {name}", "tps or ms": value, "x bare": cost})

    with stage() as (stack, owner):
        for statement in _DATA.split(";\n"):
            owner.execute(statement.encode())
        fill(owner, stack.db_url)
        stack.reload_schema()
        add("8 clients", psql(stack.db_url, options.seconds, options.rounds))
        add("REST, ms", rest(stack, options.rounds), faster_is_more=False)
        log_rows(owner, 100_000)
        add("100,000 log rows", psql(stack.db_url, options.seconds, options.rounds))
        with psycopg.connect(stack.db_url) as open_transaction:
            # From here on no snapshot's xmin moves; the entries stored now carry that.
            open_transaction.execute("select pg_current_xact_id()")
            fill(owner, stack.db_url)
            for _ in range(20):
                owner.execute("do $$ begin perform pg_current_xact_id(); end $$")
            log_rows(owner, 20_000)
            add("a transaction open", psql(stack.db_url, options.seconds, options.rounds))
    show("Look-ups, values of 2 KB", figures, options.json)


if __name__ == "__main__":
    main()
