"""
`supaopt.doctor` on each major version of Postgres that projects run.
"""

from __future__ import annotations

from typing import Any

from supaopt.doctor import examine

# The version 18 at hand comes without it.
_STATEMENTS = "statements"


def test_a_healthy_project_is_healthy_on_every_version(every_cluster: Any) -> None:
    """As installed, nothing is dangerous or slow, and all of the database is examined."""
    with every_cluster.database("lms") as name:
        report = examine(every_cluster.url(name))
    assert () == report.at_least("warning")
    assert {"API and keys", "exposed schemas"} == {
        each.part for each in report.skipped if each.part != _STATEMENTS
    }


def test_a_broken_project_is_broken_on_every_version(every_cluster: Any) -> None:
    """Tables, views, functions, policies and an exposed schema are seen everywhere alike."""
    with every_cluster.database("lms") as name:
        with every_cluster.connect(name, "supabase_admin") as admin:
            schemas = f"alter role authenticator in database {name} set pgrst.db_schemas = "
            admin.execute(f"{schemas}'public, supaopt'".encode())
        with every_cluster.connect(name) as owner:
            owner.execute(
                """
                create table public.open
                (id int primary key, student uuid references public.students);
                create view public.seen as select id from public.students;
                create function public.reset() returns void
                language sql security definer set search_path = '' as 'select';
                create policy mine on public.students to authenticated using (id = auth.uid())
                """
            )
        report = examine(every_cluster.url(name))
    assert {
        ("cache_schema_exposed", "schema supaopt"),
        ("rls_disabled_in_public", "public.open"),
        ("security_definer_view", "public.seen"),
        ("anon_security_definer_function_executable", "public.reset()"),
        ("auth_rls_initplan", "public.students, policy mine"),
        ("unindexed_foreign_keys", "public.open (student)"),
        ("cache_cleanup_unscheduled", "pg_cron"),
    } == {(each.code, each.object) for each in report.findings}
