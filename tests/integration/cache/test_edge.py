"""
Copies at a CDN, followed from a real database: what is written in SQL is purged, however it is
written.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from supabase import create_async_client, create_client

from supaopt.cache import DatabaseCacheManager, Entry
from supaopt.contrib.http_cache import (
    AsyncEdgeFollower,
    AsyncEdgePurge,
    EdgeFollower,
    EdgePolicy,
    EdgePurge,
    Fastly,
    edge_answer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GET: Any = {"method": "GET", "headers": []}
PUBLIC = EdgePolicy("everybody")
CDN = Fastly("service", "token")


class Edge:
    """
    A CDN that keeps copies by path and purges them by key.
    """

    def __init__(self) -> None:
        self.copies: dict[str, set[str]] = {}

    def keep(self, path: str, *tags: str) -> None:
        """
        Keep an answer that carries *tags*.
        """
        sent = edge_answer(GET, Entry(value=path, tags=tags, left=60.0), PUBLIC)
        self.copies[path] = set(sent.headers["surrogate-key"].split())

    def handle(self, request: httpx.Request) -> httpx.Response:
        """
        Purge.
        """
        purged = set(json.loads(request.content)["surrogate_keys"])
        self.copies = {path: keys for path, keys in self.copies.items() if not keys & purged}
        return httpx.Response(200)


@pytest.fixture(name="edge")
def _edge() -> Edge:
    return Edge()


@pytest.fixture(name="table")
def _table(core_stack: Any) -> Iterator[str]:
    """A watched table of five thousand rows."""
    name = f"edge_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(core_stack.db_url, autocommit=True) as db:
        db.execute(f"create table public.{name} (id int primary key, price int)".encode())
        db.execute(
            f"insert into public.{name} select i, 0 from generate_series(1, 5000) i".encode()
        )
        db.execute(
            "select supaopt.watch_table(%s, %s)", [f"public.{name}", [name, f"{name}:{{id}}"]]
        )
        yield name
        db.execute(f"drop table public.{name}".encode())


@pytest.fixture(name="poll", params=["sync", "async"])
def _poll(
    request: pytest.FixtureRequest, core_stack: Any, edge: Edge
) -> Iterator[Callable[[], None]]:
    """One poll of a follower of either colour that has purged everything before."""
    transport = httpx.MockTransport(edge.handle)
    if request.param == "sync":
        client = create_client(core_stack.url, core_stack.secret_key)
        purge = EdgePurge(CDN, client=httpx.Client(transport=transport))
        follower = EdgeFollower(client, purge, settle=0)
        follower.poll_changes()
        yield follower.poll_changes
        client.postgrest.session.close()
        return
    with asyncio.Runner() as runner:

        async def start() -> tuple[Any, AsyncEdgeFollower]:
            aclient = await create_async_client(core_stack.url, core_stack.secret_key)
            apurge = AsyncEdgePurge(CDN, client=httpx.AsyncClient(transport=transport))
            return aclient, AsyncEdgeFollower(aclient, apurge, settle=0)

        aclient, afollower = runner.run(start())
        runner.run(afollower.poll_changes())
        yield lambda: runner.run(afollower.poll_changes())
        runner.run(aclient.postgrest.session.aclose())


def test_sql_purges_what_it_changes(
    core_stack: Any, edge: Edge, table: str, poll: Callable[[], None]
) -> None:
    """
    A row's write purges the answers about it and about its table, after its commit and not before.
    """
    edge.keep("/7", f"{table}:7")
    edge.keep("/8", f"{table}:8")
    edge.keep("/all", table)
    with psycopg.connect(core_stack.db_url) as db:
        db.execute(f"update public.{table} set price = 1 where id = 7".encode())
        poll()
        assert {"/7", "/8", "/all"} == edge.copies.keys()
        db.commit()
        poll()
        assert {"/8"} == edge.copies.keys()


def test_sql_purges_all_rows_of_a_wide_write(
    core_stack: Any, edge: Edge, table: str, poll: Callable[[], None]
) -> None:
    """
    A statement that writes so many rows that the log names none of them purges the answers to each.
    """
    edge.keep("/7", f"{table}:7")
    edge.keep("/other", "something_else")
    with psycopg.connect(core_stack.db_url, autocommit=True) as db:
        db.execute(f"update public.{table} set price = price + 1".encode())
    poll()
    assert {"/other"} == edge.copies.keys()


def test_a_flush_purges_everything(core_stack: Any, edge: Edge, poll: Callable[[], None]) -> None:
    """
    A migration that flushes the cache, because a policy changed, leaves nothing at the edge.
    """
    edge.keep("/other", "something_else")
    with psycopg.connect(core_stack.db_url, autocommit=True) as db:
        db.execute("select supaopt.flush()")
    poll()
    assert {} == edge.copies


def test_an_invalidation_purges_too(core_stack: Any, edge: Edge, poll: Callable[[], None]) -> None:
    """
    What any process ends by hand is in the log as well.
    """
    edge.keep("/prices", "price_list")
    client = create_client(core_stack.url, core_stack.secret_key)
    with DatabaseCacheManager(client) as cache:
        cache.invalidate_by_tags(["price_list"])
    client.postgrest.session.close()
    poll()
    assert {} == edge.copies
