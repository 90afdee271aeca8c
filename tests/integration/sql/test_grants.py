"""
Who may call, read and change what, as one table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from conftest import Database

    Connection = psycopg.Connection[Any]

ROLES = ("anon", "authenticated", "service_role", "supabase_auth_admin")
STAFF = {"authenticated", "service_role"}

# Every function of ours that any of these roles may execute; all others are the owner's.
EXECUTE = {
    "public.calculate_product_performance": STAFF,
    "public.check_access_token_hook": {"service_role"},
    "public.check_enrollment": STAFF,
    "public.cleanup_expired_cache": {"service_role"},
    "public.create_user_and_profile_atomic": {"service_role"},
    "public.custom_access_token_hook": {"supabase_auth_admin"},
    "public.get_analytics_data": STAFF,
    "public.get_cache_changes": {"service_role"},
    "public.get_cache_entries": {"service_role"},
    "public.get_cache_entry": {"service_role"},
    "public.get_cache_metrics": {"service_role"},
    "public.get_cached_analytics_data": STAFF,
    "public.get_cached_data": {"service_role"},
    "public.get_expert_sessions_with_stats": STAFF,
    "public.get_expert_sessions_with_stats_cached": STAFF,
    "public.get_learners_with_progress": STAFF,
    "public.get_product_performance_cached": STAFF,
    "public.get_student_progress_summary": STAFF,
    "public.get_student_progress_summary_cached": STAFF,
    "public.get_submissions_with_details": STAFF,
    "public.invalidate_cache_by_tags": {"service_role"},
    "public.record_cache_hits": {"service_role"},
    "public.set_cached_data": {"service_role"},
    "public.set_cached_entries": {"service_role"},
    "supaopt.caller_kind": STAFF,
    "supaopt.check_page": STAFF,
    "supaopt.local_lease": STAFF,
    "supaopt.lookup_shared": {"service_role"},
    "supaopt.lookup_user": {"authenticated"},
    "supaopt.require_staff": STAFF,
    "supaopt.store_shared": {"service_role"},
    "supaopt.store_user": {"authenticated"},
}

# What runs as the owner and an API role may call: each with its reason in its header.
DEFINERS = {
    "public.cleanup_expired_cache",
    "public.get_cache_changes",
    "public.get_cache_entries",
    "public.get_cache_entry",
    "public.get_cache_metrics",
    "public.get_cached_data",
    "public.invalidate_cache_by_tags",
    "public.record_cache_hits",
    "public.set_cached_data",
    "public.set_cached_entries",
    "supaopt.lookup_shared",
    "supaopt.lookup_user",
    "supaopt.store_shared",
    "supaopt.store_user",
}

FUNCTIONS = """
select format('%s.%s', n.nspname, p.proname), r.role
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
cross join unnest(%s::text[]) as r (role)
where n.nspname in ('public', 'supaopt') and has_function_privilege(r.role, p.oid, 'execute')
"""


def test_functions_are_executable_by_name_alone(owner: Connection) -> None:
    """Default privileges and PUBLIC leave nothing behind; anon gets nothing."""
    found: dict[str, set[str]] = {}
    for function, role in owner.execute(FUNCTIONS.replace("'%s.%s'", "'%%s.%%s'"), [list(ROLES)]):
        found.setdefault(function, set()).add(role)
    assert EXECUTE == found


def test_reapplied_and_recreated_functions_are_as_closed(owner: Connection) -> None:
    """After a DROP the default privileges apply anew; the file takes them away again."""
    from supaopt.sql import assets

    owner.execute("drop function public.set_cached_data(text, jsonb, interval, text[], text)")
    (file,) = [asset for asset in assets("core") if asset.name == "public.set_cached_data"]
    owner.execute(file.sql.encode())
    test_functions_are_executable_by_name_alone(owner)


def test_few_functions_run_as_the_owner(owner: Connection) -> None:
    """A security definer function that an API role can reach is listed, or it is a mistake."""
    rows = owner.execute(
        """select format('%s.%s', n.nspname, p.proname)
        from pg_proc as p
        join pg_namespace as n on n.oid = p.pronamespace
        where
            n.nspname in ('public', 'supaopt')
            and p.prosecdef
            and exists (
                select from unnest(array['anon', 'authenticated', 'service_role']) as r (role)
                where has_function_privilege(r.role, p.oid, 'execute')
            )"""
    ).fetchall()
    assert {(name,) for name in DEFINERS} == set(rows)


def test_signed_in_users_reach_no_owner_function_in_public() -> None:
    """Through the API a user runs nothing as the owner."""
    assert not [
        name
        for name in DEFINERS
        if name.startswith("public.") and EXECUTE[name] & {"authenticated"}
    ]


def test_every_function_pins_its_path(owner: Connection) -> None:
    """No function of ours, generated ones included, resolves names by the caller's path."""
    assert (
        []
        == owner.execute(
            """select p.oid::regprocedure from pg_proc as p
        where p.pronamespace in ('public'::regnamespace, 'supaopt'::regnamespace)
        and not coalesce(p.proconfig::text ~ 'search_path=("|\\\\|pg_catalog, pg_temp)', false)"""
        ).fetchall()
    )


