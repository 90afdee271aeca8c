"""
What each index of the learning platform brings to the call that needs it, and what writers pay.

    python benchmarks/sql/indexes.py

One index is there or not at a time; primary keys, and the indexes that supaopt installs, are there
throughout. The last lines are indexes that bring too little for what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from _stage import arguments, interleaved, milliseconds, show, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from _stage import Connection, Figure

# 99 clients of about 1,000 students and one of 40; 192 modules in 24 products; 200 expert sessions.
_DATA = """
create function pg_temp.key(p_table int, n bigint) returns uuid language sql immutable as $$
    select format(
        '00000000-0000-0000-%s-%s', lpad(p_table::text, 4, '0'), lpad(n::text, 12, '0')
    )::uuid
$$;

insert into public.clients (id, name)
select pg_temp.key(1, n), 'client ' || n from generate_series(0, 99) as n;

insert into public.students (id, full_name, email, client_id, created_at)
select pg_temp.key(2, n), 'student ' || n, n || '@school.example',
    pg_temp.key(1, case when n < 40 then 99 else n % 99 end),
    timestamptz '2025-01-01' + random() * interval '300 days'
from generate_series(0, 99999) as n;

insert into public.products (id, name, type)
select pg_temp.key(3, n), 'product ' || n, 'JOB_READINESS' from generate_series(0, 23) as n;

insert into public.client_product_assignments (client_id, product_id)
select pg_temp.key(1, c), pg_temp.key(3, (c + p * 5) % 24)
from generate_series(0, 99) as c, generate_series(0, 3) as p;

insert into public.modules (id, name, product_id)
select pg_temp.key(4, n), 'module ' || n, pg_temp.key(3, n % 24) from generate_series(0, 191) as n;

insert into public.student_module_progress (student_id, module_id, status, progress_percentage)
select pg_temp.key(2, s), pg_temp.key(4, (s + m * 17) % 192), 'InProgress', (s * m) % 100
from generate_series(0, 99999) as s, generate_series(0, 9) as m;

insert into public.job_readiness_expert_sessions (id, title)
select pg_temp.key(5, n), 'session ' || n from generate_series(0, 199) as n;

insert into public.job_readiness_expert_session_products (expert_session_id, product_id)
select pg_temp.key(5, s), pg_temp.key(3, (s + p * 7) % 24)
from generate_series(0, 199) as s, generate_series(0, 2) as p;

insert into public.job_readiness_expert_session_progress
    (student_id, expert_session_id, watch_time_seconds, is_completed)
select pg_temp.key(2, s), pg_temp.key(5, (s + n * 19) % 200), (random() * 3000)::int, random() < 0.6
from generate_series(0, 99999) as s, generate_series(0, 9) as n;

insert into public.job_readiness_submissions (id, student_id, module_id, status, submitted_at)
select pg_temp.key(6, n), pg_temp.key(2, n % 100000), pg_temp.key(4, n % 192),
    case when n % 50 = 0 then 'submitted' else 'approved' end,
    timestamptz '2025-01-01' + random() * interval '300 days'
from generate_series(0, 199999) as n;

alter table public.student_module_progress
    drop constraint student_module_progress_student_id_module_id_key;

truncate supaopt.log;

vacuum analyze
"""

_CLIENT = "'00000000-0000-0000-0001-000000000042'"
_SMALL_CLIENT = "'00000000-0000-0000-0001-000000000099'"
_STUDENT = "'00000000-0000-0000-0002-000000000042'"
_PRODUCT = "'00000000-0000-0000-0003-000000000007'"
_WRITTEN = 5000

_INSERTS = {
    "students": f"""
insert into public.students (id, client_id, created_at)
select gen_random_uuid(), pg_temp.key(1, n % 99), now() from generate_series(1, {_WRITTEN}) as n
""",
    "student_module_progress": f"""
insert into public.student_module_progress (student_id, module_id)
select pg_temp.key(2, n), pg_temp.key(4, n % 192) from generate_series(1, {_WRITTEN}) as n
""",
    "job_readiness_submissions": f"""
insert into public.job_readiness_submissions (student_id, module_id)
select pg_temp.key(2, n), pg_temp.key(4, n % 192) from generate_series(1, {_WRITTEN}) as n
""",
    "job_readiness_expert_session_progress": f"""
