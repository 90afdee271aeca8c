"""
A database on which an older release of the SQL is installed.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import CacheConfig, DatabaseCacheManager
from supaopt.cache._connect import store_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt._wire import Request, Response

NEWER = {"rpc/get_cache_entries", "rpc/set_cached_entries"}


@pytest.fixture(name="paths")
def _paths() -> list[str]:
    return []


@pytest.fixture(name="cache")
def _cache(core_stack: Any, paths: list[str]) -> Iterator[DatabaseCacheManager]:
    """
    A manager that asks PostgREST for functions which are not there, where they are new.
    """
    from supabase import create_client

    client = create_client(core_stack.url, core_stack.secret_key)
    store: Any = store_of(client, limit=30.0)
    send = store._send

    async def older(request: Request) -> Response:
        paths.append(request.path)
        renamed = f"{request.path}_of_the_future" if request.path in NEWER else request.path
        answer: Response = await send(replace(request, path=renamed))
        return answer

    store._send = older
    events: list[Any] = []
    cache = DatabaseCacheManager(store, on_event=events.append)
    yield cache
    cache.close()
    client.postgrest.session.close()
    assert [] == [event for event in events if event.kind == "error"]


def test_many_keys_are_read_and_stored_one_by_one(
    cache: DatabaseCacheManager, paths: list[str]
) -> None:
    """
    The missing function is asked for once, reported never, and answers are those of any release.
    """
    tag = f"tag {uuid.uuid4()}"
    config = CacheConfig("5 minutes", [tag])
    keys = [f"{tag} {number}" for number in range(3)]
    runs: list[list[str]] = []

    def load(missing: list[str]) -> dict[str, int]:
        runs.append(missing)
        return dict.fromkeys(missing, len(runs))

    assert [dict.fromkeys(keys, 1)] * 3 == [cache.get_many(keys, load, config) for _ in range(3)]
    assert cache.invalidate_by_tags([tag]) == 3
    assert dict.fromkeys(keys, 2) == cache.get_many(keys, load, config)
    assert [keys, keys] == runs
    assert 1 == sum(path in NEWER for path in paths)


def test_a_renewed_database_is_asked_for_many_at_once(core_stack: Any) -> None:
    """
    With today's SQL a hundred keys take one call to read, one to store and one to read again.
    """
    from supabase import create_client

    client = create_client(core_stack.url, core_stack.secret_key)
    store: Any = store_of(client, limit=30.0)
    paths, send = [], store._send

    async def note(request: Request) -> Response:
        paths.append(request.path)
        answer: Response = await send(request)
        return answer

    store._send = note
    cache = DatabaseCacheManager(store)
    keys = [f"{uuid.uuid4()}" for _ in range(100)]
    for _ in range(2):
        found = cache.get_many(keys, lambda missing: dict.fromkeys(missing, 1))
        assert dict.fromkeys(keys, 1) == found
    expected = ["get_cache_entries", "set_cached_entries", "get_cache_entries"]
    assert [f"rpc/{name}" for name in expected] == paths
    client.postgrest.session.close()
