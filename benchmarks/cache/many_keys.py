"""
A hundred keys of 2 KB by `get_many`: in one round trip, and key by key as on older SQL.

    python benchmarks/cache/many_keys.py      # starts a local Supabase
"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
from supabase import acreate_client, create_client

from supaopt import sql
from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, DatabaseCacheManager
from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 10
KEYS = 100
CONFIG = CacheConfig("10 minutes", ["documents"])
DOCUMENT: dict[str, Any] = {
    "rows": [{"id": number, "name": f"row {number}", "percent": number} for number in range(40)]
}


async def measure(read: Callable[[list[str]], Awaitable[object]]) -> tuple[float, float]:
    """
    Return what a hundred misses, and then a hundred hits, take in milliseconds.
    """
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        keys = [f"document:{uuid.uuid4()}" for _ in range(KEYS)]
        for times in took:
            start = time.perf_counter_ns()
            await read(keys)
            times.append((time.perf_counter_ns() - start) / 1e6)
    return statistics.median(took[0]), statistics.median(took[1])


def compute(missing: list[str]) -> dict[str, Any]:
    """
    Answer at once.
    """
    return dict.fromkeys(missing, DOCUMENT)


async def acompute(missing: list[str]) -> dict[str, Any]:
    """
    Answer at once.
    """
    return compute(missing)


async def in_threads(stack: LocalSupabase, *, together: bool) -> tuple[float, float]:
    """
    Measure the synchronous manager.
    """
    cache = DatabaseCacheManager(create_client(stack.url, stack.secret_key), timeout="30 seconds")
    if not together:
        cache._engine._bulk = None  # noqa: SLF001 - as if the database could not

    async def read(keys: list[str]) -> object:
        return cache.get_many(keys, compute, CONFIG)

    return await measure(read)


async def in_a_loop(stack: LocalSupabase, *, together: bool) -> tuple[float, float]:
    """
    Measure the asynchronous manager.
    """
    client = await acreate_client(stack.url, stack.secret_key)
    cache = AsyncDatabaseCacheManager(client, timeout="30 seconds")
    if not together:
        cache._engine._bulk = None  # noqa: SLF001 - as if the database could not
    return await measure(lambda keys: cache.get_many(keys, acompute, CONFIG))


def main() -> None:
    """
    Print the table.
    """
    with LocalSupabase() as stack:
        with psycopg.connect(stack.db_url) as db:
            db.execute(sql.script("core"))
        stack.reload_schema()
        print(f"{'ms, median':24}{'100 misses':>12}{'100 hits':>12}")
        for name, run in {"sync": in_threads, "async": in_a_loop}.items():
            for how, together in {"key by key": False, "together": True}.items():
                misses, hits = asyncio.run(run(stack, together=together))
                print(f"{name + ', ' + how:24}{misses:12.1f}{hits:12.1f}")


if __name__ == "__main__":
    main()
