"""
The learning platform's indexes are created where the user has none that does their work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from supaopt.sql import assets, reference

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any

INDEXES = next(asset for asset in assets("lms") if asset.name == "0002_indexes")
OURS = """
select array(
    select c.relname::text
    from pg_class as c
    where c.relname ~ '^supaopt_' and c.relkind = 'i'
    order by 1
)
"""
PAGES = "supaopt_students_created_at_id_idx"
CLIENT_PAGES = "supaopt_students_client_id_created_at_id_idx"
SUBMISSIONS = "supaopt_job_readiness_submissions_submitted_at_id_idx"
PROGRESS = "supaopt_student_module_progress_student_id_idx"
OF_STUDENT = "supaopt_job_readiness_submissions_student_id_idx"
PROGRESS_TABLE = "student_module_progress"
ALL = {PAGES, CLIENT_PAGES, SUBMISSIONS}

# What the user has done, and which indexes come in addition.
CASES: dict[str, tuple[list[str], set[str]]] = {
    "nothing": ([], ALL),
    "the same": (["create index mine on public.students (created_at, id)"], ALL - {PAGES}),
    "the same from the other end": (
        ["create index mine on public.students (created_at desc, id desc)"],
        ALL - {PAGES},
    ),
    "a longer one": (
        ["create index mine on public.students (created_at, id, full_name)"],
        ALL - {PAGES},
    ),
    "a shorter one": (["create index mine on public.students (created_at)"], ALL),
    "one that no page can be read from": (
        ["create index mine on public.students (created_at, id desc)"],
        ALL,
    ),
    "one of some rows": (
        ["create index mine on public.students (created_at, id) where is_active"],
        ALL,
    ),
    "one of an expression": (
        ["create index mine on public.students ((created_at at time zone 'UTC'), id)"],
        ALL,
    ),
    "one that only includes the second column": (
        ["create index mine on public.students (created_at) include (id)"],
        ALL,
    ),
    "one that cannot be ordered": (
        ["create index mine on public.students using hash (created_at)"],
        ALL,
    ),
    "one that failed to build": (
        [
            "create index mine on public.students (created_at, id)",
            "reset role",
            "update pg_index set indisvalid = false where indexrelid = 'public.mine'::regclass",
            "set role postgres",
        ],
        ALL,
    ),
    "no unique constraint on progress": (
        [f"alter table {PROGRESS_TABLE} drop constraint {PROGRESS_TABLE}_student_id_module_id_key"],
        ALL | {PROGRESS},
    ),
    "no index of a foreign key": (
        ["drop index public.job_readiness_submissions_student_id_idx"],
        ALL | {OF_STUDENT},
    ),
    "no such column": (
        ["alter table public.students rename column created_at to joined_at"],
        {SUBMISSIONS},
    ),
    "no such table": (
        ["drop table public.job_readiness_submissions cascade"],
        ALL - {SUBMISSIONS},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_index_is_created_where_none_does_its_work(bare: Database, one: One, case: str) -> None:
    """One of the user's with the same first columns, of any name, is not doubled; nor is ours."""
    before, expected = CASES[case]
    owner = bare.connect("superuser")
    owner.execute("set role postgres")
    owner.execute(reference("schema").encode())
    for statement in before:
        owner.execute(statement.encode())
    for _ in range(2):
        owner.execute(INDEXES.sql.encode())
        assert sorted(expected) == one(owner, OURS)


# The function that each index is for, on so many rows that reading them all would be a mistake.
PLANS = {
    PAGES: "select * from public.get_learners_with_progress()",
    CLIENT_PAGES: (
        "select * from public.get_learners_with_progress('00000000-0000-0000-0000-000000000007')"
    ),
    SUBMISSIONS: "select * from public.get_submissions_with_details()",
}
ROWS = """
insert into public.clients (id, name)
select format('00000000-0000-0000-0000-%s', lpad(n::text, 12, '0'))::uuid, n
from generate_series(1, 200) as n;
insert into public.products (id, name) values ('00000000-0000-0000-0000-000000000001', 'p');
insert into public.modules (id, product_id)
values ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
insert into public.client_product_assignments
select c.id, p.id from public.clients as c, public.products as p;
insert into public.profiles (id, role)
select gen_random_uuid(), 'Admin' from generate_series(1, 2000);
insert into public.students (id, client_id, created_at)
select
    format('00000000-0000-0000-0001-%s', lpad(n::text, 12, '0'))::uuid,
    format('00000000-0000-0000-0000-%s', lpad((n % 200 + 1)::text, 12, '0'))::uuid,
    timestamptz '2026-01-01' + n * interval '1 minute'
from generate_series(1, 20000) as n;
insert into public.job_readiness_submissions (student_id, module_id, submitted_at)
select s.id, m.id, s.created_at from public.students as s, public.modules as m;
insert into public.student_module_progress (student_id, module_id)
select s.id, m.id from public.students as s, public.modules as m;
"""


STUDENT = "00000000-0000-0000-0001-000000000007"
LOOK_UPS = f"""
select public.custom_access_token_hook('{{"user_id": "{STUDENT}"}}');
select public.get_student_progress_summary('{STUDENT}');
select public.check_enrollment(
    '00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000001'
)
"""


@pytest.fixture(name="filled")
def _filled(db: Database) -> psycopg.Connection[Any]:
    owner = db.connect("postgres")
    owner.execute(ROWS.encode())
    owner.execute("vacuum analyze")
    # What filling has scanned is counted now, not later.
    owner.execute("select pg_stat_force_next_flush()")
    return owner


def test_each_index_is_used_by_the_call_that_it_is_for(
    filled: psycopg.Connection[Any], one: One
) -> None:
    """The function scans its index once."""
    for index, call in PLANS.items():
        scans = "select idx_scan from pg_stat_user_indexes where indexrelname = %s"
        before = one(filled, scans, index)
        filled.execute(call.encode())
        filled.execute("select pg_stat_force_next_flush()")
        assert 1 == one(filled, scans, index) - before, index


def test_what_looks_one_thing_up_reads_no_table_whole(
    filled: psycopg.Connection[Any], one: One
) -> None:
    """The hook at sign-in, a student's summary and an enrolment go by indexes alone."""
    scans = "select sum(seq_scan) from pg_stat_user_tables where schemaname = 'public'"
    before = one(filled, scans)
    for call in LOOK_UPS.split(";\n"):
        filled.execute(call.encode())
    filled.execute("select pg_stat_force_next_flush()")
    assert 0 == one(filled, scans) - before
