"""
One of several processes that all want the same cold key at once; run by a test.

Arguments: API URL, secret key, Redis URL, key, number of threads. It counts computations in Redis.
"""

from __future__ import annotations

import sys
import threading
import time

import redis
from supabase import create_client

from supaopt.cache import CacheConfig, DatabaseCacheManager


def main() -> None:
    """
    Wait for the others, then read with all threads.
    """
    url, secret, redis_url, key, threads = sys.argv[1:]
    counter = redis.Redis.from_url(redis_url)
    cache = DatabaseCacheManager(create_client(url, secret), redis=redis_url, timeout=20)
    cache.get_cached_data(f"{key} warm-up {time.monotonic_ns()}", lambda: 1)
    engine = cache._engine
    while engine.near is None or engine.near.mark() is None:
        time.sleep(0.01)
    counter.incr(f"{key}:ready")
    while int(counter.get(f"{key}:ready") or 0) < 4:
        time.sleep(0.01)

    def compute() -> int:
        counter.incr(f"{key}:runs")
        time.sleep(0.2)
        return 1

    def read() -> None:
        if cache.get_cached_data(key, compute, CacheConfig(60, [key])) == 1:
            counter.incr(f"{key}:answers")

    readers = [threading.Thread(target=read) for _ in range(int(threads))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    cache.close()


if __name__ == "__main__":
    main()
