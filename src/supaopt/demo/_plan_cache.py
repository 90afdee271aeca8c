"""
The plan's ``DatabaseCacheManager``, as written, over the functions of ``plan_cache.sql``.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from supabase import Client


def plan_sql() -> bytes:
    """
    Return the SQL of the plan's cache, with the repair that lets it run.
    """
    return files("supaopt.demo").joinpath("plan_cache.sql").read_bytes()


class PlanCache:
    """
    Look-up, query, store: three calls on a miss, and nothing that tells a store from a late one.

    Args:
        client: A client of the server side.
        duration: How long entries are kept.
    """

    def __init__(self, client: Client, *, duration: str = "10 minutes") -> None:
        self._client = client
        self._duration = duration

    def get_cached_data(self, key: str, query_fn: Callable[[], Any], *, tags: Sequence[str]) -> Any:
        """
        Return what is kept under *key*, or compute, keep and return it.
        """
        lookup = {"p_cache_key": key, "p_cache_duration": self._duration}
        cached = self._client.rpc("plan_get_cached_data", lookup).execute().data
        if cached:
            return cached
        fresh = query_fn()
        store = {**lookup, "p_cache_data": fresh, "p_cache_tags": list(tags)}
        self._client.rpc("plan_set_cached_data", store).execute()
        return fresh

    def invalidate_by_tags(self, tags: Sequence[str]) -> None:
        """
        Delete the entries that carry one of *tags*.
        """
        self._client.rpc("plan_invalidate_cache_by_tags", {"p_tags": list(tags)}).execute()
