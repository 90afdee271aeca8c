"""
The functions of the bundled example, a learning platform.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from supaopt.rpc._descriptor import rpc

_MODEL: Final = ConfigDict(frozen=True, defer_build=True)


class ExpertSessionProduct(BaseModel):
    """
    A product that a session belongs to.
    """

    model_config = _MODEL

    id: UUID
    name: str
    type: str


class ExpertSessionStats(BaseModel):
    """
    A session with its figures over the learners whom the caller may see.

    Attributes:
        video_duration: Seconds.
        completion_rate: Percent of the viewers, 0 to 100.
        average_watch_time: Seconds.
        products: Its job-readiness products.
    """

    model_config = _MODEL

    id: UUID
    title: str | None
    description: str | None
    video_url: str | None
    video_duration: int | None
    is_active: bool
    created_at: datetime
    updated_at: datetime
    total_viewers: int
    completion_rate: float
    average_watch_time: float
    products: list[ExpertSessionProduct]


@rpc(stable=True)
def get_expert_sessions_with_stats(*, p_product_id: UUID | None = None) -> list[ExpertSessionStats]:
    """
    Return the active expert sessions, newest first; of one product when it is given. Staff only.
    """
    raise NotImplementedError


@rpc
def get_expert_sessions_with_stats_cached(
    *, p_product_id: UUID | None = None, p_cache_duration: timedelta | str | None = "5 minutes"
) -> list[ExpertSessionStats]:
    """
    Return the same from the cache, at most *p_cache_duration* old (None: of any age).
    """
    raise NotImplementedError
