"""
Queries whose answers are kept.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from supaopt._wire import Request, Response
from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager, MemoryStore
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
        self.cache = DatabaseCacheManager(store)

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
        self.cache = AsyncDatabaseCacheManager(store)

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
