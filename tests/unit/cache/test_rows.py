"""
Queries whose answers are kept.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from supaopt._coroutine import run
from supaopt._wire import Request, Response
from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager, InProcess, MemoryStore
from supaopt.errors import ConfigError, ResponseError
from supaopt.selectors import AsyncQuery, Query, Row, Selector


class Client(Row, table="clients"):
    """An embedded row."""

    name: str


class Product(Row, table="products"):
    """A row."""

    id: int
    name: str
    client: Client | None = None


class ProductId(Row, table="products"):
    """Another row of the same table."""

    id: int


class Wire:
    """
    Answers each request with a product that tells how many there were.
    """

    bearer = "sb_secret_abc"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status = 200

    def answer(self, request: Request) -> Response:
        """
        Answer.
        """
        self.requests.append(request)
        body = f'[{{"id":{len(self.requests)},"name":"a","client":{{"name":"b"}}}}]'
        return Response(
            status=self.status, headers={"content-type": "application/json"}, content=body.encode()
        )


class Sync(Wire):
    """
    Without an event loop.
    """

    def __init__(self, store: MemoryStore) -> None:
        super().__init__()
        self.store = store
        self.cache = DatabaseCacheManager(store)

    def do(self, value: Any) -> Any:
        """
        Return what a call returned.
        """
        return value

    def send(self, request: Request, /) -> Response:
        """
        Answer at once.
        """
        return self.answer(request)

    def select(self, row: type[Any]) -> Any:
        """
        Begin a query.
        """
        return Query(self, Selector(row))

    def query(self, query: Any, **options: Any) -> Any:
        """
        Read through the cache.
        """
        return self.cache.query(query, **options)


class Async(Wire):
    """
    On an event loop.
    """

    def __init__(self, store: MemoryStore) -> None:
        super().__init__()
        self.store = store
        self.cache = AsyncDatabaseCacheManager(store)

    def do(self, value: Any) -> Any:
        """
        Wait for what a call returned.
        """
        return asyncio.run(value)

    async def send(self, request: Request, /) -> Response:
        """
        Answer when awaited.
        """
        return self.answer(request)

    def select(self, row: type[Any]) -> Any:
        """
        Begin a query.
        """
        return AsyncQuery(self, Selector(row))

    def query(self, query: Any, **options: Any) -> Any:
        """
        Read through the cache.
        """
        return asyncio.run(self.cache.query(query, **options))


@pytest.fixture(name="store")
def _store() -> MemoryStore:
    return MemoryStore(watched={"public.products": "products", "public.clients": "clients"})


@pytest.fixture(name="world", params=[Sync, Async], ids=["sync", "async"])
def _world(request: pytest.FixtureRequest, store: MemoryStore) -> Any:
    return request.param(store)


def test_a_query_is_sent_once(world: Any) -> None:
    """
    The same query answers from the cache, in rows.
    """
    found = [world.query(world.select(Product).eq("name", "a")) for _ in range(3)]
    assert [[Product(id=1, name="a", client=Client(name="b"))]] * 3 == found
    assert 1 == len(world.requests)


def test_a_query_tells_what_is_known_of_it(world: Any) -> None:
    """
    The tags of its tables, and what is left, are told with the rows.
    """
    query = world.select(Product).eq("name", "a")
    found = [world.do(world.cache.query_entry(query, duration=60, grace=5)) for _ in range(2)]
    assert ["fresh", "database"] == [entry.source for entry in found]
    assert [("clients", "products")] * 2 == [entry.tags for entry in found]
    assert [[Product(id=1, name="a", client=Client(name="b"))]] * 2 == [e.value for e in found]
    assert all(0 < entry.left <= 60 and entry.grace == 5 for entry in found)


def test_a_query_near_by_tells_too(world: Any) -> None:
    """
    Rows that are kept in the process are told with their tags, and are each caller's own.
    """
    world.cache = type(world.cache)(world.store, l1=InProcess())
    run(world.cache._engine.poll())
    query = world.select(Product)
    found = [world.do(world.cache.query_entry(query)) for _ in range(3)]
    assert ["fresh", "process", "process"] == [entry.source for entry in found]
    assert ("clients", "products") == found[2].tags
    assert found[1].value == found[2].value
    assert found[1].value is not found[2].value
    world.do(world.cache.aclose() if isinstance(world, Async) else world.cache.close())


def test_rows_whose_tags_nobody_tells_are_not_kept(
    world: Any, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While the database does not tell what it watches, nothing is promised of an answer.
    """

    async def silent() -> Any:
        raise ConnectionError("database is down")

    monkeypatch.setattr(store, "metrics", silent)
    entry = world.do(world.cache.query_entry(world.select(Product), grace=5))
    assert (1, (), "fresh") == (entry.value[0].id, entry.tags, entry.source)
    assert (0, 0) == (entry.left, entry.grace)


