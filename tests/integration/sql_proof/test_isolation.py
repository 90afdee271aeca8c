"""
Who may call, read and change what, as one table: ``isolation.md``, generated and compared.

SUPAOPT_WRITE_ISOLATION=1 writes the file anew; its difference is then what a reviewer reads.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from supaopt.local import LocalSupabase
    from supaopt.testing.plugin import SupabaseAs

    Connection = psycopg.Connection[tuple[Any, ...]]

TABLE = Path(__file__).with_name("isolation.md")

# One letter a thing: students A and B of tenant 1, C of tenant 2; product 1 and 2 likewise.
A, B, C, STAFF, TENANT_STAFF, ROBOT = (f"{n}0000000-0000-4000-8000-000000000000" for n in "abcdef")
TENANT_1, TENANT_2 = (f"{n}1000000-0000-4000-8000-000000000000" for n in "12")

_DATA = f"""
insert into public.clients (id, name) values ('{TENANT_1}', 'one'), ('{TENANT_2}', 'two');
insert into public.students (id, client_id)
values ('{A}', '{TENANT_1}'), ('{B}', '{TENANT_1}'), ('{C}', '{TENANT_2}');
insert into public.products (id, name, type)
values ('{TENANT_1}', 'one', 'JOB_READINESS'), ('{TENANT_2}', 'two', 'JOB_READINESS');
insert into public.client_product_assignments
values ('{TENANT_1}', '{TENANT_1}'), ('{TENANT_2}', '{TENANT_2}');
insert into public.modules (id, product_id)
values ('{TENANT_1}', '{TENANT_1}'), ('{TENANT_2}', '{TENANT_2}');
insert into public.student_module_progress (student_id, module_id)
values ('{A}', '{TENANT_1}'), ('{B}', '{TENANT_1}'), ('{C}', '{TENANT_2}');
insert into public.job_readiness_expert_sessions (id, title)
values ('{TENANT_1}', 'one'), ('{TENANT_2}', 'two');
insert into public.job_readiness_expert_session_products
values ('{TENANT_1}', '{TENANT_1}'), ('{TENANT_2}', '{TENANT_2}');
"""

_REMOVE = f"""
delete from public.students where client_id in ('{TENANT_1}', '{TENANT_2}');
delete from public.job_readiness_expert_sessions where id in ('{TENANT_1}', '{TENANT_2}');
delete from public.products where id in ('{TENANT_1}', '{TENANT_2}');
delete from public.clients where id in ('{TENANT_1}', '{TENANT_2}');
"""


def _user(sub: str, role: str, tenant: str | None = None) -> dict[str, Any]:
    claims = {"role": "authenticated", "sub": sub, "user_role": role, "client_id": tenant}
    return {name: value for name, value in claims.items() if value is not None}


# Name, Postgres role, claims.
IDENTITIES: dict[str, tuple[str, dict[str, Any]]] = {
    "anon": ("anon", {"role": "anon"}),
    "A": ("authenticated", _user(A, "student", TENANT_1)),
    "B, same tenant": ("authenticated", _user(B, "student", TENANT_1)),
    "C, other tenant": ("authenticated", _user(C, "student", TENANT_2)),
    "staff of tenant 1": ("authenticated", _user(TENANT_STAFF, "client_staff", TENANT_1)),
    "admin": ("authenticated", _user(STAFF, "admin")),
    "forged claims": ("authenticated", {"role": "service_role", "user_role": "student"}),
    "service_role": ("service_role", {"role": "service_role"}),
    "service_role with sub": ("service_role", {"role": "service_role", "sub": ROBOT}),
}
ROLES = ["anon", "authenticated", "service_role", "supabase_auth_admin"]

ANSWERS = {
    f"summary of {name}": f"select public.get_student_progress_summary_cached('{student}')"
    for name, student in {"A": A, "C": C}.items()
} | {
    "expert sessions": "select public.get_expert_sessions_with_stats_cached()",
    "performance": "select public.get_product_performance_cached()",
    "performance of tenant 2": f"select public.get_product_performance_cached('{TENANT_2}')",
    "analytics": "select public.get_cached_analytics_data() - '{cached,generated_at}'::text[]",
    "learners": "select jsonb_agg(l.id) from public.get_learners_with_progress() as l",
    "enrolled, tenant 2": f"select to_jsonb(public.check_enrollment('{TENANT_2}', '{TENANT_2}'))",
    "shared value": "select public.get_cached_data('secret')",
    "poison": "select to_jsonb(public.set_cached_data('secret', '0', '1 hour'))",
    "flush": "select to_jsonb(public.invalidate_cache_by_tags('{*}'))",
    "metrics": "select public.get_cache_metrics() -> 'log_rows' is not null",
}

_RELATIONS = """
select c.oid::regclass::text from pg_class as c
where (c.relnamespace = 'supaopt'::regnamespace and c.relkind in ('r', 'v', 'm', 'p'))
or c.oid = 'public.query_cache'::regclass
order by c.relnamespace::regnamespace::text, c.relname
"""
# No right; a view over a join; a view to truncate; an identity column.
_REFUSALS = {"42501", "55000", "42809", "428C9"}
_FUNCTIONS = """
select f.oid::regprocedure::text, case when f.prosecdef then 'owner' else 'caller' end,
    array(
        select has_function_privilege(r.name, f.oid, 'execute')
            and has_schema_privilege(r.name, f.pronamespace, 'usage')
        from unnest(%s::text[]) with ordinality as r (name, n) order by r.n
    )
