"""
What the plan's SQL does wrong, shown on the plan's own text, beside ours doing it right.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[tuple[Any, ...]]

PROGRESS = "public.job_readiness_expert_session_progress"
ROWS = 4000

_DATA = f"""
insert into public.products (name, type)
select n::text, 'JOB_READINESS' from generate_series(1, 3) as n;
insert into public.students (id) select gen_random_uuid() from generate_series(1, 400);
insert into public.job_readiness_expert_sessions (title)
select n::text from generate_series(1, 10) as n;
insert into public.job_readiness_expert_session_products
select s.id, p.id from public.job_readiness_expert_sessions as s, public.products as p;
insert into {PROGRESS} (student_id, expert_session_id, is_completed)
select t.id, s.id, true from public.students as t, public.job_readiness_expert_sessions as s;
analyze;
"""

# The plan's query, as far as it counts viewers.
_PLAN_QUERY = f"""
select
    count(distinct esp.student_id) as total_viewers,
    count(case when esp.is_completed then 1 end) * 100.0
    / nullif(count(distinct esp.student_id), 0) as completion_rate
from public.job_readiness_expert_sessions as es
left join public.job_readiness_expert_session_products as jresp on es.id = jresp.expert_session_id
left join public.products as p on jresp.product_id = p.id and p.type = 'JOB_READINESS'
left join {PROGRESS} as esp on es.id = esp.expert_session_id
group by es.id
"""
_OUR_QUERY = "select total_viewers, completion_rate from public.get_expert_sessions_with_stats()"

# The plan's look-up as written: STABLE, with an update in it.
_PLAN_LOOK_UP = """
create function public.plan_as_written(p_cache_key text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    cached_result jsonb;
begin
    select cache_data into cached_result from public.plan_query_cache
    where cache_key = p_cache_key and expires_at > now();
    if cached_result is not null then
        update public.plan_query_cache set hit_count = hit_count + 1
        where cache_key = p_cache_key;
    end if;
    return cached_result;
end
$$
"""


@pytest.fixture(name="owner")
def _owner(cluster: Any) -> Iterator[Connection]:
    """
    The owner of a database with both sets, the plan's cache and some progress.
    """
    with cluster.database("lms") as name, cluster.connect(name) as owner:
        owner.execute(_DATA.encode())
        owner.execute((files("supaopt.demo") / "plan_cache.sql").read_bytes())
        yield owner


@pytest.fixture(name="admin")
def _admin(owner: Connection, cluster: Any) -> Iterator[Connection]:
    """
    A superuser of the same database.
    """
    with cluster.connect(owner.info.dbname, "supabase_admin") as admin:
        yield admin


def _lease(owner: Connection) -> Any:
    row = owner.execute("select public.get_cache_entry('k') ->> 'lease'").fetchone()
    return row and row[0]


def _widest(node: dict[str, Any]) -> float:
    below = [_widest(child) for child in node.get("Plans", [])]
    return float(max([node["Actual Rows"] * node["Actual Loops"], *below]))


def _widest_step(admin: Connection, query: str) -> float:
    """
    Return the most rows that any step of *query*, or of a query inside it, made.
    """
    plans: list[str] = []
    admin.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
    admin.execute("load 'auto_explain'")
    for setting in (
        "log_min_duration = 0",
        "log_analyze = on",
        "log_nested_statements = on",
        "log_format = json",
        "log_level = notice",
    ):
        admin.execute(f"set auto_explain.{setting}".encode())
    admin.execute(query.encode())
    trees = [json.loads(text[text.index("{") :]) for text in plans if "{" in text]
    return max(_widest(tree["Plan"]) for tree in trees)


def test_statistics_do_not_fan_out(owner: Connection, admin: Connection) -> None:
    """The plan joins each viewer with each product and triples the rate; ours does neither."""
    plan = owner.execute(_PLAN_QUERY.encode()).fetchall()
    ours = owner.execute(_OUR_QUERY.encode()).fetchall()
    assert {(400, 300)} == {(row[0], int(row[1])) for row in plan}
    assert {(400, 100)} == set(ours)
    assert _widest_step(admin, _PLAN_QUERY) >= 3 * ROWS
    assert _widest_step(admin, _OUR_QUERY) <= ROWS


def test_a_hit_is_a_hit(owner: Connection) -> None:
    """The plan's look-up, as written, works until something is cached; ours then serves it."""
    owner.execute(_PLAN_LOOK_UP.encode())
    owner.execute("select public.plan_set_cached_data('k', '1')")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        owner.execute("select public.plan_as_written('k')")
    owner.execute("select public.set_cached_data('k', '1', '1 hour', '{t}', %s)", [_lease(owner)])
    assert (1,) == owner.execute("select public.get_cached_data('k')").fetchone()


def test_a_hit_writes_nothing(owner: Connection) -> None:
    """A read of the plan's cache takes a transaction id and a row lock, one of ours takes none."""
    owner.execute("select public.plan_set_cached_data('k', '1')")
    owner.execute("select public.set_cached_data('k', '1', '1 hour', '{t}', %s)", [_lease(owner)])
    written = "select pg_current_xact_id_if_assigned() is not null"
    answers = []
    for look_up in ("plan_get_cached_data", "get_cached_data"):
        with owner.transaction():
            owner.execute(f"select public.{look_up}('k')".encode())
            answers.append(owner.execute(written.encode()).fetchone())
    assert [(True,), (False,)] == answers


def test_a_wide_update_leaves_entries_and_the_servers_log_alone(owner: Connection) -> None:
    """It raises no line for the server's log, touches no entry, and ends them all the same."""
    lease = _lease(owner)
    for number in range(20):
        owner.execute(
            "select public.set_cached_data(%s, '1', '1 hour', '{expert_session_progress}', %s)",
            [f"k{number}", lease],
        )
    entries = (
        "select array_agg((e.ctid, e.xmin, e.xmax)::text order by e.key) from supaopt.entries as e"
    )
    before = owner.execute(entries.encode()).fetchone()
    lines: list[object] = []
    owner.add_notice_handler(lines.append)
    owner.execute("set client_min_messages = log")
    owner.execute(f"drop trigger plan_expert_session_progress_cache_trigger on {PROGRESS}".encode())
    owner.execute(f"update {PROGRESS} set watch_time_seconds = 1".encode())
    assert [] == lines
    assert before == owner.execute(entries.encode()).fetchone()
    assert (None,) == owner.execute("select public.get_cached_data('k1')").fetchone()


def test_a_signed_in_user_may_write_to_a_watched_table(owner: Connection) -> None:
    """The plan's trigger runs as the user, whom it denies the write; ours runs as its owner."""
    student = owner.execute("select id::text from public.students limit 1").fetchone()
    assert student is not None
    claims = json.dumps({"role": "authenticated", "sub": student[0], "user_role": "student"})
    update = f"update {PROGRESS} set watch_time_seconds = watch_time_seconds + 1"
    owner.execute("revoke all on public.plan_query_cache from authenticated")

    def write() -> int:
        with owner.transaction():
            owner.execute("set local role authenticated")
            owner.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            return owner.execute(update.encode()).rowcount

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        write()
    owner.execute(f"drop trigger plan_expert_session_progress_cache_trigger on {PROGRESS}".encode())
    assert 10 == write()


def test_no_index_repeats_another(owner: Connection) -> None:
    """The plan indexes its key twice; ours have one index a purpose."""
    repeated = """
        select i.indrelid::regclass::text from pg_index as i
        join pg_index as o on o.indrelid = i.indrelid and o.indexrelid < i.indexrelid
            and o.indkey = i.indkey and o.indpred is null and i.indpred is null
        join pg_class as c on c.oid = i.indrelid
        where c.relnamespace in ('public'::regnamespace, 'supaopt'::regnamespace)
    """
    assert [("plan_query_cache",)] == owner.execute(repeated.encode()).fetchall()
