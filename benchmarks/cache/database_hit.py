"""
A hit in the database, beside a select by primary key through supabase-py: milliseconds a call.

    python benchmarks/cache/database_hit.py      # starts a local Supabase
"""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb
from supabase import create_client

from supaopt import sql
from supaopt.cache import CacheConfig, DatabaseCacheManager
from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 400
DOCUMENT: dict[str, Any] = {
    "modules": [{"id": number, "name": f"module {number}"} for number in range(40)]
}


def cost(call: Callable[[], object]) -> float:
    """
    Return what one call costs, in milliseconds.
    """
    start = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - start) / 1e6


def main() -> None:
    """
    Print the table.
    """
    with LocalSupabase() as stack:
        with psycopg.connect(stack.db_url) as db:
            db.execute(sql.script("core"))
            db.execute("create table public.documents (id int primary key, body jsonb)")
            db.execute("grant select on public.documents to service_role")
            db.execute("insert into public.documents values (1, %s)", [Jsonb(DOCUMENT)])
        stack.reload_schema()
        client = create_client(stack.url, stack.secret_key)
        cache = DatabaseCacheManager(client, timeout="20 seconds")
        config = CacheConfig("10 minutes", ["documents", "document:1"])

        def by_key() -> object:
            return client.table("documents").select("body").eq("id", 1).execute().data

        def cached() -> object:
            return cache.get_cached_data("document:1", lambda: DOCUMENT, config)

        cached()
        # In turns, in an order that changes, so that both see the same machine.
        costs: dict[Callable[[], object], list[float]] = {by_key: [], cached: []}
        for _ in range(ROUNDS):
            for call in random.sample(list(costs), 2):
                costs[call].append(cost(call))
        bare, ours = map(statistics.median, costs.values())
        print(f"select by primary key {bare:6.2f} ms")
        print(f"hit in the database   {ours:6.2f} ms   {ours / bare:5.2f} x")
        client.postgrest.session.close()


if __name__ == "__main__":
    main()
