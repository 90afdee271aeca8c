"""
Readers against writers on a real database: nobody is served less than was promised.

Each value only grows. A reader notes what is committed, then reads through the cache: an answer
below what it noted is stale.
"""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt.cache import (
    CacheConfig,
    CacheContext,
    DatabaseCacheManager,
)

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = 4
READS = 60


class World:
    """
    A watched table of counters, writers that commit and roll back, and a manager.
    """

    def __init__(self, stack: Any) -> None:
        from supabase import create_client

        self.db_url = stack.db_url
        self.table = f"race_{uuid.uuid4().hex[:8]}"
        self.client = create_client(stack.url, stack.secret_key)
        self.events: list[Any] = []
        self.cache = DatabaseCacheManager(
            self.client, timeout="30 seconds", on_event=self.events.append
        )
        self.stop = threading.Event()
        with psycopg.connect(self.db_url) as db:
            db.execute(f"create table public.{self.table} (id int primary key, value int)")
            db.execute(
                f"insert into public.{self.table} select g, 0 from generate_series(1, {KEYS}) g"
            )
            db.execute(
                "select supaopt.watch_table(%s::text::regclass, %s)",
                [f"public.{self.table}", [self.table, f"{self.table}:{{id}}"]],
            )

    def write(self, seed: int) -> None:
        """
        Change rows until told to stop, holding transactions open, a third of them in vain.
        """
        dice = random.Random(seed)
        with psycopg.connect(self.db_url) as db:
            while not self.stop.wait(dice.random() * 0.05):
                db.execute(
                    f"update public.{self.table} set value = value + 1 where id = %s",
                    [dice.randint(1, KEYS)],
                )
                self.stop.wait(dice.random() * 0.02)
                db.rollback() if dice.random() < 1 / 3 else db.commit()

    def read(self, way: str, seed: int) -> tuple[int, int]:
        """
        Read many times; return how many answers were stale, and how many there were.
        """
        dice = random.Random(seed)
        stale = 0
        with psycopg.connect(self.db_url, autocommit=True) as db:
            ask = getattr(self, way)(db)
            for _ in range(READS):
                key = dice.randint(1, KEYS)
                committed = self.value(db, key)
                stale += ask(key) < committed
        return stale, READS

    def config(self, key: int | str) -> CacheConfig:
        """
        Return what ends a key's answer.
        """
        return CacheConfig("5 minutes", [f"{self.table}:{str(key).rpartition(':')[2]}"])

    def singly(self, db: Any) -> Callable[[int], int]:
        """
        Read one key.
        """
        return lambda key: self.cache.get_cached_data(
            f"{self.table}:{key}", partial(self.value, db, key), self.config(key)
        )

    def load(self, db: Any, missing: list[str]) -> dict[str, int]:
        """
        Read the rows that keys end in, one after the other.
        """
        return {name: self.value(db, int(name.rpartition(":")[2])) for name in missing}

    def together(self, db: Any, cache: DatabaseCacheManager | None = None) -> Callable[[int], int]:
        """
        Read all keys, which others read too, and tell of one.
        """
        many = (cache or self.cache).get_many

        def ask(key: int) -> int:
            names = [f"{self.table}:{number}" for number in range(1, KEYS + 1)]
            return many(names, partial(self.load, db), self.config)[f"{self.table}:{key}"]

        return ask

    def apart(self, db: Any) -> Callable[[int], int]:
        """
        Read all keys as where the SQL is older: each by itself.
        """
        older = DatabaseCacheManager(self.client, timeout="30 seconds", on_event=self.events.append)
        older._engine._bulk = None
        return self.together(db, older)

    def anew(self, db: Any) -> Callable[[int], int]:
        """
        Read keys that nobody has read yet, and then again what was stored of them together.
        """
        asked = itertools.count()

        def ask(key: int) -> int:
            turn = f"{db.info.backend_pid} {next(asked) // 2}"
            names = [f"{self.table} {turn}:{number}" for number in range(1, KEYS + 1)]
            return self.cache.get_many(names, partial(self.load, db), self.config)[names[key - 1]]

        return ask

    def late(self, db: Any) -> Callable[[int], int]:
        """
        Read one key whose tag is known when its answer is.
        """

        def ask(key: int) -> int:
            def compute(context: CacheContext[int]) -> int:
                value = self.value(db, key)
                context.add_tags([f"{self.table}:{key}"])
                return value

            return self.cache.get_cached_data(f"{self.table} late:{key}", compute)

        return ask

    def kept_on(self, db: Any) -> Callable[[int], int]:
        """
        Keep on whatever is kept, without a look at the table.
        """

        @self.cache.cached(f"{self.table} on:{{key}}", tags=[f"{self.table}:{{key}}"])
        def kept(context: CacheContext[int], key: int) -> int:
            return context.not_modified() if context.kept else self.value(db, key)

        dice = random.Random(1)
        return lambda key: kept.refresh(key) if dice.random() < 0.5 else kept(key)

    def value(self, db: Any, key: int) -> int:
        """
        Read a row.
        """
        (value,) = db.execute(
            f"select value from public.{self.table} where id = %s", [key]
        ).fetchone()
        return int(value)

    def close(self) -> None:
        """
        Stop, and remove the table.
        """
        self.stop.set()
        self.cache.close()
        self.client.postgrest.session.close()
        with psycopg.connect(self.db_url) as db:
            db.execute("select supaopt.unwatch_table(%s::text::regclass)", [f"public.{self.table}"])
            db.execute(f"drop table public.{self.table}")


@pytest.fixture(name="world")
def _world(core_stack: Any) -> Any:
    world = World(core_stack)
    yield world
    world.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "ways",
    [
        ["singly"] * 4,
        ["singly", "together"] * 2,
        ["together", "apart"] * 2,
        ["anew"] * 4,
        ["late", "kept_on"] * 2,
    ],
    ids="-".join,
)
def test_no_answer_is_stale(world: World, ways: list[str]) -> None:
    """
    Under concurrent commits and rollbacks every answer holds what was committed before the call.
    """
    with ThreadPoolExecutor(len(ways) + 2) as pool:
        writers = [pool.submit(world.write, seed) for seed in range(2)]
        readers = [pool.submit(world.read, way, 100 + seed) for seed, way in enumerate(ways)]
        found = [reader.result() for reader in readers]
        world.stop.set()
        for writer in writers:
            writer.result()
    assert (0, len(ways) * READS) == (sum(s for s, _ in found), sum(n for _, n in found))
    kinds = [event.kind for event in world.events]
    assert {"hit", "miss", "stored"} <= set(kinds)
    assert "error" not in kinds
