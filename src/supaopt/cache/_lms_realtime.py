"""
The learning platform's tables, heard of by push.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.cache._lms_tags import TABLE_TAGS
from supaopt.cache._realtime import RealtimeChanges

if TYPE_CHECKING:
    from supabase import AsyncClient

    from supaopt.cache._awaiting import AsyncDatabaseCacheManager


class RealtimeCacheInvalidation(RealtimeChanges):
    """
    `RealtimeChanges` on all tables of the platform.

    Args:
        cache: As for `RealtimeChanges`.
        client: As for `RealtimeChanges`.
    """

    def __init__(self, cache: AsyncDatabaseCacheManager, client: AsyncClient) -> None:
        super().__init__(cache, client, TABLE_TAGS)
