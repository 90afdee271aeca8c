"""
Every function of ours passes plpgsql_check, with every kind of warning turned on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    Check = Callable[[str], list[tuple[Any, ...]]]

# A trigger function is checked against each table that carries it; the transition tables exist
# in its triggers only, so the check is told their names. compatibility_warnings stay off: they
# ask for cursors without names, which we do not use.
_CHECK = """
select f.oid::regprocedure::text, c.lineno, c.level, c.message
from pg_proc as f
join pg_language as l on l.oid = f.prolang and l.lanname = 'plpgsql'
join pg_namespace as n on n.oid = f.pronamespace
left join pg_trigger as t on t.tgfoid = f.oid and not t.tgisinternal
cross join lateral plpgsql_check_function_tb(
    f.oid, coalesce(t.tgrelid, 0), fatal_errors => false, all_warnings => true,
    oldtable => case when t.tgrelid is null then null else coalesce(t.tgoldtable, 'old_rows') end,
    newtable => case when t.tgrelid is null then null else coalesce(t.tgnewtable, 'new_rows') end
) as c
where f.oid = any(%s)
"""

_OURS = """
select f.oid
from pg_proc as f
join pg_namespace as n on n.oid = f.pronamespace
where n.nspname in ('public', 'supaopt')
and not exists (select from pg_depend as d where d.objid = f.oid and d.deptype = 'e')
"""

# The checker follows no variable into execute. What these two put there are constants of their own
# and names that format quotes (%I) or that the catalogue gives (regclass).
_UNSANITIZED = "text type variable is not sanitized"
_VETTED = [
    ("supaopt.attach_watch(integer,regclass)", _UNSANITIZED),
    ("supaopt.attach_watch(integer,regclass)", _UNSANITIZED),
    ("supaopt.create_watch_trigger(integer,regclass,text[])", _UNSANITIZED),
]


@pytest.fixture(name="checked", scope="module")
def _checked(cluster_15: Any) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """
    A database with both sets and the checker, which only a superuser may install.
    """
    with (
        cluster_15.database("lms") as name,
        cluster_15.connect(name, "supabase_admin") as connection,
    ):
        if not connection.execute(
            "select from pg_available_extensions where name = 'plpgsql_check'"
        ).fetchall():
            pytest.skip("plpgsql_check is not here: apt-get install postgresql-15-plpgsql-check")
        connection.execute("create extension plpgsql_check")
        yield connection


def test_no_function_has_a_warning(checked: psycopg.Connection[tuple[Any, ...]]) -> None:
    """All functions that we install, and the triggers that we generate, pass without a warning."""
    ours = [row[0] for row in checked.execute(_OURS)]
    assert len(ours) > 60
    found = checked.execute(_CHECK, [ours]).fetchall()
    assert sorted(_VETTED) == sorted((name, message) for name, _, _, message in found)


def test_the_checker_sees_a_fault(checked: psycopg.Connection[tuple[Any, ...]]) -> None:
    """A function with an unused parameter and an unknown column is reported."""
    with checked.transaction(force_rollback=True):
        checked.execute(
            "create function public.faulty(p_unused int) returns int language plpgsql as"
            " $$ begin return (select s.nothing from supaopt.state as s); end $$"
        )
        oid = checked.execute("select 'public.faulty'::regproc::oid").fetchone()
        assert oid is not None
        found = checked.execute(_CHECK, [[oid[0]]]).fetchall()
    assert {"error", "warning extra"} <= {row[2] for row in found}