from pg_proc as f
where f.pronamespace in ('supaopt'::regnamespace, 'public'::regnamespace)
and f.proname !~ '^watch_\\d+' -- generated; a test of their own names them
order by f.pronamespace::regnamespace::text, f.oid::regprocedure::text
"""


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), _row(*("---" for _ in cells))]


@pytest.fixture(name="database")
def _database(cluster: Any) -> Iterator[tuple[Connection, dict[str, Connection]]]:
    """
    A filled database: a connection of its owner, and one of each identity.
    """
    with cluster.database("lms") as name:
        with cluster.connect(name) as owner:
            owner.execute(_DATA.encode())
            connections = {}
            for identity, (role, claims) in IDENTITIES.items():
                connection = cluster.connect(name, "authenticator")
                connection.execute(f"set role {role}".encode())
                connection.execute(
                    "select set_config('request.jwt.claims', %s, false)", [json.dumps(claims)]
                )
                connections[identity] = connection
            yield owner, connections
        for connection in connections.values():
            connection.close()


def _attempt(connection: Connection, statement: str) -> Any:
    try:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    except psycopg.Error as error:
        return error.sqlstate
    return row[0] if row else cursor.rowcount


def _summary(answer: Any) -> str:
    if isinstance(answer, list):
        return f"{len(answer)} rows"
    return f"{len(answer)} fields" if isinstance(answer, dict) else json.dumps(answer).strip('"')


def _seed_shared(owner: Connection) -> None:
    owner.execute("delete from supaopt.entries")
    owner.execute("select public.set_cached_data('secret', '\"shared\"', '1 hour')")


def _kept(owner: Connection) -> str:
    rows = owner.execute(
        "select distinct case when e.scope = 'shared' then 'shared' else 'own' end"
        " from supaopt.entries as e where e.key <> 'secret' or e.data = '0'"
    ).fetchall()
    return ", kept " + " and ".join(row[0] for row in rows) if rows else ""


def _calls(owner: Connection) -> list[str]:
    lines = ["## Which role may call what", "", *_head("function", "runs as", *ROLES)]
    for name, runs_as, may in owner.execute(_FUNCTIONS, [ROLES]).fetchall():
        lines.append(_row(f"`{name}`", runs_as, *("yes" if one else "-" for one in may)))
    return lines


def _relations(owner: Connection, connections: dict[str, Connection]) -> list[str]:
    roles = {"anon": "anon", "A": "authenticated", "service_role": "service_role"}
    lines = ["## What a role reads and changes directly", "", *_head("relation", *roles.values())]
    for (name,) in owner.execute(_RELATIONS).fetchall():
        attempts = {
            "read": f"select from {name} limit 1",
            "insert": f"insert into {name} default values",
            "update": f"update {name} set {_first_column(owner, name)} = null",
            "delete": f"delete from {name}",
            "truncate": f"truncate {name}",
        }
        cells = []
        for identity in roles:
            allowed = [
                what
                for what, statement in attempts.items()
                if _attempt(connections[identity], statement) not in _REFUSALS
            ]
            cells.append(", ".join(allowed) or "-")
        lines.append(_row(f"`{name}`", *cells))
    return lines


def _first_column(owner: Connection, relation: str) -> str:
    row = owner.execute(
        "select quote_ident(a.attname) from pg_attribute as a"
        " where a.attrelid = %s::regclass and a.attnum = 1",
        [relation],
    ).fetchone()
    assert row is not None
    return str(row[0])


def _answers(owner: Connection, connections: dict[str, Connection]) -> list[str]:
    lines = ["## What each caller is answered, and where it is kept", ""]
    lines += _head("call", *IDENTITIES)
    for what, statement in ANSWERS.items():
        cells = []
        for connection in connections.values():
            _seed_shared(owner)
            answer = _summary(_attempt(connection, statement))
            cells.append(answer + _kept(owner))
        lines.append(_row(what, *cells))
    return lines


def test_the_table_of_isolation_is_as_reviewed(
    database: tuple[Connection, dict[str, Connection]],
) -> None:
    """Functions, relations and answers, for each role and identity, are those in isolation.md."""
    owner, connections = database
    text = "\n".join(
        [
            "# Who may do what",
            "",
            "Generated by test_isolation.py from a database that holds both sets. 42501 is",
            '"permission denied". "kept own" is the scope of that caller alone, "kept shared" the',
            "one that callers with the secret key share.",
            "",
            *_calls(owner),
            "",
            *_answers(owner, connections),
            "",
            *_relations(owner, connections),
            "",
        ]
    )
    if os.environ.get("SUPAOPT_WRITE_ISOLATION"):
        TABLE.write_text(text)
    assert TABLE.read_text() == text


def test_nobody_is_answered_from_another_callers_entries(
    database: tuple[Connection, dict[str, Connection]],
) -> None:
    """With the entries of all others in place, each caller gets what it gets alone."""
    owner, connections = database
    reads = {what: sql for what, sql in ANSWERS.items() if what not in {"poison", "flush"}}
    alone = {}
    for identity, connection in connections.items():
        _seed_shared(owner)
        alone[identity] = {what: _attempt(connection, sql) for what, sql in reads.items()}
    _seed_shared(owner)
    for order in (connections, dict(reversed(connections.items()))):
        among = {
            identity: {what: _attempt(connection, sql) for what, sql in reads.items()}
            for identity, connection in order.items()
        }
        assert alone == among


@pytest.fixture(name="project", scope="module")
def _project(supabase_stack: LocalSupabase) -> LocalSupabase:
    """
    The local Supabase with both sets.
    """
    from supaopt._adapters.sql import apply
    from supaopt.sql import assets, reference

    with psycopg.connect(supabase_stack.db_url, autocommit=True) as owner:
        # Other workers of the test run may share the stack.
        owner.execute("select pg_advisory_lock(8137)")
        owner.execute(reference("schema").encode())
        apply(supabase_stack.db_url, assets("core", "lms"))
    supabase_stack.reload_schema()
    return supabase_stack


@pytest.fixture(name="filled_project")
def _filled_project(project: LocalSupabase) -> Iterator[LocalSupabase]:
    """
    The same with the rows of A, B and C, which other tests do not see.
    """
    with psycopg.connect(project.db_url, autocommit=True) as owner:
        owner.execute(_DATA.encode())
        yield project
        owner.execute(_REMOVE.encode())


_REST_ATTEMPTS = {
    "get_cached_data": {"p_cache_key": "secret"},
    "get_cache_entry": {"p_cache_key": "secret"},
    "get_cache_entries": {"p_cache_keys": ["secret"]},
    "set_cached_data": {"p_cache_key": "secret", "p_cache_data": "poisoned"},
    "set_cached_entries": {"p_entries": [{"key": "secret", "data": "poisoned"}]},
    "invalidate_cache_by_tags": {"p_tags": ["*"]},
    "cleanup_expired_cache": {},
    "get_cache_metrics": {},
    "get_cache_changes": {},
    "record_cache_hits": {"p_hits": {"secret": 1}},
    "custom_access_token_hook": {"event": {"user_id": A, "claims": {}}},
    "create_user_and_profile_atomic": {"p_user_id": C, "p_role": "admin", "p_full_name": "C"},
}


@pytest.mark.parametrize("name", _REST_ATTEMPTS)
@pytest.mark.parametrize("who", ["anon", "A"])
def test_rest_refuses_what_is_not_theirs(
    who: str, name: str, project: LocalSupabase, supabase_as: SupabaseAs
) -> None:
    """Neither an anonymous nor a signed-in caller reaches a function of the server side."""
    from postgrest.exceptions import APIError

    client = supabase_as("anon" if who == "anon" else IDENTITIES[who][1])
    with pytest.raises(APIError) as refused:
        client.rpc(name, _REST_ATTEMPTS[name]).execute()
    assert refused.value.code in {"42501", "PGRST202"}


@pytest.mark.parametrize("who", ["anon", "A"])
def test_rest_shows_no_entries(who: str, project: LocalSupabase, supabase_as: SupabaseAs) -> None:
    """The view of the cache is for the secret key alone, and the private schema for nobody."""
    from postgrest.exceptions import APIError

    client = supabase_as("anon" if who == "anon" else IDENTITIES[who][1])
    with pytest.raises(APIError) as refused:
        client.table("query_cache").select("*").execute()
    assert "42501" == refused.value.code
    with pytest.raises(APIError):
        client.schema("supaopt").table("entries").select("*").execute()


def test_rest_gives_each_caller_its_own_answer(
    filled_project: LocalSupabase, supabase_as: SupabaseAs
) -> None:
    """One function, asked by A, B, C and the server: own rows, nothing, nothing, all."""

    def summary(who: str | dict[str, Any]) -> Any:
        parameters = {"p_student_id": A}
        return (
            supabase_as(who).rpc("get_student_progress_summary_cached", parameters).execute().data
        )

    for _ in range(2):
        assert A == summary(IDENTITIES["A"][1])["student_id"]
        assert summary(IDENTITIES["B, same tenant"][1]) is None
        assert summary(IDENTITIES["C, other tenant"][1]) is None
        assert A == summary("service_role")["student_id"]


def test_rest_refuses_a_token_that_somebody_else_signed(
    project: LocalSupabase, make_token: Callable[..., str]
) -> None:
    """Claims that promote their bearer are worth nothing under a foreign signature."""
    import httpx

    from supaopt.testing.tokens import SigningKey

    forged = make_token({"role": "service_role"}, key=SigningKey.es256())
    answer = httpx.post(
        f"{project.url}/rest/v1/rpc/get_cache_metrics",
        headers={"apikey": project.publishable_key, "authorization": f"Bearer {forged}"},
        json={},
    )
    assert 401 == answer.status_code
