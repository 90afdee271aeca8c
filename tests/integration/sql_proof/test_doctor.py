"""
`supaopt.doctor` on each major version of Postgres that projects run.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from supaopt.doctor import examine

if TYPE_CHECKING:
    from pathlib import Path

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


# One fault for each check that Supabase's advisor has too.
FAULTS = """
create table public.open (id int primary key, student uuid references public.students);
create table public.off (id int primary key);
create policy see on public.off for select to anon using (true);
create table public.shut (id int primary key);
alter table public.shut enable row level security;
create view public.seen as select id from public.students;
create view public.users as select id, email from auth.users;
create materialized view public.counted as select count(*) from public.students;
create function public.reset() returns void language sql security definer as 'select';
create function public.mine() returns void
language sql security definer set search_path = '' as 'select';
revoke execute on function public.mine from public, anon;
create policy mine on public.students for select to authenticated using (id = auth.uid());
create policy vain on public.students for select to authenticated using
((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'admin');
create policy any_row on public.students for insert to authenticated with check (true);
"""
# What the advisor finds besides, and what the version that the command line has does not look for.
_ADVISORS_OWN = {"unused_index", "multiple_permissive_policies"}
_OURS = {
    "anon_security_definer_function_executable",
    "authenticated_security_definer_function_executable",
    "cache_cleanup_unscheduled",
}


def test_the_advisor_finds_the_same(cluster: Any, supabase_cli: str, tmp_path: Path) -> None:
    """Where Supabase's advisor has the same check, it finds the same under the same name."""
    with cluster.database("lms") as name:
        with cluster.connect(name, "supabase_admin") as admin:
            # The Auth server is not there, which makes it.
            admin.execute("create table auth.users (id uuid, email text)")
            admin.execute("grant select on auth.users to postgres")
        with cluster.connect(name) as owner:
            owner.execute(FAULTS)
        finished = subprocess.run(
            [
                *(supabase_cli, "db", "advisors", "--type", "all", "--level", "info"),
                *("--remote", f"{cluster.url(name)}?sslmode=disable"),
                *("--output-format", "json", "--agent", "no"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        report = examine(cluster.url(name))
    advice = {each["name"] for each in json.loads(finished.stdout)["results"]}
    found = {each.code for each in report.findings}
    assert (advice - _ADVISORS_OWN, set()) == (found - _OURS, _OURS - found)
