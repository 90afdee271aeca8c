"""
The cache: none, the plan's design, and ours; first how fast, then how right while rows change.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import psycopg

from supaopt.cache import CacheConfig, DatabaseCacheManager, InProcess
from supaopt.demo._model import CacheLatency, CacheStaleness
from supaopt.demo._plan_cache import PlanCache, plan_sql
from supaopt.demo._race import Race
from supaopt.demo._timing import Measured, median_ms, medians_ms
from supaopt.demo._watch_time import OurWatchTime, PlanWatchTime, busiest_learners, session
from supaopt.rpc import get_expert_sessions_with_stats_cached

if TYPE_CHECKING:
    from collections.abc import Callable

    from supabase import Client

    from supaopt.demo._platform import Platform

_RUNS: Final = 25
_NEAR_RUNS: Final = 200
_KEYS: Final = 8
_KEY: Final = "demo:expert_sessions"
_TAGS: Final = ("expert_sessions", "expert_session_progress")

# Writers pay for one design at a time.
_OURS_ALONE: Final = (
    "alter table public.job_readiness_expert_session_progress "
    "disable trigger plan_expert_session_progress_cache_trigger"
)
_PLAN_ALONE: Final = (
    "select supaopt.unwatch_table('public.job_readiness_expert_session_progress'); "
    "alter table public.job_readiness_expert_session_progress "
    "enable trigger plan_expert_session_progress_cache_trigger"
)


def measure_latency(platform: Platform) -> CacheLatency:
    """
    Measure misses and hits; leaves the plan's cache installed beside ours.
    """
    with psycopg.connect(platform.db_url, autocommit=True) as db:
        db.execute(plan_sql())
    platform.reload_schema()
    with platform.client() as client:
        uncached, plan_miss, plan_hit, miss, hit, function_hit = medians_ms(
            Measured(partial(_sessions, client)),
            *_plan(PlanCache(client), client),
            *_ours(DatabaseCacheManager(client), client),
            runs=_RUNS,
        )
        near_hit = _near(client)
    return CacheLatency(
        uncached_ms=round(uncached, 3),
        plan_miss_ms=round(plan_miss, 3),
        plan_hit_ms=round(plan_hit, 3),
        miss_ms=round(miss, 3),
        hit_ms=round(hit, 3),
        function_hit_ms=round(function_hit, 3),
        near_hit_ms=round(near_hit, 4),
        runs=_RUNS,
    )


def measure_staleness(
    platform: Platform, *, reads: int, on_read: Callable[[], object]
) -> CacheStaleness:
    """
    Race both caches against writers, after `measure_latency`; takes our triggers off the table.

    Args:
        platform: A running platform.
        reads: How many reads each cache gets.
        on_read: Called after each of them, from any thread.
    """
    race = Race(
        keys=busiest_learners(platform.db_url, _KEYS),
        session=partial(session, platform.db_url),
        reads=reads,
        on_read=on_read,
    )
    with platform.client() as client, psycopg.connect(platform.db_url, autocommit=True) as db:
        db.execute(_OURS_ALONE)
        ours = race.run(OurWatchTime(client, DatabaseCacheManager(client)))
        db.execute(_PLAN_ALONE)
        plan = race.run(PlanWatchTime(client, PlanCache(client)))
    return CacheStaleness(
        reads=ours.reads,
        hits=ours.hits,
        stale_ours=ours.stale,
        reads_plan=plan.reads,
        hits_plan=plan.hits,
        stale_plan=plan.stale,
        writes=ours.writes,
        writes_plan=plan.writes,
        rolled_back=ours.rolled_back + plan.rolled_back,
        raced_keys=len(race.keys),
        still_wrong_ours=ours.still_wrong,
        still_wrong_plan=plan.still_wrong,
    )


def _sessions(client: Client) -> Any:
    return client.rpc("get_expert_sessions_with_stats").execute().data


def _plan(plan: PlanCache, client: Client) -> tuple[Measured, Measured]:
    read = partial(plan.get_cached_data, _KEY, partial(_sessions, client), tags=_TAGS)
    return Measured(read, before=partial(plan.invalidate_by_tags, _TAGS)), Measured(read)


def _near(client: Client) -> float:
    # Apart from the others, which end every entry of these tags at each turn.
    config = CacheConfig("10 minutes", _TAGS)
    with DatabaseCacheManager(client, l1=InProcess()) as cache:
        read = partial(cache.get_cached_data, _KEY, partial(_sessions, client), config)
        return median_ms(read, runs=_NEAR_RUNS)


def _ours(cache: DatabaseCacheManager, client: Client) -> tuple[Measured, Measured, Measured]:
    config = CacheConfig("10 minutes", _TAGS)
    read = partial(cache.get_cached_data, _KEY, partial(_sessions, client), config)
    function = partial(get_expert_sessions_with_stats_cached, client)
    return (
        Measured(read, before=partial(cache.invalidate_by_tags, _TAGS)),
        Measured(read),
        # The function's entry carries the same tags: the miss above has ended it.
        Measured(function, before=function),
    )