def test_volatility_is_true(owner: Connection) -> None:
    """Readers are not volatile, so PostgREST offers them on GET; writers and followers are."""
    volatile = {
        name
        for (name,) in owner.execute(
            "select proname from pg_proc where pronamespace = 'public'::regnamespace"
            " and provolatile = 'v'"
        )
    }
    assert {
        "cleanup_expired_cache",
        "create_user_and_profile_atomic",
        "get_cache_changes",
        "get_cached_analytics_data",
        "get_expert_sessions_with_stats_cached",
        "get_product_performance_cached",
        "get_student_progress_summary_cached",
        "invalidate_cache_by_tags",
        "record_cache_hits",
        "set_cached_data",
        "set_cached_entries",
    } == volatile


RELATIONS = """
select c.relname, r.role, p.privilege
from pg_class as c
cross join unnest(%s::text[]) as r (role)
cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as p (privilege)
where
    c.relkind in ('r', 'v')
    and (c.relnamespace = 'supaopt'::regnamespace or c.relname = 'query_cache')
    and has_table_privilege(r.role, c.oid, p.privilege)
"""


def test_state_is_closed(owner: Connection) -> None:
    """Of our tables and view service_role alone reads hit counts and the view."""
    assert {
        ("query_cache", "service_role", "select"),
        ("hits", "service_role", "select"),
    } == set(owner.execute(RELATIONS.encode(), [list(ROLES)]).fetchall())


def test_service_role_reads_the_views_columns_alone(owner: Connection) -> None:
    """Beneath the view stand column grants, without hashes and leases."""
    rows = owner.execute(
        """select attname from pg_attribute where attrelid = 'supaopt.entries'::regclass
        and attnum > 0 and has_column_privilege('service_role', attrelid, attnum, 'select')"""
    ).fetchall()
    assert {"scope", "key", "data", "tags", "stored_at", "expires_at"} == {name for (name,) in rows}


def test_every_table_of_ours_has_row_level_security(owner: Connection) -> None:
    """Even a stray grant shows no row."""
    owner.execute("grant all on all tables in schema supaopt to authenticated")
    assert {(True, 1)} == set(
        owner.execute(
            """select c.relrowsecurity, (
                select count(*) from pg_policy as p
                where p.polrelid = c.oid and not p.polpermissive
            ) from pg_class as c where c.relnamespace = 'supaopt'::regnamespace and relkind = 'r'"""
        ).fetchall()
    )


def test_stray_grants_show_nothing(db: Database, owner: Connection, service: Connection) -> None:
    """With every privilege on our tables a user still reads and writes no row."""
    service.execute("select public.set_cached_data('k', '1')")
    owner.execute("grant all on all tables in schema supaopt to authenticated")
    user = db.connect("authenticated", {"sub": "a0000000-0000-0000-0000-00000000000a"})
    assert [] == user.execute("select * from supaopt.entries").fetchall()
    assert 0 == user.execute("update supaopt.entries set data = '2'").rowcount
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        user.execute("insert into supaopt.log (tag) values (1)")


def test_no_view_of_ours_runs_with_owner_rights(owner: Connection) -> None:
    """Views are security_invoker, so that row-level security and grants beneath them hold."""
    assert (
        []
        == owner.execute(
            """select c.oid::regclass from pg_class as c
        where c.relkind = 'v'
        and c.relnamespace in ('public'::regnamespace, 'supaopt'::regnamespace)
        and not coalesce('security_invoker=true' = any(c.reloptions), false)"""
        ).fetchall()
    )


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize(
    "attempt",
    [
        "select public.set_cached_data('expert_sessions_stats:all', '\"pwned\"')",
        "select public.invalidate_cache_by_tags('{*}')",
        "select public.cleanup_expired_cache()",
        "select public.get_cached_data('k')",
        "select public.get_cache_entry('k')",
        "select public.get_cache_metrics()",
        "select public.get_cache_changes(null)",
        "select public.record_cache_hits('{}')",
        "select * from public.query_cache",
        "update public.query_cache set cache_data = '\"pwned\"'",
    ],
)
def test_nobody_poisons_or_flushes_the_cache(db: Database, role: str, attempt: str) -> None:
    """What an API user may not do fails, whoever signed in."""
    refusals = (
        psycopg.errors.InsufficientPrivilege,
        # A view over two tables takes no writes at all.
        psycopg.errors.ObjectNotInPrerequisiteState,
    )
    with pytest.raises(refusals):
        db.connect(role).execute(attempt.encode())
