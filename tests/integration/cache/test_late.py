"""
Many keys at once, and computations with a context, on a real database and in both colours.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheContext,
    DatabaseCacheManager,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Sync:
    """
    The synchronous manager on the project.
    """

    def __init__(self, stack: Any) -> None:
        from supabase import create_client

        self.events: list[Any] = []
        self.client = create_client(stack.url, stack.secret_key)
        self.manager = DatabaseCacheManager(
            self.client, on_event=self.events.append, timeout="20 seconds"
        )

    def get(self, key: str, function: Callable[[Any], Any], config: CacheConfig) -> Any:
        """
        Read one key, computing with a context.
        """

        def compute(context: CacheContext[Any]) -> Any:
            return function(context)

        return self.manager.get_cached_data(key, compute, config)

    def many(self, keys: list[str], function: Callable[[list[str]], Any], config: Any) -> Any:
        """
        Read many keys.
        """
        return self.manager.get_many(keys, function, config)

    def invalidate(self, *tags: str) -> int:
        """
        End what carries *tags*.
        """
        return self.manager.invalidate_by_tags(tags)

    def close(self) -> None:
        """
        Close the connections.
        """
        self.manager.close()
        self.client.postgrest.session.close()


class Async:
    """
    The asynchronous manager on the project.
    """

    def __init__(self, stack: Any) -> None:
        from supabase import acreate_client

        self.events: list[Any] = []
        self.runner = asyncio.Runner()
        self.client = self.runner.run(acreate_client(stack.url, stack.secret_key))
        self.manager = AsyncDatabaseCacheManager(
            self.client, on_event=self.events.append, timeout="20 seconds"
        )

    def get(self, key: str, function: Callable[[Any], Any], config: CacheConfig) -> Any:
        """
        Read one key, computing with a context.
        """

        async def compute(context: CacheContext[Any]) -> Any:
            return function(context)

        return self.runner.run(self.manager.get_cached_data(key, compute, config))

    def many(self, keys: list[str], function: Callable[[list[str]], Any], config: Any) -> Any:
        """
        Read many keys.
        """

        async def compute(missing: list[str]) -> Any:
            return function(missing)

        return self.runner.run(self.manager.get_many(keys, compute, config))

    def invalidate(self, *tags: str) -> int:
        """
        End what carries *tags*.
        """
        return self.runner.run(self.manager.invalidate_by_tags(tags))

    def close(self) -> None:
        """
        Close the connections.
        """
        self.runner.run(self.manager.aclose())
        self.runner.run(self.client.postgrest.aclose())
        self.runner.close()


@pytest.fixture(name="cache", params=[Sync, Async], ids=["sync", "async"])
def _cache(request: pytest.FixtureRequest, lms_stack: Any) -> Iterator[Any]:
    cache = request.param(lms_stack)
    yield cache
    cache.close()


@pytest.fixture(name="key")
def _key() -> str:
    return f"late {uuid.uuid4()}"


@pytest.fixture(name="product")
def _product(lms_stack: Any) -> Iterator[Any]:
    """
    A product that can be renamed, which is undone.
    """
    with psycopg.connect(lms_stack.db_url, autocommit=True) as connection:
        row = connection.execute("select id, name from public.products order by id").fetchone()
        assert row is not None

        def rename(name: str) -> None:
            connection.execute("update public.products set name = %s where id = %s", [name, row[0]])

        yield rename
        rename(row[1])


@pytest.fixture(name="age")
def _age(lms_stack: Any) -> Callable[[str, str], None]:
    """
    Let an entry have been stored some time ago.
    """

    def age(key: str, by: str) -> None:
        with psycopg.connect(lms_stack.db_url) as connection:
            connection.execute(
                "update supaopt.entries set stored_at = stored_at - %(by)s::interval, "
                "expires_at = expires_at - %(by)s::interval where key = %(key)s",
                {"by": by, "key": key},
            )

    return age


def kinds(cache: Any) -> list[str]:
    """
    Return the kinds of all events.
    """
    return [event.kind for event in cache.events]


def never(*given: Any) -> Any:
    """
    Be a computation that must not run.
    """
    raise AssertionError


GRACE = CacheConfig("5 minutes", grace="1 hour")


def test_many_keys_are_computed_once_and_ended_by_their_rows(
    cache: Any, key: str, product: Callable[[str], None]
) -> None:
    """
    Missing keys are computed together and kept, and a write ends those that carry its tag.
    """
    keys = [f"{key} {number}" for number in range(20)]

    def config(one: str) -> CacheConfig:
        return CacheConfig("5 minutes", ["products"] if one == keys[3] else [])

    asked: list[list[str]] = []

    def query(missing: list[str]) -> dict[str, int]:
        asked.append(missing)
        return dict.fromkeys(missing, len(asked))

    assert dict.fromkeys(keys, 1) == cache.many(keys, query, config)
    assert dict.fromkeys(keys, 1) == cache.many(keys, never, config)
    product("Renamed")
    assert dict.fromkeys(keys, 1) | {keys[3]: 2} == cache.many(keys, query, config)
    assert [keys, [keys[3]]] == asked


def test_a_namespace_ends_by_its_tag(cache: Any, key: str) -> None:
    """
    Keys that carry the tag of their namespace end together, and all namespaces by the bulk tag.
    """
    names = [f"{key}a", f"{key}b"]
    keys = [f"{name} {number}" for name in names for number in range(3)]
    kind = f"kind {uuid.uuid4()}"

    def config(one: str) -> CacheConfig:
        return CacheConfig("5 minutes", [f"{kind}:{one.rpartition(' ')[0]}"])

    cache.many(keys, lambda missing: dict.fromkeys(missing, 1), config)
    assert cache.invalidate(f"{kind}:{names[0]}") == 3
    found = cache.many(keys, lambda missing: dict.fromkeys(missing, 2), config)
    assert [2, 2, 2, 1, 1, 1] == list(found.values())
    assert cache.invalidate(f"{kind}:*") == 6


def test_a_write_to_a_late_tag_ends_the_answer(
    cache: Any, key: str, product: Callable[[str], None]
) -> None:
    """
    A tag that the computation adds is as exact as one of the configuration.
    """
    cache.get(key, lambda context: context.add_tags(["products"]) or 1, GRACE)
    assert cache.get(key, never, GRACE) == 1
    product("Renamed")
    assert cache.get(key, lambda _: 2, GRACE) == 2


def test_a_write_before_a_late_tag_is_named_refuses_the_store(
    cache: Any, key: str, product: Callable[[str], None]
) -> None:
    """
    The lease is older than the write, whenever the tag is named.
    """

    def overtaken(context: CacheContext[int]) -> int:
        product("Renamed")
        context.add_tags(["products"])
        return 1

    assert cache.get(key, overtaken, GRACE) == 1
    assert "refused" == kinds(cache)[-1]
    assert cache.get(key, lambda _: 2, GRACE) == 2


def test_a_shorter_duration_is_the_databases_to_judge(
    cache: Any, key: str, age: Callable[[str, str], None]
) -> None:
    """
    Past the duration that was set, and within its grace, the answer is computed anew.
    """
    cache.get(key, lambda context: context.set_duration("1 minute") or 1, GRACE)
    age(key, "50 seconds")
    assert cache.get(key, never, GRACE) == 1
    age(key, "20 seconds")
    assert cache.get(key, lambda context: context.kept.value + 1, GRACE) == 2


def test_what_is_not_modified_is_young_again(
    cache: Any, key: str, age: Callable[[str, str], None], product: Callable[[str], None]
) -> None:
    """
    An answer that is kept on has its whole duration again, and its tags.
    """
    cache.get(key, lambda context: context.add_tags(["products"]) or {"name": "a"}, GRACE)
    age(key, "6 minutes")
    assert {"name": "a"} == cache.get(key, lambda context: context.not_modified(), GRACE)
    assert "stored" == kinds(cache)[-1]
    age(key, "4 minutes")
    assert {"name": "a"} == cache.get(key, never, GRACE)
    product("Renamed")
    assert cache.get(key, lambda context: context.kept, GRACE) is None


def test_a_write_during_the_check_ends_what_is_not_modified(
    cache: Any, key: str, age: Callable[[str, str], None], product: Callable[[str], None]
) -> None:
    """
    What a write has ended while it was being checked does not come back.
    """
    cache.get(key, lambda context: context.add_tags(["products"]) or 1, GRACE)
    age(key, "6 minutes")

    def overtaken(context: CacheContext[int]) -> int:
        product("Renamed")
        return context.not_modified()

    assert cache.get(key, overtaken, GRACE) == 1
    assert "refused" == kinds(cache)[-1]
    assert cache.get(key, lambda context: context.kept, GRACE) is None
