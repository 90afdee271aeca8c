"""
`examine` on a real project: silent about a healthy one, exact about a broken one.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from supaopt import cli
from supaopt._adapters.sql import apply
from supaopt.doctor import Finding, _database, _project, examine
from supaopt.doctor._statement import Read, parse
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
    "a policy that calls once a row": (
        """create table public.notes (id uuid primary key, "By" uuid);
        alter table public.notes enable row level security;
        create policy "My own" on public.notes to authenticated using (auth.uid() = id)
        with check (auth.uid() = "By" and (select auth.uid()) is not null)""",
        ("auth_rls_initplan", "warning", 'public.notes, policy "My own"'),
        "drop table public.notes",
    ),
    "a policy that calls a function per row": (
        """create function public.is_admin(p_role text) returns boolean
        language sql stable set search_path = '' as 'select true';
        create table public.notes (id int primary key);
        alter table public.notes enable row level security;
        create policy mine on public.notes for select to authenticated
        using (public.is_admin('x') and (select public.is_admin('y')))""",
        ("rls_function_per_row", "warning", "public.notes, policy mine"),
        "drop table public.notes; drop function public.is_admin",
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
    "a foreign key with an index of some rows": (
        """create table public.notes (a uuid references public.students, id int primary key);
        create index on public.notes (a) where id > 9;
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


