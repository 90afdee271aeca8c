"""
Typed wrappers for Postgres functions: one call in place of a loop of queries.

`rpc` turns a declaration into a function that takes a ``Client`` or an ``AsyncClient``. Those
of the cache are here too, as are those of the bundled example, a learning platform.
"""

from supaopt.rpc._cache import (
    CacheChanges,
    CacheEntry,
    CacheMetrics,
    CacheShare,
    cleanup_expired_cache,
    get_cache_changes,
    get_cache_entry,
    get_cache_metrics,
    get_cached_data,
    invalidate_cache_by_tags,
    record_cache_hits,
    set_cached_data,
)
from supaopt.rpc._descriptor import Rpc, rpc
from supaopt.rpc.lms import (
    ExpertSessionProduct,
    ExpertSessionStats,
    get_expert_sessions_with_stats,
    get_expert_sessions_with_stats_cached,
)

__all__ = [
    "CacheChanges",
    "CacheEntry",
    "CacheMetrics",
    "CacheShare",
    "ExpertSessionProduct",
    "ExpertSessionStats",
    "Rpc",
    "cleanup_expired_cache",
    "get_cache_changes",
    "get_cache_entry",
    "get_cache_metrics",
    "get_cached_data",
    "get_expert_sessions_with_stats",
    "get_expert_sessions_with_stats_cached",
    "invalidate_cache_by_tags",
    "record_cache_hits",
    "rpc",
    "set_cached_data",
]
