"""
Cached functions: whose answers they keep, and what ends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

ALICE = {"sub": "a0000000-0000-0000-0000-00000000000a"}
BOB = {"sub": "b0000000-0000-0000-0000-00000000000b"}

CACHED = """
create function public.notes_cached(p_max_age interval default null) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
    v_kind constant text := supaopt.caller_kind();
    v_lease pg_snapshot;
    v_answer jsonb;
begin
    if v_kind = 'user' then
        v_answer := supaopt.lookup_user('notes_cached', '{}', p_max_age);
    elsif v_kind = 'shared' then
        v_answer := supaopt.lookup_shared('notes_cached', '{}', p_max_age);
    end if;
    if v_answer is not null then
        return v_answer;
    end if;
    v_lease := supaopt.local_lease();
    select coalesce(jsonb_agg(n.id order by n.id), '[]') into v_answer from public.notes as n;
    if v_kind = 'user' then
        perform supaopt.store_user('notes_cached', '{}', v_answer, v_lease);
    elsif v_kind = 'shared' then
        perform supaopt.store_shared('notes_cached', '{}', v_answer, v_lease);
    end if;
    return v_answer;
end
$$;
"""

SETUP = f"""
create table public.notes (id int primary key, owner uuid, team int, body text);
create table public.members (team int, member uuid, primary key (team, member));
alter table public.notes enable row level security;
alter table public.members enable row level security;
create policy own on public.notes for select to authenticated using (
    owner = (select auth.uid())
    or team in (select m.team from public.members as m where m.member = (select auth.uid()))
);
create policy own on public.members for select to authenticated using (
    member = (select auth.uid())
);
insert into public.notes values
    (1, 'a0000000-0000-0000-0000-00000000000a', null, 'of alice'),
    (2, 'b0000000-0000-0000-0000-00000000000b', null, 'of bob'),
    (3, null, 7, 'of the team');
insert into public.members values (7, 'b0000000-0000-0000-0000-00000000000b');

{CACHED}
select supaopt.watch_table('public.notes', array['notes']);
select supaopt.watch_table('public.members', array['members']);
select supaopt.cache_function('notes_cached', '1 hour', '{{"public.notes": []}}');
"""

CALL = "select public.notes_cached()"
SCOPES = "select count(*) from supaopt.entries where scope <> 'shared'"


@pytest.fixture(name="notes", autouse=True)
def _notes(owner: Connection) -> None:
    owner.execute(SETUP.encode())


@pytest.fixture(name="alice")
def _alice(db: Database) -> Connection:
    return db.connect("authenticated", ALICE)


@pytest.fixture(name="bob")
def _bob(db: Database) -> Connection:
    return db.connect("authenticated", BOB)


def test_each_caller_gets_its_own_answer(
    alice: Connection, bob: Connection, service: Connection, one: One
) -> None:
    """Row-level security holds through the cache, whoever filled it first."""
    for _ in range(2):
        assert ([1], [2, 3], [1, 2, 3]) == (
            one(alice, CALL),
            one(bob, CALL),
            one(service, CALL),
        )


def test_the_second_call_is_served_from_the_cache(
    alice: Connection, owner: Connection, one: One
) -> None:
    """An answer that is kept is served."""
    one(alice, CALL)
    owner.execute("""update supaopt.entries set data = '"from the cache"'""")
    assert "from the cache" == one(alice, CALL)


def test_a_changed_claim_starts_a_new_scope(
    db: Database, owner: Connection, alice: Connection, one: One
) -> None:
    """A token with another role or tenant is not served what the earlier one saw."""
    one(alice, CALL)
    one(db.connect("authenticated", ALICE | {"user_role": "admin"}), CALL)
    assert 2 == one(owner, SCOPES)


def test_a_renewed_token_keeps_its_scope(db: Database, owner: Connection, one: One) -> None:
    """Issue and expiry times are no part of the identity."""
    for at in (1, 2):
        claims = ALICE | {"iat": at, "exp": at, "nbf": at, "jti": str(at)}
        one(db.connect("authenticated", claims), CALL)
    assert 1 == one(owner, SCOPES)


def test_a_project_may_name_the_claims_that_count(
    db: Database, owner: Connection, one: One
) -> None:
    """With an allow-list sessions of one user share a scope; the subject always counts."""
    owner.execute("update supaopt.settings set scope_claims = array['tenant']")
    for claims in (
        ALICE | {"session_id": "1", "tenant": "x"},
        ALICE | {"session_id": "2", "tenant": "x"},
        ALICE | {"session_id": "2", "tenant": "y"},
        BOB | {"session_id": "2", "tenant": "y"},
    ):
        one(db.connect("authenticated", claims), CALL)
    assert 3 == one(owner, SCOPES)


@pytest.mark.parametrize(
    ("role", "claims"),
    [("authenticated", {}), ("service_role", ALICE), ("postgres", None)],
    ids=["no subject", "service_role with a subject", "owner"],
)
def test_anybody_else_gets_it_computed(
    db: Database, owner: Connection, one: One, role: str, claims: dict[str, Any] | None
) -> None:
    """Callers whose rights the cache cannot name are never served from it, and fill nothing."""
    one(db.connect(role, claims), CALL)
    assert 0 == one(owner, "select count(*) from supaopt.entries")


def test_a_definer_wrapper_fills_no_users_scope(
    alice: Connection, owner: Connection, one: One
) -> None:
    """Rows that a security definer wrapper sees unfiltered do not land in the caller's scope."""
    owner.execute(
        """create function public.count_notes() returns int language sql volatile security definer
        set search_path = '' as $$ select jsonb_array_length(public.notes_cached()) $$"""
    )
    assert 3 == one(alice, "select public.count_notes()")
    assert [1] == one(alice, CALL)