# What looks like one of them and is none.
HARMLESS = {
    "a table that no caller may touch": (
        """create table public.notes (id int primary key);
        revoke all on public.notes from anon, authenticated""",
        "drop table public.notes",
    ),
    "a table of a schema that the API does not expose": (
        """create schema private; create table private.notes (id int primary key);
        grant usage on schema private to anon; grant select on private.notes to anon""",
        "drop schema private cascade",
    ),
    "a view that asks as its caller": (
        "create view public.seen with (security_invoker = true) as select id from public.students",
        "drop view public.seen",
    ),
    "a privileged trigger": (
        """create function public.touch() returns trigger language plpgsql security definer
        set search_path = '' as $$ begin return new; end $$""",
        "drop function public.touch",
    ),
    "a privileged function for the server": (
        """create function public.reset() returns void language sql security definer as 'select';
        revoke execute on function public.reset from public, anon, authenticated""",
        "drop function public.reset",
    ),
    "a policy for the server": (
        "create policy jobs on public.lessons to service_role using (true)",
        "drop policy jobs on public.lessons",
    ),
    "a foreign key whose index begins with its columns in another order": (
        """create table public.parents (a int, b int, primary key (a, b));
        create table public.children (id int primary key, b int, a int, c int,
        foreign key (a, b) references public.parents);
        create index on public.children (b, a, c);
        revoke all on public.parents, public.children from anon, authenticated""",
        "drop table public.children, public.parents",
    ),
    "indexes of the rows that have a value": (
        """create table public.notes
        (id int primary key, owner uuid, "Who" uuid references public.students);
        create index on public.notes (owner) where owner is not null;
        create index on public.notes ("Who") where "Who" is not null;
        alter table public.notes enable row level security;
        create policy mine on public.notes to authenticated using (owner = (select auth.uid()))""",
        "drop table public.notes",
    ),
    "a policy with an index": (
        """create table public.notes (id int, owner uuid, primary key (owner, id));
        alter table public.notes enable row level security;
        create policy mine on public.notes to authenticated using (owner = (select auth.uid()))""",
        "drop table public.notes",
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


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_is_not_found(
    lms_stack: LocalSupabase, look: Callable[[], set[Finding]], name: str
) -> None:
    """What no caller reaches, or costs nothing, is left alone."""
    make_it, undo = HARMLESS[name]
    before = look()
    _run(lms_stack, make_it)
    try:
        found = look()
    finally:
        _run(lms_stack, undo)
    assert before == found


# Parts that a check cannot be shown by breaking one thing in the learning platform.


def test_a_privileged_functions_search_path_is_an_error(
    lms_stack: LocalSupabase, look: Callable[[], set[Finding]]
) -> None:
    """Without a search_path of its own, a function for anybody is found twice."""
    before = look()
    _run(
        lms_stack,
        "create function public.reset() returns void language sql security definer as 'select'",
    )
    try:
        found = look() - before
    finally:
        _run(lms_stack, "drop function public.reset")
    assert {
        ("function_search_path_mutable", "error"),
        ("anon_security_definer_function_executable", "warning"),
    } == {(each.code, each.level) for each in found}


def test_a_hook_that_is_gone_is_found(
    lms_stack: LocalSupabase, look: Callable[[], set[Finding]]
) -> None:
    """Its check cannot even run then, which is no reason to pass over it."""
    before = look()
    _run(lms_stack, "drop function public.custom_access_token_hook(jsonb)")
    try:
        found = look() - before
    finally:
        _run(lms_stack, "")
    assert {"access_token_hook_broken", "sql_missing"} == {each.code for each in found}


# Breakages whose remedy is SQL, and what is still to be done when it has run.
REMEDIES: dict[str, list[str]] = {
    "a table without RLS": ["rls_enabled_no_policy"],
    "policies without RLS": [],
    "RLS without a policy": [],
    "a view with owner's rights": [],
    "a materialized view": [],
    "a view of users": [],
    "a privileged function for anybody": [],
    "a policy that calls once a row": [],
    "a foreign key without an index": [],
    "a disabled trigger": [],
    "an unwatched partition": [],
    "a long lifetime": [],
}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_ends_its_finding(
    lms_stack: LocalSupabase, look: Callable[[], set[Finding]], name: str
) -> None:
    """The SQL of a remedy can be run as it is, and leaves at most what it says is to be done."""
    break_it, (code, _, _), undo = BREAKAGES[name]
    before = look()
    try:
        _run(lms_stack, break_it)
        (finding,) = look() - before
        with psycopg.connect(lms_stack.db_url, autocommit=True) as connection:
            connection.execute(_sql_of(finding.remedy).encode())
        left = look() - before
    finally:
        _run(lms_stack, undo)
    assert code == finding.code
    assert REMEDIES[name] == [each.code for each in left]


def _sql_of(remedy: str) -> str:
    # Sentences around the statement end or begin with `; `.
    return next(part for part in remedy.split("; ") if part.split()[0] in STATEMENTS)


STATEMENTS = ("alter", "create", "revoke", "select", "update")

CRON = """
create schema cron;
create table cron.job
(jobid bigint, schedule text, command text, active boolean default true, jobname text);
create table cron.job_run_details (jobid bigint, runid bigint, status text, return_message text);
"""
JOB = "insert into cron.job values (1, '*/5 * * * *', 'select public.cleanup_expired_cache()', {})"
JOBS = {
    "no job": ("", [("cache_cleanup_unscheduled", "warning")]),
    "a job": (JOB.format("true, 'clean'"), []),
    "a job switched off": (
        JOB.format("false, 'clean'"),
        [("cache_cleanup_failing", "warning")],
    ),
    "a job that fails": (
        JOB.format("true, 'clean'")
        + ";insert into cron.job_run_details values (1, 1, 'succeeded', ''), (1, 2, 'failed', 'x')",
        [("cache_cleanup_failing", "warning")],
    ),
    "a job that works again": (
        JOB.format("true, 'clean'")
        + ";insert into cron.job_run_details values (1, 1, 'failed', 'x'), (1, 2, 'succeeded', '')",
        [],
    ),
}


@pytest.mark.parametrize("name", JOBS)
def test_clean_up_by_cron_is_examined(lms_stack: LocalSupabase, name: str) -> None:
    """With pg_cron, its job has to be there, to be on, and to have succeeded last."""
    job, expected = JOBS[name]
    _run(lms_stack, CRON + job)
    try:
        found = examine(lms_stack.db_url).findings
    finally:
        _run(lms_stack, "drop schema cron cascade")
    assert expected == [(each.code, each.level) for each in found]


def test_reads_are_seen_in_the_statistics(lms_stack: LocalSupabase) -> None:
    """What PostgREST sends, and what a caller's role does, is summed up and understood."""
    from_postgrest = (
        'WITH pgrst_source AS ( SELECT "public"."lessons".* FROM "public"."lessons" ) '
        "SELECT count(*) FROM pgrst_source"
    )
    from_another = (
        """set role authenticated; select "id" from "public"."modules" where "id" = '{}'"""
    )
    for number in range(3):
        _run(lms_stack, from_postgrest)
        _run(lms_stack, from_another.format(f"00000000-0000-0000-0000-00000000000{number}"))
    statements = _database.read(lms_stack.db_url, timeout=10, api_schemas=None).known["statements"]
    seen = {parse(each.query): each for each in statements}
    lessons = seen[Read("public.lessons", is_star=True, key=None)]
    assert (3, 3, True) == (lessons.calls, lessons.rows, 0 < lessons.share < 1)
    assert 3 == seen[Read("public.modules", is_star=False, key="id")].calls


def test_the_schemas_that_the_api_exposes_are_asked_for(core_stack: LocalSupabase) -> None:
    """What the API says it exposes is what is examined, without a database too."""
    api = _project.read(core_stack.url, core_stack.publishable_key, timeout=10, knows_secret=False)
    assert (("public",), "public", 1) == (api.schemas, api.key, api.keys.usable)


def test_a_key_that_the_api_refuses_is_found(core_stack: LocalSupabase) -> None:
    """A revoked key is told, and never shown."""
    report = examine(url=core_stack.url, key="sb_publishable_gone")
    assert [("api_key_refused", "error")] == [(f.code, f.level) for f in report.findings]
    assert "sb_publishable_gone" not in str(report)


def test_a_secret_key_for_callers_is_found(core_stack: LocalSupabase) -> None:
    """A key that passes by row level security is told, and never shown."""
    for key in (core_stack.secret_key, core_stack.service_role_key):
        report = examine(url=core_stack.url, key=key)
        assert [("publishable_key_is_secret", "error")] == [
            (each.code, each.level) for each in report.findings
        ]
        assert key not in str(report)


def test_a_database_without_our_sql_is_examined(bare_stack: LocalSupabase) -> None:
    """What needs no SQL of ours is checked, and how to install it is said."""
    _run(bare_stack, "create table public.notes (id int primary key)")
    report = examine(bare_stack.db_url)
    assert ["rls_disabled_in_public", "sql_not_installed"] == [f.code for f in report.findings]
    assert "supaopt sql apply" in report.findings[-1].remedy
    assert ["API and keys", "cache", "exposed schemas"] == [each.part for each in report.skipped]


def test_a_role_without_rights_sees_what_it_may(lms_stack: LocalSupabase) -> None:
    """Any role can examine the catalogue; what only the owner sees is skipped and said."""
    with psycopg.connect(lms_stack.db_url, autocommit=True) as connection:
        connection.execute("create role looker login password 'x'")
    try:
        url = psycopg.conninfo.make_conninfo(lms_stack.db_url, user="looker", password="x")
        report = examine(url)
    finally:
        _run(lms_stack, "drop role looker")
    assert () == report.findings
    assert ["API and keys", "access token hook", "cache", "statements", "exposed schemas"] == [
        each.part for each in report.skipped
    ]


HOSTILE = """
create or replace function supaopt.find_problems()
returns table (object text, problem text, remedy text) language plpgsql set search_path = ''
as $$ begin {}; end $$
"""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("create table public.left_behind ()", "in a read-only transaction"),
        (
            "set transaction read write; create table public.left_behind ()",
            "read-write mode inside a read-only transaction",
        ),
        ("perform pg_catalog.pg_sleep(60)", "due to statement timeout"),
        ("raise exception 'no'", "no"),
        ("return query values (null, null, null)", "in a form that supaopt does not know"),
    ],
    ids=["writes", "asks to write", "sleeps", "fails", "says nothing"],
)
def test_an_examination_changes_nothing_and_ends(
    lms_stack: LocalSupabase, body: str, reason: str
) -> None:
    """Whatever a function in the database tries, nothing is written and the rest is examined."""
    _run(lms_stack, HOSTILE.format(body))
    try:
        report = examine(lms_stack.db_url, timeout=2)
        with psycopg.connect(lms_stack.db_url) as connection:
            row = connection.execute("select to_regclass('public.left_behind')").fetchone()
    finally:
        _run(lms_stack, "")
    told = {each.part: each.reason for each in report.skipped}["supaopt.find_problems()"]
    assert (True, (None,)) == (reason in told, row)
    assert "sql_changed" in [each.code for each in report.findings]


