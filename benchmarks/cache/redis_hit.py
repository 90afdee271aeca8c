"""
A hit in Redis, beside redis-py with orjson-like decoding by hand: microseconds a call.

    python benchmarks/cache/redis_hit.py redis://127.0.0.1:6379/0
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import redis
from pydantic_core import from_json, to_json

from supaopt.cache import CacheConfig, DatabaseCacheManager, MemoryStore
from supaopt.cache._runtime import run

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 3000
ROWS = [{"id": number, "name": f"student {number}", "percent": number / 3} for number in range(40)]
CONFIG = CacheConfig("10 minutes", ["student_progress", "student:1"])


def median(call: Callable[[], object]) -> float:
    """
    Return the median cost of *call* in microseconds.
    """
    costs = []
    for _ in range(CALLS):
        start = time.perf_counter_ns()
        call()
        costs.append(time.perf_counter_ns() - start)
    return statistics.median(costs) / 1000


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
    # Interleaved, so that both see the same machine.
    base = median(lambda: from_json(client.get("by hand")))
    ours = median(lambda: cache.get_cached_data("rows", lambda: ROWS, CONFIG))
    base = min(base, median(lambda: from_json(client.get("by hand"))))
    print(f"{len(to_json(ROWS))} bytes")
    print(f"redis-py + from_json   {base:7.1f} us")
    print(f"supaopt                {ours:7.1f} us   {ours / base:5.2f} x")
    cache.close()


if __name__ == "__main__":
    main()
