"""
Each check over facts made up for it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.doctor._checks import CHECKS, cache, judge
from supaopt.doctor._facts import (
    Api,
    Cache,
    Facts,
    File,
    ForeignKey,
    Function,
    Job,
    Keys,
    Packages,
    Policy,
    Problem,
    Relation,
    Server,
    Statement,
)
from supaopt.doctor._model import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.doctor import Finding

    Judge = Callable[..., list[tuple[str, str, str]]]

BOTH = ("anon", "authenticated")
URL = "https://ref.supabase.co"
JWKS = f"{URL}/auth/v1/.well-known/jwks.json"
SERVER = {"version": 170_006, "role": "postgres", "now": 0, "has_cache": True, "owns_cache": True}
CACHE = {
    "entries_bytes": 0,
    "log_bytes": 0,
    "max_lifetime": 86_400,
    "log_retention": 172_800,
    "max_data_bytes": 4_194_304,
}


def _table(**facts: Any) -> tuple[Relation, ...]:
    return (Relation(**({"name": "public.t", "kind": "r", "readers": BOTH} | facts)),)


def _policy(**facts: Any) -> tuple[Policy, ...]:
    known = {"table": "public.t", "alias": "t", "name": "p", "command": "select", "using": "false"}
    return (Policy(**(known | facts)),)


def _keys(url: str = URL, **facts: Any) -> Api:
    known = {"url": url, "is_private": True, "knows_secret": False}
    return Api(**(known | {"keys": Keys(published=1, usable=1)} | facts))


def _job(**facts: Any) -> tuple[Job, ...]:
    return (Job(**({"name": "j", "schedule": "* * * * *", "active": True} | facts)),)


def _read(columns: str, **facts: Any) -> tuple[Statement, ...]:
    query = (
        f'WITH pgrst_source AS ( SELECT {columns} FROM "public"."t"  '
        'WHERE  "public"."t"."id" = $1  LIMIT $2 OFFSET $3 )  SELECT $4::bigint AS x'
    )
    known = {"query": query, "calls": 10, "rows": 10, "total_ms": 5_000, "share": 0.2}
    return (Statement(**(known | facts)),)


STAR = '"public"."t".*'
NAMED = '"public"."t"."id"'

BROKEN: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "no RLS": (
        {"relations": _table()},
        ("rls_disabled_in_public", "error", "public.t"),
    ),
    "no RLS, writers alone": (
        {"relations": _table(readers=(), writers=("authenticated",))},
        ("rls_disabled_in_public", "error", "public.t"),
    ),
    "no RLS, partitioned": (
        {"relations": _table(kind="p")},
        ("rls_disabled_in_public", "error", "public.t"),
    ),
    "policies without RLS": (
        {"relations": _table(policies=2)},
        ("policy_exists_rls_disabled", "error", "public.t"),
    ),
    "RLS without policies": (
        {"relations": _table(rls=True)},
        ("rls_enabled_no_policy", "info", "public.t"),
    ),
    "owner's view": (
        {"relations": _table(kind="v")},
        ("security_definer_view", "error", "public.t"),
    ),
    "view of users": (
        {"relations": _table(kind="v", reads_auth_users=True)},
        ("auth_users_exposed", "error", "public.t"),
    ),
    "materialized view of users": (
        {"relations": _table(kind="m", reads_auth_users=True)},
        ("auth_users_exposed", "error", "public.t"),
    ),
    "materialized view": (
        {"relations": _table(kind="m")},
        ("materialized_view_in_api", "warning", "public.t"),
    ),
    "foreign table": (
        {"relations": _table(kind="f")},
        ("foreign_table_in_api", "warning", "public.t"),
    ),
    "function for anybody": (
        {"functions": (Function(signature="f()", has_search_path=True, executable_by=BOTH),)},
        ("anon_security_definer_function_executable", "warning", "f()"),
    ),
    "function for users": (
        {
            "functions": (
                Function(signature="f()", has_search_path=True, executable_by=("authenticated",)),
            )
        },
        ("authenticated_security_definer_function_executable", "warning", "f()"),
    ),
    "hook": (
        {"hook": "the access token hook lacks: select (id) on public.profiles"},
        ("access_token_hook_broken", "error", "public.custom_access_token_hook(jsonb)"),
    ),
    "call per row": (
        {"policies": _policy(using="(a = auth.uid())")},
        ("auth_rls_initplan", "warning", "public.t, policy p"),
    ),
    "call per row that is written": (
        {"policies": _policy(command="insert", using=None, check="(a = auth.uid())")},
        ("auth_rls_initplan", "warning", "public.t, policy p"),
    ),
    "function per row": (
        {"policies": _policy(using="private.is_admin()")},
        ("rls_function_per_row", "warning", "public.t, policy p"),
    ),
    "no index": (
        {"policies": _policy(using="(a = ( SELECT auth.uid() AS uid))", unindexed=("a",))},
        ("policy_column_unindexed", "info", "public.t (a)"),
    ),
    "no index, many rows": (
        {
            "policies": _policy(
                using="(a = ( SELECT auth.uid() AS uid))", unindexed=("a",), rows=1_000
            )
        },
        ("policy_column_unindexed", "warning", "public.t (a)"),
    ),
    "all writes": (
        {"policies": _policy(command="update", using="true")},
        ("rls_policy_always_true", "warning", "public.t, policy p"),
    ),
    "user_metadata": (
        {"policies": _policy(using="((( SELECT auth.jwt()) -> 'user_metadata'::text) IS NULL)")},
        ("rls_references_user_metadata", "error", "public.t, policy p"),
    ),
    "foreign key": (
        {"foreign_keys": (ForeignKey(table="public.t", name="k", columns=("a", "b")),)},
        ("unindexed_foreign_keys", "info", "public.t (a, b)"),
    ),
    "foreign key, many rows": (
        {"foreign_keys": (ForeignKey(table="public.t", name="k", columns=("a",), rows=10_000),)},
        ("unindexed_foreign_keys", "warning", "public.t (a)"),
    ),
    "star": (
        {"statements": _read(STAR)},
        ("select_star", "warning", "public.t"),
    ),
    "loop": (
        {"statements": _read(NAMED, calls=1_000, rows=1_000)},
        ("n_plus_one", "warning", "public.t"),
    ),
    "exposed": (
        {"schemas": ("public", "supaopt")},
        ("cache_schema_exposed", "error", "schema supaopt"),
    ),
    "missing file": (
        {"files": (File(path="core/x.sql", state="missing"),)},
        ("sql_missing", "error", "schema supaopt"),
    ),
    "outdated file": (
        {"files": (File(path="core/x.sql", state="outdated"),)},
        ("sql_outdated", "warning", "schema supaopt"),
    ),
    "changed file": (
        {"files": (File(path="core/x.sql", state="changed"),)},
        ("sql_changed", "warning", "schema supaopt"),
    ),
    "no SQL": (
        {"server": Server(**(SERVER | {"has_cache": False})), "cache": None},
        ("sql_not_installed", "info", "schema supaopt"),
    ),
    "no cron": (
        {"server": Server(**SERVER), "jobs": None},
        ("cache_cleanup_unscheduled", "info", "pg_cron"),
    ),
    "no job": (
        {"jobs": ()},
        ("cache_cleanup_unscheduled", "warning", "pg_cron"),
    ),
    "failing job": (
        {"jobs": _job(status="failed", message="permission denied")},
        ("cache_cleanup_failing", "warning", "job j"),
    ),
    "job switched off": (
        {"jobs": _job(active=False)},
        ("cache_cleanup_failing", "warning", "job j"),
    ),
    "large entries": (
        {"cache": Cache(**(CACHE | {"entries_bytes": 2**31}))},
        ("cache_large", "warning", "supaopt.entries"),
    ),
    "large log": (
        {"cache": Cache(**(CACHE | {"log_bytes": 2**30}))},
        ("cache_large", "warning", "supaopt.log"),
    ),
    "long lifetime": (
        {"cache": Cache(**(CACHE | {"max_lifetime": 30 * 86_400}))},
        ("cache_large", "warning", "supaopt.settings.max_lifetime"),
    ),
    "large answers": (
        {"cache": Cache(**(CACHE | {"max_data_bytes": 2**28}))},
        ("cache_large", "warning", "supaopt.settings.max_data_bytes"),
    ),
    "plain HTTP": (
        {"api": _keys(url="http://db.example", is_private=False)},
        ("url_not_https", "error", "http://db.example"),
    ),
    "a secret key for callers": (
        {"api": _keys(key="secret")},
        ("publishable_key_is_secret", "error", "SUPABASE_PUBLISHABLE_KEY"),
    ),
    "a refused key": (
        {"api": _keys(key="refused")},
        ("api_key_refused", "error", "SUPABASE_PUBLISHABLE_KEY"),
    ),
    "no keys": (
        {"api": _keys(keys=Keys())},
        ("jwks_empty", "warning", JWKS),
    ),
    "no keys, a secret": (
        {"api": _keys(keys=Keys(), knows_secret=True)},
        ("jwks_empty", "info", JWKS),
    ),
    "keys out of reach": (
        {"api": _keys(keys=Keys(failure="the key endpoint answered 404"))},
        ("jwks_unusable", "error", JWKS),
    ),
    "odd key": (
        {"api": _keys(keys=Keys(published=2, usable=1))},
        ("jwks_partly_unusable", "warning", JWKS),
    ),
    "clock ahead": (
        {"skew": 3.0},
        ("clock_skew", "warning", "this machine"),
    ),
    "clock far behind": (
        {"skew": -11.0},
        ("clock_skew", "error", "this machine"),
    ),
    "old Postgres": (
        {"server": Server(**(SERVER | {"version": 140_011, "has_cron": True}))},
        ("postgres_unsupported", "error", "Postgres 14"),
    ),
    "new Postgres": (
        {"server": Server(**(SERVER | {"version": 190_000, "has_cron": True}))},
        ("postgres_untested", "info", "Postgres 19"),
    ),
    "old client": (
        {"packages": Packages(supaopt="0.1.0", supabase="2.9.1")},
        ("client_unsupported", "error", "supabase 2.9.1"),
    ),
    "next client": (
        {"packages": Packages(supaopt="0.1.0", supabase="3.0.0a1")},
        ("client_unsupported", "error", "supabase 3.0.0a1"),
    ),
}


def test_a_healthy_project_has_no_findings(healthy: Facts) -> None:
    """Nothing wrong, nothing found."""
    assert () == judge(healthy)


def test_a_project_that_nobody_could_look_at_has_no_findings() -> None:
    """What is not known is not judged."""
    assert () == judge(Facts(packages=Packages(supaopt="0.1.0")))


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_found_and_nothing_else(found: Judge, name: str) -> None:
    """One broken fact gives one finding, with its code, level and object."""
    broken, expected = BROKEN[name]
    assert [expected] == found(**broken)


@pytest.mark.parametrize("name", BROKEN)
def test_each_finding_says_why_and_what_ends_it(
    find: Callable[..., tuple[Finding, ...]], name: str
) -> None:
    """Title, detail and remedy are there, and name something."""
    (finding,) = find(**BROKEN[name][0])
    assert all(len(text) > 10 for text in (finding.title, finding.detail, finding.remedy))


HARMLESS: dict[str, dict[str, Any]] = {
    "a table that no API role reaches": {"relations": _table(readers=())},
    "a table with RLS and a policy": {"relations": _table(rls=True, policies=1)},
    "an invoker's view": {"relations": _table(kind="v", security_invoker=True)},
    "an invoker's view of users": {
        "relations": _table(kind="v", security_invoker=True, reads_auth_users=True)
    },
    "a policy that is not in force": {"policies": _policy(using="(a = auth.uid())", rls=False)},
    "a policy for a server's role": {
        "policies": _policy(command="all", using="true", roles=("supabase_auth_admin",))
    },
    "a policy that shows every row": {"policies": _policy(using="true")},
    "a restrictive policy": {"policies": _policy(command="all", using="true", permissive=False)},
    "a cheap star": {"statements": _read(STAR, total_ms=900)},
    "a small part of the time": {"statements": _read(STAR, share=0.01)},
    "named columns": {"statements": _read(NAMED)},
    "few reads": {"statements": _read(NAMED, calls=999, rows=999)},
    "reads of many rows": {"statements": _read(NAMED, calls=1_000, rows=3_000)},
    "another statement": {"statements": _read(STAR, query="select set_config($1, $2, true)")},
    "installed files": {"files": (File(path="core/x.sql", state="installed"),)},
    "a job that works": {"jobs": _job(status="succeeded", message="1 row")},
    "a clock almost right": {"skew": -1.9},
    "a version still to be released": {"packages": Packages(supaopt="0.1.0", supabase="2.99.0")},
    "no client": {"packages": Packages(supaopt="0.1.0")},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_is_not_found(found: Judge, name: str) -> None:
    """A check that cries wolf is switched off by its users."""
    assert [] == found(**HARMLESS[name])


def test_a_callers_search_path_makes_a_privileged_function_an_error(found: Judge) -> None:
    """A caller who chooses what names mean is worse than one who only calls."""
    function = Function(signature="f()", has_search_path=False, executable_by=BOTH)
    assert [
        ("function_search_path_mutable", "error", "f()"),
        ("anon_security_definer_function_executable", "warning", "f()"),
    ] == found(functions=(function,))


def test_a_policys_texts_are_never_shown(find: Callable[..., tuple[Finding, ...]]) -> None:
    """A key that a policy compares with is in no finding; without texts the remedy is exact."""
    using = "((current_setting('request.headers'::text) = 's3cret'::text) AND auth.uid() = id)"
    assert "s3cret" not in str(find(policies=_policy(using=using)))
    (exact,) = find(policies=_policy(command="all", using="(id = auth.uid())", check="f.g()"))[:1]
    assert (
        "alter policy p on public.t using ((id = (select auth.uid()))) "
        "with check ((select f.g()));" == exact.remedy
    )


PROBLEMS = {
    "a trigger is missing or disabled: writes end no entry, and answers may be wrong": "error",
    "a partition of a watched table is not watched: direct writes to it end no entry": "error",
    "it inherits from public.base, which does not watch it": "error",
    "the state row came from a dump or was edited: nothing is served or stored": "error",
    "it reads public.x, which is not watched: its answers are not kept": "warning",
    "clean-up has not run for two retentions: the log only grows": "warning",
    "something that a later version finds": "warning",
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_databases_own_findings_are_passed_on(
    find: Callable[..., tuple[Finding, ...]], problem: str
) -> None:
    """They keep object, sentence and remedy; those that make answers wrong are errors."""
    row = Problem(object="public.t", problem=problem, remedy="select 1")
    (finding,) = find(problems=(row,))
    assert (PROBLEMS[problem], "public.t", problem, "select 1") == (
        finding.level,
        finding.object,
        finding.detail,
        finding.remedy,
    )


def test_one_fault_is_not_told_twice(found: Judge) -> None:
    """An exposed schema that the database finds as well is one finding."""
    row = Problem(object="schema supaopt", problem="exposed through the API by x", remedy="y")
    assert ["cache_schema_exposed"] == [
        code for code, _, _ in found(problems=(row,), schemas=("public", "supaopt"))
    ]


def test_findings_come_worst_first(found: Judge) -> None:
    """Errors before warnings before hints."""
    levels = [
        level
        for _, level, _ in found(
            relations=_table(rls=True), jobs=(), skew=60.0, statements=_read(STAR)
        )
    ]
    assert ["error", "warning", "warning", "info"] == levels
    assert sorted(levels, key=LEVELS.index) == levels


def test_every_check_is_in_use(healthy: Facts) -> None:
    """Each check finds nothing in the healthy project, by itself."""
    assert [[]] * len(CHECKS) == [list(check(healthy)) for check in CHECKS]


def test_every_code_is_explained(find: Callable[..., tuple[Finding, ...]]) -> None:
    """The guide has a row for each code, and no row for a code that does not exist."""
    rows = tuple(Problem(object="t", problem=each[0], remedy="") for each in cache._PROBLEMS)
    function = Function(signature="f()", has_search_path=False, executable_by=BOTH)
    codes = {
        finding.code
        for broken in (
            *(broken for broken, _ in BROKEN.values()),
            {"functions": (function,)},
            {"problems": (*rows, Problem(object="t", problem="?", remedy=""))},
        )
        for finding in find(**broken)
    }
    guide = Path(__file__).parents[3] / "docs" / "guides" / "doctor.md"
    table = re.findall(r"^\| (`.*?`) \| (?:error|warning|info)", guide.read_text(), re.MULTILINE)
    assert codes == set(re.findall(r"`(\w+)`", " ".join(table)))
