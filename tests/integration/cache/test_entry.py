"""
What is told of an answer that a real database and a real Valkey keep, in both colours.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from supabase import acreate_client, create_client

from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, CacheContext, DatabaseCacheManager
from supaopt.contrib.http_cache import EdgePolicy, edge_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIG = CacheConfig("5 minutes", ["products"], grace="1 hour")
GET: Any = {"method": "GET", "headers": []}


def known(context: CacheContext[int]) -> int:
    """
    Be a computation that adds a tag.
    """
    context.add_tags(["product:7"])
    return 1


def fail() -> int:
    """
    Be a computation that fails.
    """
    raise LookupError("source is down")


@pytest.fixture(name="make", params=["sync", "async"])
def _make(request: pytest.FixtureRequest, lms_stack: Any) -> Iterator[Any]:
    """
    Makes managers, each as a function that reads the entry of a key.
    """
    managers: list[Any] = []
    if request.param == "sync":
        client = create_client(lms_stack.url, lms_stack.secret_key)

        def make(**options: Any) -> Callable[..., Any]:
            manager = DatabaseCacheManager(client, timeout="20 seconds", **options)
            managers.append(manager)
            manager.poll_changes()
            return manager.get_cached_entry

        yield make
        for manager in managers:
            manager.close()
        client.postgrest.session.close()
        return
    with asyncio.Runner() as runner:
        aclient = runner.run(acreate_client(lms_stack.url, lms_stack.secret_key))

        def amake(**options: Any) -> Callable[..., Any]:
            manager = AsyncDatabaseCacheManager(aclient, timeout="20 seconds", **options)
            managers.append(manager)
            runner.run(manager.poll_changes())

            def read(key: str, function: Callable[..., Any], config: CacheConfig) -> Any:
                async def plain() -> Any:
                    return function()

                async def adaptive(context: CacheContext[Any]) -> Any:
                    return function(context)

                compute: Any = adaptive if function is known else plain
                return runner.run(manager.get_cached_entry(key, compute, config))

            return read

        yield amake
        for manager in managers:
            runner.run(manager.aclose())
        runner.run(aclient.postgrest.aclose())


@pytest.fixture(name="age")
def _age(lms_stack: Any) -> Callable[[str, str], None]:
    """
    Lets an entry have been stored some time ago.
    """

    def age(key: str, by: str) -> None:
        with psycopg.connect(lms_stack.db_url) as connection:
            connection.execute(
                "update supaopt.entries set stored_at = stored_at - %(by)s::interval, "
                "expires_at = expires_at - %(by)s::interval where key = %(key)s",
                {"by": by, "key": key},
            )

    return age


def test_an_entry_tells_what_the_database_knows(make: Any, age: Callable[[str, str], None]) -> None:
    """
    Tags, age and what is left come from the entry, and so do the headers, up to its grace.
    """
    read, key = make(), f"entry {uuid.uuid4()}"
    policy = EdgePolicy("everybody", browser="1 hour", edge="1 hour", stale_while_revalidate=9)

    fresh = read(key, known, CONFIG)
    assert ("fresh", 1, {"products", "product:7"}) == (fresh.source, fresh.value, set(fresh.tags))

    age(key, "200 seconds")
    kept = read(key, known, CONFIG)
    assert ("database", fresh.tags) == (kept.source, kept.tags)
    assert 199 <= kept.age
    assert 0 < kept.left <= 101
    (lifetime,) = (
        int(each.partition("=")[2])
        for each in edge_answer(GET, kept, policy).headers["cache-control"].split(", ")
        if each.startswith("max-age")
    )
    assert lifetime <= kept.left

    age(key, "200 seconds")
    stale = read(key, fail, CONFIG)
    assert ("stale", 1, 0, fresh.tags) == (stale.source, stale.value, stale.left, stale.tags)
    assert 0 < stale.grace <= 3600 - 100
    sent = edge_answer(GET, stale, policy).headers
    assert "public, max-age=0, must-revalidate" == sent["cache-control"]
    assert f"max-age=0, stale-if-error={int(stale.grace)}" == sent["cdn-cache-control"]


def test_an_entry_tells_what_processes_share(make: Any, valkey: Any) -> None:
    """
    What one process computed another knows as much of, from Valkey.
    """
    key = f"entry {uuid.uuid4()}"
    one, other = (make(redis=valkey.url) for _ in range(2))
    fresh = one(key, known, CONFIG)
    kept = other(key, known, CONFIG)
    assert ("fresh", "redis") == (fresh.source, kept.source)
    assert (1, fresh.tags) == (kept.value, kept.tags)
    assert 0 < kept.left <= CONFIG.max_age
    assert 0 <= kept.age
