"""
Every tier that holds leases, behind one face: in memory, and Postgres in both colours.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from supaopt._coroutine import run
from supaopt.cache import MemoryStore
from supaopt.cache._connect import async_store_of, store_of
from supaopt.cache._ports import NewEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Subject:
    """
    A store, what drives it, and transactions of others beside it.
    """

    def __init__(self, store: Any, drive: Callable[[Any], Any], begin: Callable[[], Any]) -> None:
        self.store = store
        self.begin = begin
        self._drive = drive
        # One database serves the whole session, so each test names its own keys and tags.
        self.key = f"key {uuid.uuid4()}"
        self.tag = f"tag {uuid.uuid4()}"

    def lookup(self, key: str | None = None, *, max_age: float = 300.0) -> Any:
        """
        Look *key* up, the test's own if left out.
        """
        return self._drive(self.store.lookup(key or self.key, max_age=max_age))

    def keep(
        self,
        lease: str,
        data: bytes = b"1",
        *,
        tags: Sequence[str] | None = None,
        duration: float = 300.0,
    ) -> bool:
        """
        Store under the test's key and tag.
        """
        tags = (self.tag,) if tags is None else tags
        return bool(
            self._drive(self.store.store(self.key, data, duration=duration, tags=tags, lease=lease))
        )

    def invalidate(self, *tags: str) -> int:
        """
        End what carries *tags*.
        """
        return int(self._drive(self.store.invalidate(tags)))

    def record_hits(self, hits: dict[str, int]) -> None:
        """
        Tell how often entries were read.
        """
        self._drive(self.store.record_hits(hits))

    def cleanup(self) -> int:
        """
        Remove what has ended.
        """
        return int(self._drive(self.store.cleanup()))

    def changes(self, after: str | None) -> Any:
        """
        Ask what was written to.
        """
        return self._drive(self.store.changes(after))

    def metrics(self) -> Any:
        """
        Ask for the metrics.
        """
        return self._drive(self.store.metrics())


class Among(Subject):
    """
    The same, but what is looked up and stored is one of many.
    """

    def lookup(self, key: str | None = None, *, max_age: float = 300.0) -> Any:
        """
        Look *key* up beside others.
        """
        key = key or self.key
        ages = {f"{key} before": 1.0, key: max_age, f"{key} after": 300.0}
        found = self._drive(self.store.lookup_many(ages))
        assert list(ages) == list(found)
        return found[key]

    def keep(
        self,
        lease: str,
        data: bytes = b"1",
        *,
        tags: Sequence[str] | None = None,
        duration: float = 300.0,
    ) -> bool:
        """
        Store beside others, whose lease is of another database, so that they are refused.
        """
        others = [
            NewEntry(key=key, data=b"0", duration=1.0, tags=(), lease=f"{'0' * 32}:1:1:")
            for key in (f"{self.key} before", f"{self.key} after")
        ]
        tags = (self.tag,) if tags is None else tags
        own = NewEntry(key=self.key, data=data, duration=duration, tags=tags, lease=lease)
        before, stored, after = self._drive(self.store.store_many([others[0], own, others[1]]))
        assert (False, False) == (before, after)
        return bool(stored)


class Transaction:
    """
    A writer's transaction in Postgres.
    """

    def __init__(self, db_url: str) -> None:
        import psycopg

        self._connection = psycopg.connect(db_url)

    def touch(self, tags: Sequence[str]) -> None:
        """
        Write to *tags*.
        """
        self._connection.execute("select public.invalidate_cache_by_tags(%s)", [list(tags)])

    def commit(self) -> None:
        """
        Let the writes take effect.
        """
        self._connection.commit()
        self._connection.close()

    def rollback(self) -> None:
        """
        Undo them.
        """
        self._connection.rollback()
        self._connection.close()


def _memory(request: pytest.FixtureRequest, kind: type[Subject]) -> Iterator[Subject]:
    store = MemoryStore()
    yield kind(store, run, store.begin)


def _postgres(request: pytest.FixtureRequest, kind: type[Subject]) -> Iterator[Subject]:
    stack = request.getfixturevalue("core_stack")
    from supabase import create_client

    client = create_client(stack.url, stack.secret_key)
    yield kind(store_of(client, limit=10.0), run, lambda: Transaction(stack.db_url))
    client.postgrest.session.close()


def _postgres_async(request: pytest.FixtureRequest, kind: type[Subject]) -> Iterator[Subject]:
    stack = request.getfixturevalue("core_stack")
    from supabase import acreate_client

    with asyncio.Runner() as runner:
        client = runner.run(acreate_client(stack.url, stack.secret_key))
        store = async_store_of(client, limit=10.0)
        yield kind(store, runner.run, lambda: Transaction(stack.db_url))
        runner.run(client.postgrest.aclose())


@pytest.fixture(name="kind", params=[Subject, Among], ids=["alone", "among"])
def _kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(
    name="subject",
    params=[
        pytest.param(_memory, id="memory"),
        pytest.param(_postgres, id="postgres", marks=pytest.mark.integration),
        pytest.param(_postgres_async, id="postgres-async", marks=pytest.mark.integration),
    ],
)
def _subject(request: pytest.FixtureRequest, kind: type[Subject]) -> Iterator[Subject]:
    yield from request.param(request, kind)
