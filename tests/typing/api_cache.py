"""
What type checkers must see in `supaopt.cache`; checked by mypy and pyright, never run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_type

from pydantic import BaseModel, TypeAdapter

from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheContext,
    CacheInvalidationHooks,
    CacheMetrics,
    DatabaseCacheManager,
    Entry,
)
from supaopt.selectors import Row, select

if TYPE_CHECKING:
    from supabase import AsyncClient, Client


class Product(BaseModel):
    """
    No JSON by itself.
    """

    name: str


def load_json() -> dict[str, int]:
    """
    Plain JSON.
    """
    return {}


def load_rows() -> list[dict[str, Any]]:
    """
    Rows, as supabase-py returns them.
    """
    return []


def load_products() -> list[Product]:
    """
    What needs ``type=``.
    """
    return []


async def load_later() -> list[Product]:
    """
    The same, to be awaited.
    """
    return []


async def load_json_later() -> dict[str, int]:
    """
    Plain JSON, to be awaited.
    """
    return {}


def blocking(client: Client) -> None:
    """
    The synchronous manager.
    """
    cache = DatabaseCacheManager(client, timeout="1 second")
    config = CacheConfig("5 minutes", ["products"])
    assert_type(cache.get_cached_data("k", load_json, config), dict[str, int])
    assert_type(cache.get_cached_data("k", load_rows), list[dict[str, Any]])
    assert_type(cache.get_cached_data("k", lambda: 3), int)
    assert_type(
        cache.get_cached_data("k", load_products, config, type=list[Product]), list[Product]
    )
    adapter = TypeAdapter(list[Product])
    assert_type(cache.get_cached_data("k", load_products, type=adapter), list[Product])
    # No JSON and no type: refused.
    cache.get_cached_data("k", load_products)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    assert_type(cache.get_cached_entry("k", lambda: 3), Entry[int])
    entry = cache.get_cached_entry("k", load_products, config, type=list[Product])
    assert_type(entry.value, list[Product])
    assert_type(entry.age, float | None)
    cache.get_cached_entry("k", load_products)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    assert_type(cache.invalidate_by_tags(["products"]), int)
    assert_type(cache.get_cache_metrics(), CacheMetrics)
    with cache as same:
        assert_type(same, DatabaseCacheManager)


async def awaiting(client: AsyncClient) -> None:
    """
    The asynchronous manager.
    """
    cache = AsyncDatabaseCacheManager(client)
    assert_type(await cache.get_cached_data("k", load_json_later), dict[str, int])
    assert_type(await cache.get_cached_data("k", load_later, type=list[Product]), list[Product])
    assert_type(await cache.get_cached_entry("k", load_json_later), Entry[dict[str, int]])
    entry = await cache.get_cached_entry("k", load_later, type=list[Product])
    assert_type(entry, Entry[list[Product]])
    assert_type(await cache.invalidate_by_tags(["products"]), int)
    assert_type(await cache.get_cache_metrics(), CacheMetrics)
    async with cache as same:
        assert_type(same, AsyncDatabaseCacheManager)


def hooks(client: Client) -> None:
    """
    Hooks on the synchronous manager.
    """
    assert_type(CacheInvalidationHooks(DatabaseCacheManager(client)).on_product_change("id"), int)


async def hooks_later(client: AsyncClient) -> None:
    """
    Hooks on the asynchronous manager.
    """
    asynchronous = CacheInvalidationHooks(AsyncDatabaseCacheManager(client))
    assert_type(await asynchronous.on_product_change("id"), int)


def decorated(client: Client) -> None:
    """
    A cached function keeps its signature.
    """
    cache = DatabaseCacheManager(client)

    @cache.cached("product:{name}:{limit}", duration="5 minutes", tags=["products"])
    def products(name: str, *, limit: int = 10) -> list[Product]:
        return [Product(name=name)] * limit

    assert_type(products("a", limit=3), list[Product])
    assert_type(products.refresh("a"), list[Product])
    assert_type(products.entry("a", limit=3), Entry[list[Product]])
    assert_type(products.config_of("a"), CacheConfig)
    products.entry(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(products.invalidate("a"), int)
    assert_type(products.invalidate_all(), int)
    products(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    products.invalidate("a", limt=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def decorated_later(client: AsyncClient) -> None:
    """
    A cached coroutine function keeps its signature.
    """
    cache = AsyncDatabaseCacheManager(client)

    @cache.cached("product:{name}")
    async def products(name: str) -> list[Product]:
        return [Product(name=name)]

    assert_type(await products("a"), list[Product])
    assert_type(await products.refresh("a"), list[Product])
    assert_type(await products.entry("a"), Entry[list[Product]])
    assert_type(await products.invalidate("a"), int)
    await products(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def adaptive(context: CacheContext[list[Product]]) -> list[Product]:
    """
    What takes a context.
    """
    if context.kept is not None:
        assert_type(context.kept.value, list[Product])
        assert_type(context.not_modified(), list[Product])
    return []


async def adaptive_later(context: CacheContext[dict[str, int]]) -> dict[str, int]:
    """
    The same, to be awaited.
    """
    return context.not_modified()


def load_many(missing: list[str]) -> dict[str, Product]:
    """
    Many of what needs ``type=``.
    """
    return {key: Product(name=key) for key in missing}


async def load_counts(missing: list[str]) -> dict[str, int]:
    """
    Many of plain JSON, to be awaited.
    """
    return dict.fromkeys(missing, 1)


def contexts(client: Client) -> None:
    """
    A computation may take a context, which its callers do not pass.
    """
    cache = DatabaseCacheManager(client)
    assert_type(cache.get_cached_data("k", adaptive, type=list[Product]), list[Product])
    cache.get_cached_data("k", adaptive)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]

    @cache.cached("product:{name}:{limit}")
    def products(
        context: CacheContext[list[Product]], name: str, *, limit: int = 10
    ) -> list[Product]:
        return context.not_modified() if context.kept else [Product(name=name)] * limit

    assert_type(products("a", limit=3), list[Product])
    assert_type(products.refresh("a"), list[Product])
    products(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    @cache.cached("any:{value}")
    def anything(value: Any) -> int:
        return len(value)

    anything("a")  # not taken for a context
    anything.invalidate(value="a")


async def contexts_later(client: AsyncClient) -> None:
    """
    The same, awaited.
    """
    cache = AsyncDatabaseCacheManager(client)
    assert_type(await cache.get_cached_data("k", adaptive_later), dict[str, int])

    @cache.cached("product:{name}")
    async def product(context: CacheContext[Product], name: str) -> Product:
        return context.not_modified() if context.kept else Product(name=name)

    assert_type(await product("a"), Product)
    assert_type(await product.invalidate("a"), int)


def many(client: Client) -> None:
    """
    Many keys in one call.
    """
    cache = DatabaseCacheManager(client)
    found = cache.get_many(["a"], load_many, CacheConfig("5 minutes"), type=Product)
    assert_type(found, dict[str, Product])
    assert_type(cache.get_many(["a"], lambda missing: dict.fromkeys(missing, 1)), dict[str, int])
    cache.get_many({"a": 1}, load_many, lambda key: CacheConfig(tags=[key]), type=Product)
    cache.get_many(["a"], load_many)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]


async def many_later(client: AsyncClient) -> None:
    """
    The same, awaited.
    """
    cache = AsyncDatabaseCacheManager(client)
    assert_type(await cache.get_many(["a"], load_counts), dict[str, int])


class Name(Row, table="products"):
    """
    A row.
    """

    name: str


def queries(client: Client) -> None:
    """
    Rows of a query.
    """
    cache = DatabaseCacheManager(client)
    assert_type(cache.query(select(client, Name).eq("name", "a"), duration=60), list[Name])
    assert_type(cache.query_entry(select(client, Name), duration=60), Entry[list[Name]])


async def queries_later(client: AsyncClient) -> None:
    """
    Rows of a query, awaited.
    """
    cache = AsyncDatabaseCacheManager(client)
    assert_type(await cache.query(select(client, Name).limit(3), grace="1 hour"), list[Name])
    assert_type(await cache.query_entry(select(client, Name)), Entry[list[Name]])
