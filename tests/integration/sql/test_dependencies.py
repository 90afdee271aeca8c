"""
Every write that can change a cached answer ends it, and row-level tags spare the unrelated ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]
    Ids = dict[str, str]

ANSWERS = {
    "sessions": "select public.get_expert_sessions_with_stats_cached()",
    "sessions of p1": "select public.get_expert_sessions_with_stats_cached('{p1}')",
    "performance": "select public.get_product_performance_cached()",
    "performance of c1": "select public.get_product_performance_cached('{c1}')",
    "performance of c2": "select public.get_product_performance_cached('{c2}')",
    "analytics": "select public.get_cached_analytics_data() - '{{generated_at,cached}}'::text[]",
    "analytics of c1": (
        "select public.get_cached_analytics_data('{c1}') - '{{generated_at,cached}}'::text[]"
    ),
    "alice": "select public.get_student_progress_summary_cached('{alice}')",
    "carol": "select public.get_student_progress_summary_cached('{carol}')",
}

# Each write of the tag table in DEFECTS, and more; for all of them no answer may stay wrong.
WRITES = {
    "progress of alice": (
        "update public.student_module_progress set progress_percentage = 60 "
        "where module_id = '{m2}'"
    ),
    "progress moved from alice to carol": (
        "update public.student_module_progress set student_id = '{carol}' where module_id = '{m2}'"
    ),
    "progress added": (
        "insert into public.student_module_progress (student_id, module_id) "
        "values ('{carol}', '{m1}')"
    ),
    "progress removed": "delete from public.student_module_progress",
    "progress truncated": "truncate public.student_module_progress",
    "session renamed": "update public.job_readiness_expert_sessions set title = 'x'",
    "session hidden": (
        "update public.job_readiness_expert_sessions set is_active = false where id = '{s1}'"
    ),
    "session watched": (
        "update public.job_readiness_expert_session_progress set is_completed = true"
    ),
    "session's watching moved": (
        "update public.job_readiness_expert_session_progress set expert_session_id = '{s2}' "
        "where student_id = '{alice}'"
    ),
    "watching truncated": "truncate public.job_readiness_expert_session_progress",
    "session's product removed": (
        "delete from public.job_readiness_expert_session_products where product_id = '{p1}'"
    ),
    "session's product added": (
        "insert into public.job_readiness_expert_session_products values ('{s2}', '{p1}')"
    ),
    "product renamed": "update public.products set name = name || '!'",
    "product's type changed": "update public.products set type = 'COURSE' where id = '{p1}'",
    "product deleted": "delete from public.products where id = '{p1}'",
    "assignment deleted": "delete from public.client_product_assignments where product_id = '{p1}'",
    "assignment moved": (
        "update public.client_product_assignments set client_id = '{c2}' where product_id = '{p1}'"
    ),
    "student moves to another client": (
        "update public.students set client_id = '{c2}' where id = '{alice}'"
    ),
    "student deactivated": "update public.students set is_active = false where id = '{alice}'",
    "student deleted": "delete from public.students where id = '{alice}'",
    "module moves to another product": (
        "update public.modules set product_id = '{p2}' where id = '{m1}'"
    ),
    "module deleted": "delete from public.modules where id = '{m2}'",
    "clients renamed": "update public.clients set name = 'x'",
    "profile changed": "update public.profiles set role = 'Viewer'",
    "lesson added": "insert into public.lessons (title) values ('x')",
    "replica session": (
        "set session_replication_role = replica; delete from public.student_module_progress"
    ),
}


@pytest.fixture(name="answers")
def _answers(service: Connection, lms: Ids, one: One) -> Callable[[], dict[str, Any]]:
    def ask() -> dict[str, Any]:
        return {name: one(service, query.format(**lms)) for name, query in ANSWERS.items()}

    return ask


@pytest.mark.parametrize("write", WRITES)
def test_no_answer_survives_what_changes_it(
    db: Database, owner: Connection, lms: Ids, answers: Callable[[], dict[str, Any]], write: str
) -> None:
    """After the write, each answer equals what an empty cache computes."""
    answers()
    db.connect("superuser").execute(WRITES[write].format(**lms).encode())
    served = answers()
    owner.execute("select supaopt.flush()")
    assert answers() == served


def kept(owner: Connection) -> set[str]:
    """Name the entries that may still be served."""
    rows = owner.execute(
        "select e.key from supaopt.entries as e where not supaopt.is_killed(e.hashes, e.lease)"
    ).fetchall()
    return {key for (key,) in rows}


@pytest.mark.parametrize(
    ("write", "survivors"),
    [
        ("progress of alice", {"carol", "sessions"}),
        ("session renamed", {"alice", "carol", "performance", "performance of c1"}),
        ("session watched", {"alice", "carol", "performance", "performance of c2"}),
        ("product renamed", {"alice", "carol"}),
        ("assignment deleted", {"alice", "carol", "performance of c2", "sessions"}),
        ("student deactivated", {"carol", "sessions", "performance of c2"}),
        ("clients renamed", {"alice", "carol", "sessions", "performance", "analytics"}),
        ("lesson added", set(ANSWERS)),
        ("profile changed", set(ANSWERS)),
    ],
)
def test_unrelated_answers_survive(
    owner: Connection,
    lms: Ids,
    answers: Callable[[], dict[str, Any]],
    *,
    write: str,
    survivors: set[str],
) -> None:
    """A write leaves alone what it cannot change, so the cache is worth having under writes."""
    before: dict[str, str] = {}
    answers()
    for name, query in ANSWERS.items():
        function = query.split("public.")[1].split("(")[0]
        argument = query.split("('{")[1].split("}")[0] if "('{" in query else ""
        matching = [
            key
            for key in kept(owner)
            if key.startswith(f"{function}(") and (lms[argument] if argument else "null") in key
        ]
        assert 1 == len(matching), name
        before[name] = matching[0]
    owner.execute(WRITES[write].format(**lms).encode())
    left = kept(owner)
    assert survivors <= {name for name, key in before.items() if key in left}


def test_every_base_table_is_watched(owner: Connection) -> None:
    """The dependency table covers the whole reference schema."""
    assert (
        []
        == owner.execute(
            """select c.oid::regclass from pg_class as c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
        and supaopt.watched_tag(c.oid) is null"""
        ).fetchall()
    )


def test_every_cached_function_is_declared(owner: Connection) -> None:
    """A read-through function without declaration would compute for ever."""
    functions = owner.execute(
        "select proname from pg_proc where prosrc ~ 'supaopt.store_shared'"
        " and pronamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    assert (
        functions
        == owner.execute("select name from supaopt.cached_functions order by 1").fetchall()
    )


def test_declared_tables_are_those_that_are_read(owner: Connection) -> None:
    """What a plain function mentions is what its cached form declares."""
    mentioned = owner.execute(
        """
        with recursive body (name, src) as (
            select f.name, p.prosrc
            from supaopt.cached_functions as f
            join pg_proc as p on p.proname = f.name
            union
            select b.name, p.prosrc
            from body as b
            join pg_proc as p on b.src ~ ('public\\.' || p.proname || '\\(')
            where p.pronamespace = 'public'::regnamespace
        )
        select distinct b.name, c.oid::regclass::text
        from body as b
        join pg_class as c on b.src ~ ('public\\.' || c.relname || '\\M')
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
        order by 1, 2
        """
    ).fetchall()
    assert (
        mentioned
        == owner.execute(
            "select name, relation::text from supaopt.cached_function_reads order by 1, 2"
        ).fetchall()
    )
