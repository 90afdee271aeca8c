"""
`examine` on a real project: silent about a healthy one, exact about a broken one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from supaopt._adapters.sql import apply
from supaopt.doctor import Finding, examine
from supaopt.sql import assets

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.local import LocalSupabase

# What breaks a project, what is found then - the code, the level, the object - and what undoes it.
BREAKAGES = {
    "a table without RLS": (
        "create table public.notes (id int primary key)",
        ("rls_disabled_in_public", "error", "public.notes"),
        "drop table public.notes",
    ),
    "policies without RLS": (
        """create table public.notes (id int primary key);
        create policy see on public.notes for select to anon using (true)""",
        ("policy_exists_rls_disabled", "error", "public.notes"),
        "drop table public.notes",
    ),
    "RLS without a policy": (
        """create table public."Notes" (id int primary key);
        alter table public."Notes" enable row level security""",
        ("rls_enabled_no_policy", "info", 'public."Notes"'),
        'drop table public."Notes"',
    ),
    "a view with owner's rights": (
        "create view public.everybody as select id from public.students",
        ("security_definer_view", "error", "public.everybody"),
        "drop view public.everybody",
    ),
    "a view with security_invoker off": (
        'create view public."all" with (security_invoker = off) as select id from public.students',
        ("security_definer_view", "error", 'public."all"'),
        'drop view public."all"',
    ),
    "a materialized view": (
        "create materialized view public.counted as select count(*) from public.students",
        ("materialized_view_in_api", "warning", "public.counted"),
        "drop materialized view public.counted",
    ),
    "a view of users": (
        "create view public.users as select id, email from auth.users",
        ("auth_users_exposed", "error", "public.users"),
        "drop view public.users",
    ),
    "a privileged function for anybody": (
        """create function public.reset(p_id uuid) returns void language sql security definer
        set search_path = '' as 'select'""",
        ("anon_security_definer_function_executable", "warning", "public.reset(uuid)"),
        "drop function public.reset",
    ),
    "a privileged function for users": (
        """create function public.reset() returns void language sql security definer
        set search_path = '' as 'select';
        revoke execute on function public.reset from public, anon""",
        ("authenticated_security_definer_function_executable", "warning", "public.reset()"),
        "drop function public.reset",
    ),
    "a policy that calls per row": (
        """create policy mine on public.students for select to authenticated using
        (id = auth.uid() or exists (select where auth.jwt() ->> 'sub' = client_id::text))""",
        ("auth_rls_initplan", "warning", "public.students, policy mine"),
        "drop policy mine on public.students",
    ),
    "a policy without an index": (
        """create table public.notes (id int primary key, owner uuid);
        alter table public.notes enable row level security;
        create policy mine on public.notes to authenticated using (owner = (select auth.uid()))""",
        ("policy_column_unindexed", "info", "public.notes (owner)"),
        "drop table public.notes",
    ),
    "a policy without an index on many rows": (
        """create table public.notes (id int primary key, owner uuid);
        insert into public.notes select n from generate_series(1, 2000) as n;
        analyze public.notes;
        alter table public.notes enable row level security;
        create policy mine on public.notes to authenticated using ((select auth.uid()) = owner)""",
        ("policy_column_unindexed", "warning", "public.notes (owner)"),
        "drop table public.notes",
    ),
    "a policy for all writes": (
        'create policy "any" on public.students for insert to authenticated with check (true)',
        ("rls_policy_always_true", "warning", 'public.students, policy "any"'),
        'drop policy "any" on public.students',
    ),
    "a policy on user_metadata": (
        """create policy vain on public.students for select to authenticated using
        ((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'admin')""",
        ("rls_references_user_metadata", "error", "public.students, policy vain"),
        "drop policy vain on public.students",
    ),
    "a foreign key without an index": (
        """create table public.notes (a uuid references public.students, id int primary key);
        alter table public.notes enable row level security;
        create policy nobody on public.notes as restrictive using (false)""",
        ("unindexed_foreign_keys", "info", "public.notes (a)"),
        "drop table public.notes",
    ),
    "a hook without a policy": (
        "drop policy supabase_auth_admin_reads on public.profiles",
        ("access_token_hook_broken", "error", "public.custom_access_token_hook(jsonb)"),
        """create policy supabase_auth_admin_reads on public.profiles for select
        to supabase_auth_admin using (true)""",
    ),
    "a hook without a grant": (
        "revoke select on public.students from supabase_auth_admin",
        ("access_token_hook_broken", "error", "public.custom_access_token_hook(jsonb)"),
        "grant select on public.students to supabase_auth_admin",
    ),
    "a disabled trigger": (
        "alter table public.clients disable trigger supaopt_watch_update",
        ("cache_trigger_missing", "error", "public.clients"),
        "alter table public.clients enable always trigger supaopt_watch_update",
    ),
    "an unwatched partition": (
        """create table public.parts (id int primary key) partition by range (id);
        alter table public.parts enable row level security;
        create policy nobody on public.parts as restrictive using (false);
        select supaopt.watch_table('public.parts');
        create table public.parts_1 partition of public.parts for values from (0) to (9);
        alter table public.parts_1 enable row level security;
        create policy nobody on public.parts_1 as restrictive using (false)""",
        ("cache_partition", "error", "public.parts_1"),
        "select supaopt.unwatch_table('public.parts'); drop table public.parts",
    ),
    "a changed function": (
        """create or replace function public.cleanup_expired_cache() returns integer
        language plpgsql set search_path = '' as $$ begin return 0; end $$""",
        ("sql_changed", "warning", "schema supaopt"),
        "",
    ),
    "an outdated file": (
        "update supaopt.installed set checksum = 'x' where path like '%get_cached_data.sql'",
        ("sql_outdated", "warning", "schema supaopt"),
        "",
    ),
    "a missing file": (
        "delete from supaopt.installed where path like '%get_cached_data.sql'",
        ("sql_missing", "error", "schema supaopt"),
        "",
    ),
    "a long lifetime": (
        "update supaopt.settings set max_lifetime = '30 days', log_retention = '31 days'",
        ("cache_large", "warning", "supaopt.settings.max_lifetime"),
        "update supaopt.settings set max_lifetime = '1 day', log_retention = '2 days'",
    ),
}


@pytest.fixture(name="look")
def _look(lms_stack: LocalSupabase) -> Callable[[], set[Finding]]:
    def look() -> set[Finding]:
        return set(examine(lms_stack.db_url).findings)

    return look


def _run(stack: LocalSupabase, statements: str) -> None:
    if statements:
        with psycopg.connect(stack.db_url) as connection:
            connection.execute(statements.encode())
    else:
        apply(stack.db_url, assets("core", "lms"))


def test_a_healthy_project_has_no_errors(lms_stack: LocalSupabase) -> None:
    """The learning platform, as installed, is neither dangerous nor slow, and is seen whole."""
    report = examine(lms_stack.db_url, url=lms_stack.url, key=lms_stack.publishable_key)
    # Without pg_cron somebody else has to clean up.
    assert ["cache_cleanup_unscheduled"] == [finding.code for finding in report.findings]
    assert ((), ()) == (report.at_least("warning"), report.skipped)


@pytest.mark.parametrize("name", BREAKAGES)
def test_each_breakage_is_found_and_nothing_else(
    lms_stack: LocalSupabase, look: Callable[[], set[Finding]], name: str
) -> None:
    """What was broken is found under its code, level and object, and gone once it is mended."""
    break_it, expected, undo = BREAKAGES[name]
    before = look()
    try:
        _run(lms_stack, break_it)
        found = look() - before
    finally:
        _run(lms_stack, undo)
    assert [expected] == [(f.code, f.level, f.object) for f in found]
    assert before == look()
