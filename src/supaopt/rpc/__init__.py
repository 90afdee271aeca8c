"""
Typed wrappers for Postgres functions: one call in place of a loop of queries.

`rpc` turns a declaration into a function that takes a ``Client`` or an ``AsyncClient``. Those
of the cache are here too, as are those of the bundled example, a learning platform.
"""

from supaopt._figures import CacheMetrics, CacheShare
from supaopt.rpc._cache import (
    CacheChanges,
    CacheEntries,
    CacheEntry,
    KeptEntry,
    NewCacheEntry,
    cleanup_expired_cache,
    get_cache_changes,
    get_cache_entries,
    get_cache_entry,
    get_cache_metrics,
    get_cached_data,
    invalidate_cache_by_tags,
    record_cache_hits,
    set_cached_data,
    set_cached_entries,
)
from supaopt.rpc._catalog import (
    CatalogArgument,
    CatalogFunction,
    CatalogResult,
    FunctionCatalog,
)
from supaopt.rpc._check import Finding, check
from supaopt.rpc._descriptor import Rpc, rpc
from supaopt.rpc._find import find_functions
from supaopt.rpc._generate import generate
from supaopt.rpc._new.atomic import AtomicFunction, atomic
from supaopt.rpc._new.draft import Draft, draft
from supaopt.rpc._new.find import find_atomic
from supaopt.rpc._new.placeholders import Rows, Step
from supaopt.rpc._new.writes import Writes
from supaopt.rpc.lms import (
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
    calculate_product_performance,
    check_enrollment,
    create_user_and_profile_atomic,
    get_analytics_data,
    get_cached_analytics_data,
    get_expert_sessions_with_stats,
    get_expert_sessions_with_stats_cached,
    get_learners_with_progress,
    get_product_performance_cached,
    get_student_progress_summary,
    get_student_progress_summary_cached,
    get_submissions_with_details,
)

__all__ = [
    "Analytics",
    "AtomicFunction",
    "CacheChanges",
    "CacheEntries",
    "CacheEntry",
    "CacheMetrics",
    "CacheShare",
    "CachedAnalytics",
    "CatalogArgument",
    "CatalogFunction",
    "CatalogResult",
    "CreatedUser",
    "Draft",
    "ExpertSessionFigures",
    "ExpertSessionProduct",
    "ExpertSessionStats",
    "Finding",
    "FunctionCatalog",
    "KeptEntry",
    "LearnerWithProgress",
    "ModuleProgress",
    "NewCacheEntry",
    "ProductPerformance",
    "ProgressFigures",
    "ProgressStatus",
    "Rows",
    "Rpc",
    "Step",
    "StudentFigures",
    "StudentProgressSummary",
    "SubmissionWithDetails",
    "UserRole",
    "Writes",
    "atomic",
    "calculate_product_performance",
    "check",
    "check_enrollment",
    "cleanup_expired_cache",
    "create_user_and_profile_atomic",
    "draft",
    "find_atomic",
    "find_functions",
    "generate",
    "get_analytics_data",
    "get_cache_changes",
    "get_cache_entries",
    "get_cache_entry",
    "get_cache_metrics",
    "get_cached_analytics_data",
    "get_cached_data",
    "get_expert_sessions_with_stats",
    "get_expert_sessions_with_stats_cached",
    "get_learners_with_progress",
    "get_product_performance_cached",
    "get_student_progress_summary",
    "get_student_progress_summary_cached",
    "get_submissions_with_details",
    "invalidate_cache_by_tags",
    "record_cache_hits",
    "rpc",
    "set_cached_data",
    "set_cached_entries",
]
