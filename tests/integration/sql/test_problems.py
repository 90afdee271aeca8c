"""
What supaopt.find_problems finds, and that its remedies mend it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

FIND = "select object, problem, remedy from supaopt.find_problems()"


def test_a_fresh_installation_has_none(owner: Connection) -> None:
    """As installed nothing is found."""
    assert [] == owner.execute(FIND).fetchall()


BREAKS = {
    "trigger": (
        "alter table public.clients disable trigger supaopt_watch_update",
        "public.clients",
        "a trigger is missing or disabled",
    ),
    "state": (
        "update supaopt.state set floor = floor",
        "supaopt.state",
        "the state row came from a dump",
    ),
    "partition": (
        """create table public.parts (id int primary key) partition by range (id);
        select supaopt.watch_table('public.parts', array['parts', 'part:{id}']);
        create table public.parts_1 partition of public.parts for values from (0) to (9)""",
        "public.parts_1",
        "a partition of a watched table is not watched",
    ),
    "gone": (
        """create table public.short (id int); select supaopt.watch_table('public.short');
        drop table public.short""",
        None,
        "the watched table is gone",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_problems_are_named_and_their_remedies_work(owner: Connection, name: str) -> None:
    """Each problem comes with the statement that ends it."""
    break_it, where, what = BREAKS[name]
    owner.execute(break_it.encode())
    ((found, problem, remedy),) = owner.execute(FIND).fetchall()
    assert where in {found, None}
    assert problem.startswith(what)
    owner.execute(remedy.encode())
    assert [] == owner.execute(FIND).fetchall()


def test_a_renamed_column_is_found(owner: Connection) -> None:
    """A table whose tags have become coarse is named."""
    owner.execute("alter table public.lessons rename column module_id to part_of")
    ((found, problem, _),) = owner.execute(FIND).fetchall()
    assert "public.lessons" == found
    assert problem.endswith("each write ends prefix:*")


def test_an_inheriting_table_is_found(owner: Connection) -> None:
    """Statement triggers of a parent do not fire for its children."""
    owner.execute(
        """create table public.base (id int); create table public.child () inherits (public.base);
        select supaopt.watch_table('public.base')"""
    )
    ((found, _, _),) = owner.execute(FIND).fetchall()
    assert "public.child" == found


def test_a_function_that_cannot_keep_answers_is_found(owner: Connection) -> None:
    """A base table or a table that policies read, not watched, is named per function."""
    owner.execute("select supaopt.unwatch_table('public.client_product_assignments')")
    problems = {(found, problem) for found, problem, _ in owner.execute(FIND).fetchall()}
    table = "public.client_product_assignments, which is not watched"
    assert (
        "get_expert_sessions_with_stats_cached",
        f"policies read {table}: answers of users are not kept",
    ) in problems
    assert (
        "get_product_performance_cached",
        f"it reads {table}: its answers are not kept",
    ) in problems


def test_an_opaque_policy_is_found(owner: Connection) -> None:
    """A policy that cannot be seen through is named per function."""
    owner.execute("create policy clock on public.students for select using (now() is not null)")
    problems = {problem.split(":")[0] for _, problem, _ in owner.execute(FIND).fetchall()}
    assert {"a policy depends on a hidden function, a header or the clock"} == problems


def test_a_log_that_only_grows_is_found(owner: Connection) -> None:
    """A clean-up that never runs is noticed."""
    owner.execute(
        "update supaopt.state set next_at = next_at - interval '5 days';"
        "update supaopt.state set self = xmin"
    )
    ((found, _, _),) = owner.execute(FIND).fetchall()
    assert "supaopt.log" == found


@pytest.mark.parametrize(
    ("schemas", "found"),
    [
        ("public, supaopt", 1),
        ("supaopt", 1),
        ("supaopt,public", 1),
        ("public, supaopt_demo", 0),
        ("public", 0),
    ],
)
def test_an_exposed_schema_is_found(
    db: Database, owner: Connection, schemas: str, found: int
) -> None:
    """The room of the cache must not be reachable through the API."""
    superuser = db.connect("superuser")
    set_ = f"alter role authenticator in database {db.name} set pgrst.db_schemas = '{schemas}'"
    superuser.execute(set_.encode())
    assert found == len(owner.execute(FIND).fetchall())
