"""
The list of expert sessions with its statistics: a loop of requests, or one function.
"""

from __future__ import annotations

import asyncio
from functools import partial
from math import isclose
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from supaopt.demo._meter import Meter
from supaopt.demo._model import NPlusOneResult
from supaopt.demo._timing import Measured, medians_ms
from supaopt.rpc import get_expert_sessions_with_stats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from supabase import AsyncClient, Client

    from supaopt.demo._platform import Platform
    from supaopt.rpc import ExpertSessionStats

_RUNS: Final = 5
_SESSIONS: Final = "job_readiness_expert_sessions"
_PROGRESS: Final = "job_readiness_expert_session_progress"
_WITH_PRODUCTS: Final = "*,job_readiness_expert_session_products(products(id,name,type))"
_VIEWS: Final = "is_completed,watch_time_seconds"


def measure(platform: Platform) -> NPlusOneResult:
    """
    Measure the list by 1 + N requests and by one, and compare what they give.
    """
    calls_before, bytes_before = _traffic(platform, loop)
    calls_after, bytes_after = _traffic(platform, get_expert_sessions_with_stats)
    with platform.client() as client:
        looped, aggregated = loop(client), get_expert_sessions_with_stats(client)
        before_ms, after_ms = medians_ms(
            Measured(partial(loop, client)),
            Measured(partial(get_expert_sessions_with_stats, client)),
            runs=_RUNS,
        )
    return NPlusOneResult(
        sessions=len(looped),
        calls_before=calls_before,
        calls_after=calls_after,
        bytes_before=bytes_before,
        bytes_after=bytes_after,
        before_ms=round(before_ms, 3),
        concurrent_ms=round(asyncio.run(_concurrent_ms(platform)), 3),
        after_ms=round(after_ms, 3),
        equal=equal(looped, aggregated),
        runs=_RUNS,
    )


def loop(client: Client) -> list[dict[str, Any]]:
    """
    Return the sessions with their statistics as the plan's route did: one request for the list
    and one for each session's viewers.
    """
    listed: Any = (
        client.table(_SESSIONS)
        .select(_WITH_PRODUCTS)
        .eq("is_active", True)  # noqa: FBT003 - a value of the column
        .order("created_at", desc=True)
        .execute()
        .data
    )
    viewed: Any = (
        client.table(_PROGRESS).select(_VIEWS).eq("expert_session_id", session["id"]).execute().data
        for session in listed  # supaopt: ignore[SUP202] - what the demo measures
    )
    return list(map(with_stats, listed, viewed))


async def _concurrent_ms(platform: Platform) -> float:
    times = []
    async with platform.aclient() as client:
        for _ in range(_RUNS + 1):
            start = perf_counter()
            await _concurrent_loop(client)
            times.append((perf_counter() - start) * 1000)
    return median(times[1:])


async def _concurrent_loop(client: AsyncClient) -> list[dict[str, Any]]:
    # As Promise.all does it: the list first, then all N at once.
    active = client.table(_SESSIONS).select(_WITH_PRODUCTS).eq("is_active", True)  # noqa: FBT003 - a value
    listed: Any = (await active.order("created_at", desc=True).execute()).data
    progress = (
        client.table(_PROGRESS).select(_VIEWS).eq("expert_session_id", session["id"]).execute()
        for session in listed  # supaopt: ignore[SUP202] - what the demo measures
    )
    answers = await asyncio.gather(*progress)
    viewed: Any = (answer.data for answer in answers)
    return list(map(with_stats, listed, viewed))


def with_stats(session: dict[str, Any], views: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """
    Return *session* with the figures of *views*, computed as the route computes them.
    """
    viewers = len(views)
    completed = sum(view["is_completed"] for view in views)
    watched = sum(view["watch_time_seconds"] for view in views)
    links = [link["products"] for link in session["job_readiness_expert_session_products"]]
    return {
        "id": session["id"],
        "total_viewers": viewers,
        "completion_rate": 100 * completed / viewers if viewers else 0.0,
        "average_watch_time": watched / viewers if viewers else 0.0,
        "products": sorted(link["id"] for link in links if link["type"] == "JOB_READINESS"),
    }


def equal(looped: Sequence[dict[str, Any]], aggregated: Sequence[ExpertSessionStats]) -> bool:
    """
    Say whether both ways gave the same sessions in the same order, figures and products.
    """
    return len(looped) == len(aggregated) and all(map(_same, looped, aggregated))


def _same(looped: dict[str, Any], aggregated: ExpertSessionStats) -> bool:
    return (
        looped["id"] == str(aggregated.id)
        and looped["total_viewers"] == aggregated.total_viewers
        and isclose(looped["completion_rate"], aggregated.completion_rate)
        and isclose(looped["average_watch_time"], aggregated.average_watch_time)
        and looped["products"] == sorted(str(product.id) for product in aggregated.products)
    )


def _traffic(platform: Platform, ask: Callable[[Client], object]) -> tuple[int, int]:
    with Meter(platform.url) as meter, platform.client(meter.url) as client:
        ask(client)
        exchanges = meter.take()
    return len(exchanges), sum(exchange.size for exchange in exchanges)