def test_no_output_holds_a_secret(
    lms_stack: LocalSupabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither people nor programs are shown a password, a key or the legacy secret."""
    password = str(psycopg.conninfo.conninfo_to_dict(lms_stack.db_url)["password"])
    monkeypatch.setenv("SUPABASE_DB_URL", lms_stack.db_url)
    monkeypatch.setenv("SUPABASE_URL", lms_stack.url)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", lms_stack.secret_key)
    monkeypatch.setenv("SUPABASE_JWT_SECRET", lms_stack.jwt_secret)
    printed = ""
    for arguments in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["supaopt", "doctor", *arguments])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        assert 1 == exit_.value.code
        printed += "".join(capsys.readouterr())
    assert 2 == printed.count("publishable_key_is_secret")
    secrets = (password, lms_stack.secret_key, lms_stack.jwt_secret, lms_stack.publishable_key)
    assert [] == [secret for secret in secrets if secret in printed]


def test_a_slow_answer_is_no_wrong_clock(
    lms_stack: LocalSupabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may have looked at its clock at any moment of a long round trip."""
    now = time.time()
    ticks = iter([now - 60, now + 60])
    monkeypatch.setattr("supaopt.doctor._database.time.time", lambda: next(ticks))
    assert () == examine(lms_stack.db_url).at_least("warning")


def test_a_clock_that_is_wrong_is_found(
    lms_stack: LocalSupabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine's clock is compared with the database's."""
    real = time.time
    monkeypatch.setattr("supaopt.doctor._database.time.time", lambda: real() - 60)
    (found,) = examine(lms_stack.db_url).at_least("error")
    assert ("clock_skew", True) == (found.code, "ahead of this machine's" in found.detail)
