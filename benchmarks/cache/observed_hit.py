"""
What it costs a hit in the process to be counted: nanoseconds a call.

    python benchmarks/cache/observed_hit.py

All take turns, in an order that changes, so that each sees the same machine.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from typing import TYPE_CHECKING, Any

import cachetools
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry, Counter

from supaopt.cache import CacheConfig, CacheTally, DatabaseCacheManager, InProcess, MemoryStore
from supaopt.contrib.opentelemetry import CacheTelemetry
from supaopt.contrib.prometheus import CacheCollector

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 500
ROUNDS = 200
KEY = "student_progress:a0000000-0000-4000-8000-000000000001"
VALUE = tuple(range(20))
CONFIG = CacheConfig("10 minutes", ["student_progress", "student:1"])


def cost(call: Callable[[], object]) -> float:
    """
    Return what one call costs, in nanoseconds.
    """
    start = time.perf_counter_ns()
    for _ in range(CALLS):
        call()
    return (time.perf_counter_ns() - start) / CALLS


def hit(on_event: Callable[[Any], None] | None, tally: CacheTally | None = None) -> Any:
    """
    Return a call that hits.
    """
    cache = DatabaseCacheManager(MemoryStore(), l1=InProcess(), on_event=on_event)
    if tally is not None:
        CollectorRegistry().register(CacheCollector(cache, tally))
    cache.poll_changes()

    def call() -> Any:
        return cache.get_cached_data(KEY, lambda: VALUE, CONFIG, type=tuple[int, ...])

    call()
    return call


def peer() -> Callable[[], Any]:
    """
    What people write today, with prometheus_client's counter.
    """
    cache: cachetools.TTLCache[str, Any] = cachetools.TTLCache(4096, 600)
    lock = threading.Lock()
    hits = Counter("hits", "Hits", ["tier"], registry=None)
    cache[KEY] = VALUE

    def read() -> Any:
        with lock:
            value = cache[KEY]
        hits.labels("process").inc()
        return value

    return read


def main() -> None:
    """
    Print the table.
    """
    telemetry = CacheTelemetry(MeterProvider([InMemoryMetricReader()]))
    tally, collected = CacheTally(), CacheTally()
    calls = {
        "not observed": hit(None),
        "CacheTally": hit(tally),
        "CacheTally with CacheCollector": hit(collected, collected),
        "CacheTelemetry": hit(telemetry),
        "a function told by events": hit(lambda _: None),
        "TTLCache, Lock and a labelled Counter": peer(),
    }
    costs: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name in random.sample(list(calls), len(calls)):
            costs[name].append(cost(calls[name]))
    bare = statistics.median(costs["not observed"])
    for name, found in costs.items():
        median = statistics.median(found)
        print(f"{name:38} {median:6.0f} ns   {median / bare:5.2f} x")


if __name__ == "__main__":
    main()
