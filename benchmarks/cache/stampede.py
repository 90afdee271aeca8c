"""
How often a cold key is computed when everybody wants it at once: 1 is right.

    python benchmarks/cache/stampede.py
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import cachetools

from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

COROUTINES = 200
THREADS = 8
CALLS = 25
SECONDS = 0.05  # that one computation takes


class Computation:
    """
    A slow computation that counts its runs.
    """

    def __init__(self) -> None:
        self.runs = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """
        Compute.
        """
        with self._lock:
            self.runs += 1
        time.sleep(SECONDS)
        return 1

    async def later(self) -> int:
        """
        Compute without blocking.
        """
        self.runs += 1
        await asyncio.sleep(SECONDS)
        return 1


async def coroutines() -> int:
    """
    Read from many tasks at once.
    """
    computation = Computation()
    cache = AsyncDatabaseCacheManager(MemoryStore())
    calls = (cache.get_cached_data("k", computation.later) for _ in range(COROUTINES))
    await asyncio.gather(*calls)
    return computation.runs


def threads(read: Callable[[], object]) -> None:
    """
    Read from many threads at once.
    """
    barrier = threading.Barrier(THREADS)

    def work() -> None:
        barrier.wait()
        for _ in range(CALLS):
            read()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def ours() -> int:
    """
    The synchronous manager.
    """
    computation = Computation()
    cache = DatabaseCacheManager(MemoryStore())
    threads(lambda: cache.get_cached_data("k", computation))
    return computation.runs


def peer() -> int:
    """
    Cachetools' decorator with a lock.
    """
    computation = Computation()
    kept = cachetools.TTLCache[str, int](100, 60)
    decorated = cachetools.cached(kept, key=lambda: "k", lock=threading.RLock())(computation)
    threads(decorated)
    return computation.runs


def main() -> None:
    """
    Print the table.
    """
    print(f"{COROUTINES} coroutines:            {asyncio.run(coroutines()):3} computations")
    print(f"{THREADS} threads x {CALLS} calls:       {ours():3} computations")
    print(f"the same, cachetools + lock: {peer():3} computations")


if __name__ == "__main__":
    main()