def test_every_difference_makes_another_answer(world: Any) -> None:
    """
    Filters, order, limits and the row class tell queries apart.
    """
    queries = [
        world.select(Product),
        world.select(ProductId),
        world.select(Product).eq("name", "a"),
        world.select(Product).eq("name", "b"),
        world.select(Product).neq("name", "a"),
        world.select(Product).order("id"),
        world.select(Product).limit(1),
    ]
    assert list(range(1, 8)) == [world.query(query)[0].id for query in queries]


@pytest.mark.parametrize("tag", ["products", "clients"])
def test_a_write_to_any_of_its_tables_ends_it(world: Any, store: MemoryStore, tag: str) -> None:
    """
    Embedded tables count as much as the query's own.
    """
    world.query(world.select(Product))
    with store.begin() as transaction:
        transaction.touch([tag])
    assert 2 == world.query(world.select(Product))[0].id


def test_another_tables_write_leaves_it_alone(world: Any, store: MemoryStore) -> None:
    """
    A query depends on what it reads.
    """
    world.query(world.select(ProductId))
    with store.begin() as transaction:
        transaction.touch(["clients"])
    assert 1 == world.query(world.select(ProductId))[0].id


def test_rows_are_each_callers_own(world: Any) -> None:
    """
    What a caller does with its rows is its own affair.
    """
    for _ in range(2):
        world.query(world.select(Product)).clear()
    assert 1 == len(world.query(world.select(Product)))


def test_an_unwatched_table_is_refused(world: Any, store: MemoryStore) -> None:
    """
    What no write would end is not kept, and how to watch it is told.
    """
    store._watched = {"public.products": "products"}
    with pytest.raises(ConfigError, match=r"watch_table\('public.clients', array\['clients'\]\)"):
        world.query(world.select(Product))


def test_a_users_client_is_refused(world: Any) -> None:
    """
    What one user may see is not kept for all.
    """
    world.bearer = "sb_publishable_abc"
    with pytest.raises(ConfigError, match="publishable"):
        world.query(world.select(Product))


@pytest.mark.parametrize("what", ["products", None, Product])
def test_what_is_no_query_is_refused(world: Any, what: object) -> None:
    """
    Something else is refused with what to do instead.
    """
    with pytest.raises(ConfigError, match=r"takes select\(client, \.\.\.\)"):
        world.query(what)


def test_a_refused_query_is_not_kept(world: Any) -> None:
    """
    The server's error reaches the caller, and the next call asks again.
    """
    world.status = 400
    with pytest.raises(ResponseError):
        world.query(world.select(Product))
    world.status = 200
    assert 2 == world.query(world.select(Product))[0].id


def test_without_the_database_it_just_asks(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When the list of watched tables cannot be had, the query is answered and not kept.
    """

    async def fail() -> Any:
        raise OSError("down")

    monkeypatch.setattr(world.cache._engine._store, "metrics", fail)
    assert [1, 2] == [world.query(world.select(Product))[0].id for _ in range(2)]
