"""
A cache in the project's own Postgres: an entry ends exactly when a write to what it depends on
commits.
"""

from __future__ import annotations

from supaopt.cache._duration import Duration
from supaopt.cache._memory import MemoryStore
from supaopt.cache._model import (
    CacheConfig,
    CacheEvent,
    CacheMetrics,
    Changes,
    Hit,
    InProcess,
    Lookup,
    Miss,
)
from supaopt.cache._ports import CacheStore
from supaopt.cache._shell import AsyncDatabaseCacheManager, DatabaseCacheManager
from supaopt.cache.lms import CacheInvalidationHooks

__all__ = [
    "AsyncDatabaseCacheManager",
    "CacheConfig",
    "CacheEvent",
    "CacheInvalidationHooks",
    "CacheMetrics",
    "CacheStore",
    "Changes",
    "DatabaseCacheManager",
    "Duration",
    "Hit",
    "InProcess",
    "Lookup",
    "MemoryStore",
    "Miss",
]
