"""
Queries kept on a real database, and ended by real writes.
"""

from __future__ import annotations

from typing import Any

import pytest
from supabase import create_client

from supaopt._coroutine import run
from supaopt.cache import DatabaseCacheManager, Miss
from supaopt.errors import ConfigError
from supaopt.selectors import Row, select


class ProductName(Row, table="products"):
    """A product."""

    id: str
    name: str


class Secret(Row, table="audit_log"):
    """A table that nobody watches."""

    id: int


@pytest.fixture(name="client")
def _client(lms_stack: Any) -> Any:
    client = create_client(lms_stack.url, lms_stack.secret_key)
    yield client
    client.postgrest.session.close()


def test_a_write_ends_the_answer_at_its_commit(client: Any) -> None:
    """
    After an update through the API the query tells the new name, and only then asks again.
    """
    events: list[Any] = []
    cache = DatabaseCacheManager(client, on_event=events.append, timeout="20 seconds")
    query = select(client, ProductName).order("id").limit(1)
    (before,) = cache.query(query)
    assert [before] == cache.query(query)
    assert "hit" == events[-1].kind
    try:
        client.table("products").update({"name": "Renamed"}).eq("id", before.id).execute()
        assert ["Renamed"] == [row.name for row in cache.query(query)]
    finally:
        client.table("products").update({"name": before.name}).eq("id", before.id).execute()
    assert [before] == cache.query(query)


def test_an_unwatched_table_is_refused(client: Any) -> None:
    """
    A table without triggers is told with the statement that watches it.
    """
    cache = DatabaseCacheManager(client, timeout="20 seconds")
    with pytest.raises(ConfigError, match="watch_table"):
        cache.query(select(client, Secret))


def test_metrics_name_the_watched_tables(client: Any) -> None:
    """
    The database tells which tables it watches, and by which tag.
    """
    watched = DatabaseCacheManager(client, timeout="20 seconds").get_cache_metrics().watched
    assert "student_progress" == watched["public.student_module_progress"]


def test_a_standing_entry_is_a_miss_after_the_write(client: Any) -> None:
    """
    The entry itself is dead in the database, not only in this process.
    """
    cache = DatabaseCacheManager(client, timeout="20 seconds")
    query = select(client, ProductName).order("name").limit(1)
    (row,) = cache.query(query)
    from supaopt.cache._rows import key_of

    client.table("products").update({"name": row.name + "!"}).eq("id", row.id).execute()
    client.table("products").update({"name": row.name}).eq("id", row.id).execute()
    engine: Any = cache._engine
    assert isinstance(run(engine._store.lookup(key_of(query), max_age=600.0)), Miss)
