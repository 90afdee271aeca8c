"""
Figures of 200 expert sessions over 1,000,000 progress rows, beside the plan's query.

    python benchmarks/sql/expert_sessions.py

Both run without any index on the sessions of progress rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from _stage import arguments, milliseconds, show, stage

if TYPE_CHECKING:
    from _stage import Connection, Figure

_DATA = """
drop index public.expert_session_progress_session_id_idx;
insert into public.products (id, name, type)
select ('00000000-0000-0000-0002-' || lpad(n::text, 12, '0'))::uuid, 'product ' || n,
    'JOB_READINESS' from generate_series(1, 10) as n;
insert into public.students (id)
select ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid
from generate_series(1, 5000) as n;
insert into public.job_readiness_expert_sessions (id, title)
select ('00000000-0000-0000-0003-' || lpad(n::text, 12, '0'))::uuid, 'session ' || n
from generate_series(1, 200) as n;
insert into public.job_readiness_expert_session_products (expert_session_id, product_id)
select s.id, p.id from public.job_readiness_expert_sessions as s
cross join lateral (
    select q.id from public.products as q order by md5(q.id::text || s.id::text) limit 3
) as p;
insert into public.job_readiness_expert_session_progress
    (student_id, expert_session_id, watch_time_seconds, is_completed)
select t.id, s.id, (random() * 3000)::int, random() < 0.6
from public.students as t, public.job_readiness_expert_sessions as s;
vacuum analyze;
"""

# The plan's query. Its completion rate counts a viewer once for each of the session's products.
_PLAN = """
select
    es.id,
    count(distinct esp.student_id)::bigint as total_viewers,
    coalesce(
        count(case when esp.is_completed then 1 end) * 100.0
        / nullif(count(distinct esp.student_id), 0), 0
    )::float as completion_rate,
    coalesce(avg(esp.watch_time_seconds), 0)::float as average_watch_time,
    coalesce(
        jsonb_agg(distinct jsonb_build_object('id', p.id, 'name', p.name, 'type', p.type))
        filter (where p.id is not null), '[]'::jsonb
    ) as products
from public.job_readiness_expert_sessions as es
left join public.job_readiness_expert_session_products as jresp on es.id = jresp.expert_session_id
left join public.products as p on jresp.product_id = p.id and p.type = 'JOB_READINESS'
left join public.job_readiness_expert_session_progress as esp on es.id = esp.expert_session_id
where es.is_active = true
group by es.id, es.title, es.description, es.video_url, es.video_duration,
    es.is_active, es.created_at, es.updated_at
order by es.created_at desc
"""
_OURS = "select * from public.get_expert_sessions_with_stats()"
_CACHED = "select public.get_expert_sessions_with_stats_cached()"


def time_plan(owner: Connection, seconds: int = 60) -> float:
    """
    Run the plan's query once; it is ended after a while.

    Returns:
        Milliseconds, or infinity.
    """
    owner.execute(f"set statement_timeout = '{seconds}s'".encode())
    try:
        return milliseconds(lambda: owner.execute(_PLAN).fetchall())
    except psycopg.errors.QueryCanceled:
        return float("inf")
    finally:
        owner.execute("reset statement_timeout")


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    with stage() as (_, owner):
        for statement in _DATA.split(";\n"):
            owner.execute(statement.encode())
        runs = [milliseconds(lambda: owner.execute(_OURS).fetchall()) for _ in range(5)]
        plan = time_plan(owner)
        owner.execute("set role service_role")
        owner.execute(_CACHED)
        hits = [milliseconds(lambda: owner.execute(_CACHED).fetchall()) for _ in range(20)]
    figures: list[Figure] = [
        {"what": what, "ms": ms, "times faster": plan / ms}
        for what, ms in {
            "the plan's query": plan,
            "get_expert_sessions_with_stats, first": runs[0],
            "get_expert_sessions_with_stats, median": sorted(runs)[2],
            "get_expert_sessions_with_stats_cached, hit": sorted(hits)[10],
        }.items()
    ]
    show("200 expert sessions, 1,000,000 progress rows", figures, options.json)


if __name__ == "__main__":
    main()
