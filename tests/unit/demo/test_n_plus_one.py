"""
The figures that the loop computes, and how they are compared with the function's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from supaopt.demo._n_plus_one import equal, with_stats
from supaopt.rpc import ExpertSessionProduct, ExpertSessionStats

SESSION = UUID("11111111-1111-4111-8111-111111111111")
PRODUCT = UUID("22222222-2222-4222-8222-222222222222")
COURSE = UUID("33333333-3333-4333-8333-333333333333")


def _session(*products: tuple[UUID, str]) -> dict[str, Any]:
    links = [{"products": {"id": str(key), "name": "P", "type": kind}} for key, kind in products]
    return {"id": str(SESSION), "job_readiness_expert_session_products": links}


def _view(seconds: int, *, done: bool) -> dict[str, Any]:
    return {"watch_time_seconds": seconds, "is_completed": done}


@pytest.fixture(name="stats")
def _stats() -> ExpertSessionStats:
    now = datetime(2025, 6, 1, tzinfo=UTC)
    return ExpertSessionStats(
        id=SESSION,
        title="T",
        description=None,
        video_url=None,
        video_duration=900,
        is_active=True,
        created_at=now,
        updated_at=now,
        total_viewers=3,
        completion_rate=100 / 3,
        average_watch_time=200.0,
        products=[ExpertSessionProduct(id=PRODUCT, name="P", type="JOB_READINESS")],
    )


@pytest.fixture(name="looped")
def _looped() -> dict[str, Any]:
    views = [_view(100, done=False), _view(200, done=False), _view(300, done=True)]
    return with_stats(_session((PRODUCT, "JOB_READINESS"), (COURSE, "COURSE")), views)


def test_a_session_without_viewers_has_figures_of_zero() -> None:
    """
    Nobody watching is a rate and a time of zero, not an error.
    """
    figures = with_stats(_session(), [])

    assert (0, 0.0, 0.0) == (
        figures["total_viewers"],
        figures["completion_rate"],
        figures["average_watch_time"],
    )


def test_loop_and_function_agree(looped: dict[str, Any], stats: ExpertSessionStats) -> None:
    """
    The same figures and the same job-readiness products are equal.
    """
    assert equal([looped], [stats])


@pytest.mark.parametrize(
    "change",
    [
        {"id": COURSE},
        {"total_viewers": 4},
        {"completion_rate": 300.0},
        {"average_watch_time": 201.0},
        {"products": []},
    ],
)
def test_any_difference_is_seen(
    looped: dict[str, Any], stats: ExpertSessionStats, change: dict[str, Any]
) -> None:
    """
    A difference in any figure makes the answers unequal.
    """
    assert not equal([looped], [stats.model_copy(update=change)])


def test_a_missing_session_is_seen(looped: dict[str, Any], stats: ExpertSessionStats) -> None:
    """
    Answers of different length are unequal.
    """
    assert not equal([looped, looped], [stats])
