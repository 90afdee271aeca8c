"""
A cache in the project's own Postgres: an entry ends exactly when a write to what it depends on
commits.
"""

from __future__ import annotations

from supaopt._figures import CacheMetrics, CacheShare
from supaopt.cache._awaiting import AsyncDatabaseCacheManager
from supaopt.cache._blocking import DatabaseCacheManager
from supaopt.cache._cached import AsyncCached, Cached
from supaopt.cache._config import CacheConfig, InProcess
from supaopt.cache._context import CacheContext, Kept
from supaopt.cache._duration import Duration
from supaopt.cache._entry import Entry
from supaopt.cache._memory import MemoryStore
from supaopt.cache._model import CacheEvent, Changes, Hit, Lookup, Miss
from supaopt.cache._ports import CacheStore
from supaopt.cache._realtime import FollowsChanges, RealtimeChanges
from supaopt.cache._tally import CacheProblem, CacheTally
from supaopt.cache.lms import (
    AsyncProductionCacheManager,
    CacheInvalidationHooks,
    EnhancedCacheInvalidation,
    ProductionCacheManager,
    RealtimeCacheInvalidation,
)

__all__ = [
    "AsyncCached",
    "AsyncDatabaseCacheManager",
    "AsyncProductionCacheManager",
    "CacheConfig",
    "CacheContext",
    "CacheEvent",
    "CacheInvalidationHooks",
    "CacheMetrics",
    "CacheProblem",
    "CacheShare",
    "CacheStore",
    "CacheTally",
    "Cached",
    "Changes",
    "DatabaseCacheManager",
    "Duration",
    "EnhancedCacheInvalidation",
    "Entry",
    "FollowsChanges",
    "Hit",
    "InProcess",
    "Kept",
    "Lookup",
    "MemoryStore",
    "Miss",
    "ProductionCacheManager",
    "RealtimeCacheInvalidation",
    "RealtimeChanges",
]
