"""
A hit in Redis, beside redis-py and a JSON decoder by hand: microseconds a call.

    python benchmarks/cache/redis_hit.py redis://127.0.0.1:6379/0

All take turns, in an order that changes, so that each sees the same machine. orjson is measured
too where it is installed.
"""

from __future__ import annotations

import importlib.util
import random
import statistics
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

import redis
from pydantic_core import from_json, to_json

from supaopt._coroutine import run
from supaopt.cache import CacheConfig, DatabaseCacheManager, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3000
PEER = "redis-py + from_json"
ROWS = [{"id": number, "name": f"student {number}", "percent": number / 3} for number in range(40)]
CONFIG = CacheConfig("10 minutes", ["student_progress", "student:1"])


def measure(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """
    Return the median cost of each call in microseconds.
    """
    costs: dict[str, list[int]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name in random.sample(list(calls), len(calls)):
            call = calls[name]
            start = time.perf_counter_ns()
            call()
            costs[name].append(time.perf_counter_ns() - start)
    return {name: statistics.median(cost) / 1000 for name, cost in costs.items()}


def ways(client: Any, cache: Any) -> dict[str, Callable[[], object]]:
    """
    Return the ways to read the rows, by name.
    """
    found: dict[str, Callable[[], object]] = {
        PEER: lambda: from_json(client.get("by hand")),
        "supaopt": lambda: cache.get_cached_data("rows", lambda: ROWS, CONFIG),
    }
    if importlib.util.find_spec("orjson"):
        loads = import_module("orjson").loads
        found["redis-py + orjson"] = lambda: loads(client.get("by hand"))
    return found


def main() -> None:
    """
    Print the table.
    """
    url = sys.argv[1]
    client = redis.Redis.from_url(url)
    client.set("by hand", to_json(ROWS), ex=600)
    cache: Any = DatabaseCacheManager(MemoryStore(), redis=url)
    run(cache._engine._follower.step())  # noqa: SLF001 - warmth, without waiting for it
    cache.get_cached_data("rows", lambda: ROWS, CONFIG)
    costs = measure(ways(client, cache))
    print(f"{len(to_json(ROWS))} bytes")
    for name, cost in costs.items():
        print(f"{name:22} {cost:7.1f} us   {cost / costs[PEER]:5.2f} x")
    cache.close()


if __name__ == "__main__":
    main()
