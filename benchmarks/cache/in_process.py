"""
A hit in the process, beside cachetools' TTLCache under a lock: nanoseconds a call.

    python benchmarks/cache/in_process.py
"""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from typing import TYPE_CHECKING, Any

import cachetools
from pydantic import BaseModel, ConfigDict

from supaopt._coroutine import run
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    DatabaseCacheManager,
    InProcess,
    MemoryStore,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CALLS = 500
BATCHES = 200
KEY = "student_progress:a0000000-0000-4000-8000-000000000001"


class Progress(BaseModel):
    """An immutable row."""

    model_config = ConfigDict(frozen=True)

    student: str
    percent: int


VALUE = tuple(Progress(student=f"s{number}", percent=number) for number in range(20))
ROWS = [row.model_dump() for row in VALUE]
KIND = tuple[Progress, ...]
CONFIG = CacheConfig("10 minutes", ["student_progress", "student:1"])


def median(call: Callable[[], object]) -> float:
    """
    Return the median cost of *call* in nanoseconds over many batches.
    """
    costs = []
    for _ in range(BATCHES):
        start = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        costs.append((time.perf_counter_ns() - start) / CALLS)
    return statistics.median(costs)


async def amedian(call: Callable[[], Awaitable[object]]) -> float:
    """
    The same for what is awaited.
    """
    costs = []
    for _ in range(BATCHES):
        start = time.perf_counter_ns()
        for _ in range(CALLS):
            await call()
        costs.append((time.perf_counter_ns() - start) / CALLS)
    return statistics.median(costs)


def peer() -> Callable[[], Any]:
    """
    What people write today.
    """
    cache: cachetools.TTLCache[str, Any] = cachetools.TTLCache(4096, 600)
    lock = threading.Lock()
    cache[KEY] = VALUE

    def read() -> Any:
        with lock:
            return cache[KEY]

    return read


def blocking() -> dict[str, float]:
    """
    The synchronous manager.
    """
    with DatabaseCacheManager(MemoryStore(), l1=InProcess()) as cache:

        def typed() -> Any:
            return cache.get_cached_data(KEY, lambda: VALUE, CONFIG, type=KIND)

        def rows() -> Any:
            return cache.get_cached_data("rows", lambda: ROWS, CONFIG)

        run(poll(cache))
        typed()
        rows()
        return {"immutable rows": median(typed), "20 dictionaries, copied": median(rows)}


async def awaiting() -> dict[str, float]:
    """
    The asynchronous manager.
    """
    async with AsyncDatabaseCacheManager(MemoryStore(), l1=InProcess()) as cache:

        async def load() -> Any:
            return VALUE

        await poll(cache)
        await cache.get_cached_data(KEY, load, CONFIG, type=KIND)
        cost = await amedian(lambda: cache.get_cached_data(KEY, load, CONFIG, type=KIND))
        return {"immutable rows, awaited": cost}


async def poll(cache: Any) -> None:
    """
    Make the follower's first poll, after which answers are copied.
    """
    await cache._engine._runner._follower.step()  # noqa: SLF001 - warmth, without waiting for it


def main() -> None:
    """
    Print the table.
    """
    base = median(peer())
    figures = {"cachetools TTLCache + Lock": base, **blocking(), **asyncio.run(awaiting())}
    for name, cost in figures.items():
        print(f"{name:32} {cost:8.0f} ns   {cost / base:5.2f} x")


if __name__ == "__main__":
    main()