def test_the_defence_against_wrappers_is_current_user(
    alice: Connection, owner: Connection, one: One
) -> None:
    """The same wrapper around a function that trusts the setting "role" does poison the caller."""
    owner.execute(
        """create or replace function supaopt.caller_kind() returns text language sql stable
        set search_path = '' as $$
            select case when current_setting('role') = 'authenticated' then 'user' end
        $$"""
    )
    owner.execute(
        """create function public.count_notes() returns int language sql volatile security definer
        set search_path = '' as $$ select jsonb_array_length(public.notes_cached()) $$"""
    )
    one(alice, "select public.count_notes()")
    assert [1, 2, 3] == one(alice, CALL)


def test_forged_claims_stay_in_the_forgers_scope(
    db: Database, service: Connection, one: One
) -> None:
    """A user who sets the role claim to service_role is no service_role."""
    forger = db.connect("authenticated", ALICE | {"role": "service_role"})
    assert [1] == one(forger, CALL)
    assert [1, 2, 3] == one(service, CALL)


def test_a_user_cannot_reach_what_takes_a_scope(alice: Connection) -> None:
    """Nothing that an API role may run takes a scope, reads or fills the shared one."""
    for call in (
        "select supaopt.lookup_shared('notes_cached', '{}', null)",
        "select supaopt.store_shared('notes_cached', '{}', '[]', pg_current_snapshot())",
        "select supaopt.put_entry('shared', 'k', '[]', '1 hour', '{t}', pg_current_snapshot())",
        "select supaopt.live_entry('shared', 'k', null)",
        "select * from supaopt.entries",
        "insert into supaopt.log (tag) values (1)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            alice.execute(call.encode())


def test_a_user_cannot_poison_another(
    alice: Connection, bob: Connection, owner: Connection, one: One
) -> None:
    """With SQL at hand, a user changes what that user reads, and nobody else's answers."""
    one(bob, CALL)
    alice.execute(
        """select supaopt.store_user('notes_cached', '{}', '["lie"]', pg_current_snapshot())"""
    )
    assert ["lie"] == one(alice, CALL)
    assert [2, 3] == one(bob, CALL)
    assert [1, 2, 3] == one(owner, CALL)


def test_a_membership_removed_ends_the_answer(bob: Connection, owner: Connection, one: One) -> None:
    """A table that a policy reads is a dependency, though the function never names it."""
    assert [2, 3] == one(bob, CALL)
    owner.execute("delete from public.members")
    assert [2] == one(bob, CALL)


def test_nothing_is_kept_while_a_policys_table_is_not_watched(
    bob: Connection, owner: Connection, one: One
) -> None:
    """A user's answer that nobody could end in time is not kept."""
    owner.execute("select supaopt.unwatch_table('public.members')")
    assert [2, 3] == one(bob, CALL)
    assert 0 == one(owner, SCOPES)


@pytest.mark.parametrize(
    "unwatch",
    [
        "select supaopt.unwatch_table('public.notes')",
        "alter table public.notes disable trigger supaopt_watch_delete",
        "drop trigger supaopt_watch_truncate on public.notes",
    ],
)
def test_nothing_is_kept_while_a_base_table_is_not_watched(
    service: Connection, owner: Connection, one: One, unwatch: str
) -> None:
    """A table whose triggers are gone or off makes the answer uncacheable, not stale."""
    owner.execute(unwatch.encode())
    assert [1, 2, 3] == one(service, CALL)
    assert 0 == one(owner, "select count(*) from supaopt.entries")


HIDDEN = """
create function public.my_teams() returns setof int language plpgsql stable security definer
set search_path = '' as $$
begin
    return query select m.team from public.members as m where m.member = auth.uid();
end
$$;
drop policy own on public.notes;
create policy own on public.notes for select to authenticated using (
    team in (select public.my_teams())
);
select supaopt.flush();
"""


def test_a_policy_that_calls_an_opaque_function_is_not_kept(
    bob: Connection, owner: Connection, one: One
) -> None:
    """The catalogue does not tell what a function kept as a string reads."""
    owner.execute(HIDDEN.encode())
    assert [3] == one(bob, CALL)
    assert 0 == one(owner, SCOPES)


def test_an_opaque_function_can_be_seen_through(
    bob: Connection, owner: Connection, one: One
) -> None:
    """Once its owner says what it reads, answers are kept and end with those tables."""
    owner.execute(HIDDEN.encode())
    owner.execute(
        "select supaopt.see_through_function("
        "'public.my_teams()', array['public.members'::regclass])"
    )
    assert [3] == one(bob, CALL)
    assert 1 == one(owner, SCOPES)
    owner.execute("delete from public.members")
    assert [] == one(bob, CALL)


def test_a_function_with_a_bound_body_needs_no_help(
    bob: Connection, owner: Connection, one: One
) -> None:
    """A begin-atomic function's tables are found in the catalogue."""
    owner.execute(
        HIDDEN.replace("language plpgsql", "language sql")
        .replace("as $$\nbegin\n    return query", "begin atomic\n   ")
        .replace("end\n$$;", "end;")
        .encode()
    )
    assert [3] == one(bob, CALL)
    assert 1 == one(owner, SCOPES)
    owner.execute("delete from public.members")
    assert [] == one(bob, CALL)


def test_a_policy_through_a_view_depends_on_its_tables(
    bob: Connection, owner: Connection, one: One
) -> None:
    """A view in a policy is looked through."""
    owner.execute(
        """create view public.memberships as select * from public.members;
        drop policy own on public.notes;
        create policy own on public.notes for select to authenticated using (
            team in (select m.team from public.memberships as m where m.member = auth.uid())
        )"""
    )
    assert [3] == one(bob, CALL)
    owner.execute("delete from public.members")
    assert [] == one(bob, CALL)


@pytest.mark.parametrize(
    "condition",
    [
        "current_setting('request.headers', true) is null",
        "now() > '2000-01-01'",
        "current_date > '2000-01-01'",
        "localtimestamp > '2000-01-01'",
        "exists (select from public.open_now)",
        "public.is_open()",
    ],
)
def test_a_policy_on_more_than_rows_and_token_is_not_kept(
    bob: Connection, owner: Connection, one: One, condition: str
) -> None:
    """A header or the clock, in the policy, a view or a bound function, ends no entry."""
    owner.execute(
        """create view public.open_now as select from public.members where now() > '2000-01-01';
        create function public.is_open() returns boolean language sql stable
        begin atomic
            select clock_timestamp() > '2000-01-01';
        end;
        drop policy own on public.notes"""
    )
    owner.execute(f"create policy own on public.notes for select using ({condition})".encode())
    one(bob, CALL)
    assert 0 == one(owner, SCOPES)


def test_a_policy_on_the_tokens_setting_is_kept(
    bob: Connection, owner: Connection, one: One
) -> None:
    """The token is part of the scope, however a policy reads it."""
    owner.execute(
        """drop policy own on public.notes;
        create policy own on public.notes for select to authenticated using (
            owner::text = current_setting('request.jwt.claims', true)::json ->> 'sub'
        )"""
    )
    assert [2] == one(bob, CALL)
    assert 1 == one(owner, SCOPES)


def test_a_tightened_policy_needs_a_flush(bob: Connection, owner: Connection, one: One) -> None:
    """DDL writes no log row; flush at the end of a migration does."""
    assert [2, 3] == one(bob, CALL)
    owner.execute(
        """drop policy own on public.notes;
        create policy own on public.notes for select to authenticated using (false);
        select supaopt.flush()"""
    )
    assert [] == one(bob, CALL)


def test_two_cached_functions_in_one_transaction_are_both_kept(
    alice: Connection, owner: Connection, one: One
) -> None:
    """The xid that the first store takes does not keep the second from storing."""
    owner.execute(CACHED.replace("notes_cached", "again_cached").encode())
    owner.execute(
        """select supaopt.cache_function('again_cached', '1 hour', '{"public.notes": []}')"""
    )
    with alice.transaction():
        one(alice, CALL)
        one(alice, "select public.again_cached()")
    assert 2 == one(owner, SCOPES)


def test_a_write_after_the_answer_in_one_transaction_ends_it(
    db: Database, service: Connection, one: One
) -> None:
    """A lease that stays in the call counts the transaction's own later writes as unseen."""
    writer = db.connect("service_role")
    with writer.transaction():
        writer.execute("select pg_current_xact_id()")
        db.connect("service_role").execute("select pg_current_xact_id()")
        assert [1, 2, 3] == one(writer, CALL)
        writer.execute("delete from public.notes where id = 3")
    assert [1, 2] == one(service, CALL)


def test_an_answer_computed_after_an_own_write_is_not_kept(
    service: Connection, owner: Connection, one: One
) -> None:
    """A value that rests on writes of its own transaction might be rolled back with them."""
    with service.transaction():
        service.execute("delete from public.notes where id = 3")
        assert [1, 2] == one(service, CALL)
    assert 0 == one(owner, "select count(*) from supaopt.entries")


@pytest.mark.parametrize("mode", ["read only", "isolation level repeatable read"])
def test_transactions_that_cannot_store_still_answer(
    alice: Connection, owner: Connection, one: One, mode: str
) -> None:
    """In a read-only or REPEATABLE READ transaction the answer is computed and not kept."""
    alice.execute(f"begin {mode}".encode())
    assert [1] == one(alice, CALL)
    alice.execute("commit")
    assert 0 == one(owner, SCOPES)


def test_callers_choose_the_age_and_never_the_lifetime(
    service: Connection, owner: Connection, one: One
) -> None:
    """The lifetime of a shared answer is what the server declared."""
    one(service, "select public.notes_cached('50 years')")
    assert "01:00:00" == one(
        owner,
        "select date_trunc('minute', expires_at - stored_at + '1 s')::text from supaopt.entries",
    )


SHADOWS = ("text", "jsonb", "uuid", "xid8", "xid", "pg_snapshot", "regclass", "regprocedure", "oid")


def test_temporary_types_cannot_shadow_ours(db: Database, alice: Connection, one: One) -> None:
    """A user's temporary type named like a built-in one runs no code as the owner."""
    attacker = db.connect("authenticated", ALICE)
    for name in SHADOWS:
        attacker.execute(f"create domain pg_temp.{name} as pg_catalog.int4 check (false)".encode())
    attacker.execute("create temp table entries (x int)")
    assert one(
        attacker,
        """select supaopt.store_user('notes_cached', '{}', '["mine"]', supaopt.local_lease())""",
    )
    look_up = "select supaopt.lookup_user('notes_cached', '{}', null)"
    assert [["mine"], ["mine"]] == [one(attacker, look_up), one(alice, CALL)]
