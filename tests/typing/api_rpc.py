"""
The typed surface of `supaopt.rpc`: checked by mypy and pyright, never run.
"""

from datetime import timedelta
from typing import Any, assert_type
from uuid import UUID

from supabase import AsyncClient, Client

from supaopt.rpc import (
    AtomicFunction,
    CacheEntries,
    CacheEntry,
    Draft,
    ExpertSessionStats,
    Rows,
    StudentProgressSummary,
    Writes,
    atomic,
    draft,
    get_cache_entries,
    get_cache_entry,
    get_expert_sessions_with_stats,
    get_student_progress_summary,
    invalidate_cache_by_tags,
    record_cache_hits,
    rpc,
)
from supaopt.selectors import Catalog


@rpc
def bare(a: int) -> str:
    """A function without options."""
    raise NotImplementedError


@rpc(stable=True, get=True, timeout=2.0)
def search(*, p_text: str, p_limit: int = 10) -> list[dict[str, Any]]:
    """A function with options."""
    raise NotImplementedError


@atomic(grant=["service_role"])
def place(writes: Writes, *, p_id: UUID, p_lines: Rows) -> object:
    """A declaration hands its parameters on."""
    order = writes.insert("orders", {"customer_id": p_id})
    writes.insert("lines", {"order_id": order["id"], "product_id": p_lines["product"]})
    return {"id": order["id"]}


assert_type(place, AtomicFunction)
atomic(grant=["postgres"])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]


def written(catalog: Catalog) -> None:
    """A draft is two texts."""
    assert_type(draft([place], catalog), Draft)
    assert_type(draft([place], catalog).sql, str)


def sync(client: Client) -> None:
    """A `Client` gives the result."""
    assert_type(bare(client, 1), str)
    assert_type(search(client, p_text="x"), list[dict[str, Any]])
    assert_type(search.with_options(timeout=1.0)(client, p_text="x"), list[dict[str, Any]])
    assert_type(
        get_expert_sessions_with_stats(client, p_product_id=UUID(int=0)), list[ExpertSessionStats]
    )
    assert_type(get_student_progress_summary(client, UUID(int=0)), StudentProgressSummary | None)
    assert_type(get_cache_entry(client, "k", timedelta(minutes=1)), CacheEntry)
    assert_type(get_cache_entries(client, ["k"]), CacheEntries)
    assert_type(invalidate_cache_by_tags(client, ["t"]), int)
    search(client)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    search(client, p_txt="x")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    search(client, p_text=1)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]


async def asynchronous(client: AsyncClient) -> None:
    """An `AsyncClient` gives a coroutine of it."""
    assert_type(await bare(client, 1), str)
    assert_type(await search(client, p_text="x"), list[dict[str, Any]])
    assert_type(await get_cache_entry(client, "k"), CacheEntry)
    await record_cache_hits(client, {"k": 1})