insert into public.job_readiness_expert_session_progress (student_id, expert_session_id)
select pg_temp.key(2, n), pg_temp.key(5, (n + 1) % 200) from generate_series(1, {_WRITTEN}) as n
""",
}


@dataclass(frozen=True)
class Index:
    """
    An index, and the call that may want it.
    """

    table: str
    columns: str
    purpose: str
    call: str
    installed: bool = True

    @property
    def name(self) -> str:
        """
        What it is called here.
        """
        return f"bench_{self.table}_{self.columns.replace(', ', '_')}"

    def create(self, owner: Connection) -> None:
        """
        Build it, unless it is there.
        """
        table = f"public.{self.table}"
        owner.execute(
            f"create index if not exists {self.name} on {table} ({self.columns})".encode()
        )
        owner.execute(f"vacuum analyze {table}".encode())

    def drop(self, owner: Connection) -> None:
        """
        Take it away.
        """
        owner.execute(f"drop index if exists public.{self.name}".encode())


_PAGE, _CLIENTS, _SMALL = "a page", "a page of a client", "a page of a small client"
_STUDENTS, _PROGRESS = "students", "student_module_progress"
_SUBMISSIONS, _SESSIONS = "job_readiness_submissions", "job_readiness_expert_session_progress"
_BY_CLIENT = "client_id, created_at, id"

INDEXES = (
    Index(_STUDENTS, "created_at, id", _PAGE, "get_learners_with_progress()"),
    Index(_STUDENTS, _BY_CLIENT, _CLIENTS, f"get_learners_with_progress({_CLIENT})"),
    Index(_STUDENTS, _BY_CLIENT, _SMALL, f"get_learners_with_progress({_SMALL_CLIENT})"),
    Index(_PROGRESS, "student_id", "a page of learners", "get_learners_with_progress()"),
    Index(
        *(_PROGRESS, "student_id", "a learner's progress"),
        f"get_student_progress_summary({_STUDENT})",
    ),
    Index(
        *(_PROGRESS, "student_id", "performance, small client"),
        f"calculate_product_performance({_SMALL_CLIENT})",
    ),
    Index(_SUBMISSIONS, "submitted_at, id", _PAGE, "get_submissions_with_details()"),
    Index(
        *(_SUBMISSIONS, "student_id", _CLIENTS),
        f"get_submissions_with_details(null, {_CLIENT})",
    ),
    Index(
        *(_SUBMISSIONS, "student_id", _SMALL),
        f"get_submissions_with_details(null, {_SMALL_CLIENT})",
    ),
    Index(
        *(_SUBMISSIONS, "status, submitted_at, id", "a page of a status"),
        "get_submissions_with_details('submitted')",
        installed=False,
    ),
    Index(
        *(_SESSIONS, "expert_session_id", "sessions of a product"),
        f"get_expert_sessions_with_stats({_PRODUCT})",
        installed=False,
    ),
    Index(
        *(_PROGRESS, "module_id", "performance, client"),
        f"calculate_product_performance({_CLIENT})",
        installed=False,
    ),
)


def fill(owner: Connection) -> None:
    """Make the data, and only the indexes that are installed."""
    for statement in _DATA.split(";\n\n"):
        owner.execute(statement.encode())
    rows = owner.execute(
        "select i.indexrelid::regclass from pg_index as i join pg_class as c on c.oid = i.indrelid"
        " where c.relnamespace = 'public'::regnamespace and not i.indisunique"
    )
    for (name,) in rows.fetchall():
        owner.execute(f"drop index {name}".encode())
    for index in INDEXES:
        if index.installed:
            index.create(owner)


def call(owner: Connection, index: Index) -> float:
    """Return the median time of the call."""
    statement = f"select * from public.{index.call}".encode()
    return median(milliseconds(lambda: owner.execute(statement).fetchall()) for _ in range(5))


def write(owner: Connection, index: Index) -> float:
    """Return the shortest time of an insert, which is undone."""
    taken = []
    for _ in range(15):
        with owner.transaction(force_rollback=True):
            taken.append(milliseconds(lambda: owner.execute(_INSERTS[index.table].encode())))
    return min(taken)


def measure(owner: Connection, index: Index, rounds: int) -> Figure:
    """Return times without and with the index, and its size."""

    def having(prepare: Callable[[Connection], None], load: Callable[..., float]) -> float:
        prepare(owner)
        return load(owner, index)

    taken = interleaved(
        {
            "call without": partial(having, index.drop, call),
            "write without": partial(having, index.drop, write),
            "call with": partial(having, index.create, call),
            "write with": partial(having, index.create, write),
        },
        rounds,
    )
    # Anew, without the room that undone inserts took.
    index.drop(owner)
    index.create(owner)
    row = owner.execute("select pg_relation_size(%s::regclass)", [f"public.{index.name}"])
    size = (row.fetchone() or (0,))[0] / 2**20
    if not index.installed:
        index.drop(owner)
    return {
        "what": f"{index.table.removeprefix('job_readiness_')} ({index.columns})",
        "for": index.purpose,
        "installed": "yes" if index.installed else "no",
        "ms without": taken["call without"],
        "ms with": taken["call with"],
        "faster x": taken["call without"] / taken["call with"],
        "MB": size,
        "insert x": taken["write with"] / taken["write without"],
    }


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    with stage() as (_, owner):
        fill(owner)
        figures = [measure(owner, index, options.rounds) for index in INDEXES]
    show(
        f"Indexes of a platform of 100,000 students; inserts of {_WRITTEN:,} rows",
        figures,
        options.json,
    )


if __name__ == "__main__":
    main()
