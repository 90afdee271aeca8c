"""
The functions of the bundled example, a learning platform.

Those that end in ``_cached`` answer from the cache in Postgres, which a committed write to
anything they read ends at once; *p_cache_duration* is the oldest answer to accept, None for any.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from supaopt.rpc._descriptor import rpc
from supaopt.rpc._lms_results import (
    Analytics,
    CachedAnalytics,
    CreatedUser,
    ExpertSessionFigures,
    ExpertSessionProduct,
    ExpertSessionStats,
    LearnerWithProgress,
    ModuleProgress,
    ProductPerformance,
    ProgressFigures,
    ProgressStatus,
    StudentFigures,
    StudentProgressSummary,
    SubmissionWithDetails,
    UserRole,
)

__all__ = [
    "Analytics",
    "CachedAnalytics",
    "CreatedUser",
    "ExpertSessionFigures",
    "ExpertSessionProduct",
    "ExpertSessionStats",
    "LearnerWithProgress",
    "ModuleProgress",
    "ProductPerformance",
    "ProgressFigures",
    "ProgressStatus",
    "StudentFigures",
    "StudentProgressSummary",
    "SubmissionWithDetails",
    "UserRole",
    "calculate_product_performance",
    "check_enrollment",
    "create_user_and_profile_atomic",
    "get_analytics_data",
    "get_cached_analytics_data",
    "get_expert_sessions_with_stats",
    "get_expert_sessions_with_stats_cached",
    "get_learners_with_progress",
    "get_product_performance_cached",
    "get_student_progress_summary",
    "get_student_progress_summary_cached",
    "get_submissions_with_details",
]


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
    Return the same, cached.
    """
    raise NotImplementedError


@rpc(stable=True)
def calculate_product_performance(*, p_client_id: UUID | None = None) -> list[ProductPerformance]:
    """
    Return learners, progress and completion per product, of one client or of all. Staff only.
    """
    raise NotImplementedError


@rpc
def get_product_performance_cached(
    *, p_client_id: UUID | None = None, p_cache_duration: timedelta | str | None = "15 minutes"
) -> list[ProductPerformance]:
    """
    Return the same, cached.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_student_progress_summary(p_student_id: UUID) -> StudentProgressSummary | None:
    """
    Return a student's progress; None for one who is not there or may not be seen.
    """
    raise NotImplementedError


@rpc
def get_student_progress_summary_cached(
    p_student_id: UUID, *, p_cache_duration: timedelta | str | None = "10 minutes"
) -> StudentProgressSummary | None:
    """
    Return the same, cached.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_analytics_data(*, p_client_id: UUID | None = None) -> Analytics:
    """
    Return figures of the platform, or of one client. Staff only.
    """
    raise NotImplementedError


@rpc
def get_cached_analytics_data(
    *, p_client_id: UUID | None = None, p_cache_duration: timedelta | str | None = "10 minutes"
) -> CachedAnalytics:
    """
    Return the same, cached.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_learners_with_progress(
    *,
    p_client_id: UUID | None = None,
    p_search: str | None = None,
    p_is_active: bool | None = None,
    p_after_created_at: datetime | None = None,
    p_after_id: UUID | None = None,
    p_limit: int = 50,
) -> list[LearnerWithProgress]:
    """
    Return a page of students, newest first, with client and progress.

    The next page comes after ``created_at`` and ``id`` of the last row.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_submissions_with_details(
    *,
    p_status: str | None = None,
    p_client_id: UUID | None = None,
    p_after_submitted_at: datetime | None = None,
    p_after_id: UUID | None = None,
    p_limit: int = 50,
) -> list[SubmissionWithDetails]:
    """
    Return a page of submissions, newest first, with all that a list of them shows.

    The next page comes after ``submitted_at`` and ``id`` of the last row.
    """
    raise NotImplementedError


@rpc(stable=True)
def check_enrollment(p_client_id: UUID, p_product_id: UUID) -> bool:
    """
    Say whether a product is assigned to a client.
    """
    raise NotImplementedError


@rpc
def create_user_and_profile_atomic(
    *,
    p_user_id: UUID,
    p_role: UserRole,
    p_full_name: str,
    p_email: str | None = None,
    p_phone_number: str | None = None,
    p_client_id: UUID | None = None,
) -> CreatedUser:
    """
    Create all rows of a new Auth user in one transaction; safe to retry. Service role only.
    """
    raise NotImplementedError
