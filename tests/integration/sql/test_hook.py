"""
The access token hook, called as Supabase Auth calls it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]
    Ids = dict[str, str]

HOOK = "select public.custom_access_token_hook(%s)"
NEW = "00000000-0000-0000-0000-0000000000ff"
NOBODY = {"profile_is_active": False, "is_student": False}


@pytest.fixture(name="auth_admin")
def _auth_admin(db: Database) -> Connection:
    connection = db.connect("supabase_auth_admin")
    connection.execute("set statement_timeout = '2s'")
    return connection


def claims(auth_admin: Connection, one: One, user: str, **before: Any) -> dict[str, Any]:
    """Return what the hook adds to a token's claims."""
    sent = {"aud": "authenticated", "role": "authenticated"}
    event = {"user_id": user, "claims": sent | before, "authentication_method": "password"}
    answer = one(auth_admin, HOOK, Jsonb(event))
    assert "password" == answer["authentication_method"], "the event comes back whole"
    assert sent == {name: answer["claims"].pop(name) for name in sent}
    found: dict[str, Any] = answer["claims"]
    return found


def test_an_administrator(auth_admin: Connection, lms: Ids, one: One) -> None:
    """A profile without client has a role and no tenant."""
    assert {"user_role": "admin", "profile_is_active": True, "is_student": False} == claims(
        auth_admin, one, lms["admin"]
    )


@pytest.mark.parametrize(
    ("stored", "claimed"),
    [
        ("Admin", "admin"),
        ("ADMIN", "admin"),
        (" staff ", "staff"),
        ("Client Staff", "client_staff"),
        ("client_staff", "client_staff"),
        ("Viewer", "viewer"),
    ],
)
def test_roles_are_spelled_one_way(
    auth_admin: Connection, owner: Connection, lms: Ids, one: One, *, stored: str, claimed: str
) -> None:
    """Routes ask for lower-case words, however the table spells them."""
    owner.execute("update public.profiles set role = %s", [stored])
    assert claimed == claims(auth_admin, one, lms["staff"])["user_role"]


def test_client_staff_has_a_tenant(auth_admin: Connection, lms: Ids, one: One) -> None:
    """Staff of a client can sign in, and carries its client."""
    assert {
        "user_role": "client_staff",
        "client_id": lms["c1"],
        "profile_is_active": True,
        "is_student": False,
    } == claims(auth_admin, one, lms["staff"])


def test_a_student(auth_admin: Connection, owner: Connection, lms: Ids, one: One) -> None:
    """A student has the client and standing of the students table."""
    owner.execute(
        "update public.students set job_readiness_star_level = 'TWO', job_readiness_tier = 'GOLD'"
    )
    assert {
        "user_role": "student",
        "client_id": lms["c1"],
        "profile_is_active": True,
        "is_student": True,
        "job_readiness_star_level": "TWO",
        "job_readiness_tier": "GOLD",
    } == claims(auth_admin, one, lms["alice"])


def test_an_unknown_user_is_nobody(auth_admin: Connection, lms: Ids, one: One) -> None:
    """A user with neither profile nor student row has no role and is not active."""
    assert NOBODY == claims(auth_admin, one, NEW)


@pytest.mark.parametrize(
    ("table", "name"), [("profiles", "admin"), ("profiles", "staff"), ("students", "alice")]
)
def test_the_deactivated_are_not_active(
    auth_admin: Connection, owner: Connection, lms: Ids, one: One, *, table: str, name: str
) -> None:
    """is_active false is said as it is."""
    owner.execute(f"update public.{table} set is_active = false".encode())
    assert claims(auth_admin, one, lms[name])["profile_is_active"] is False


def test_a_profile_goes_before_a_student_row(
    auth_admin: Connection, owner: Connection, lms: Ids, one: One
) -> None:
    """An administrator who also learns gets no client from the student row."""
    owner.execute(
        "insert into public.students (id, client_id) values (%s, %s)", [lms["admin"], lms["c2"]]
    )
    assert {"user_role": "admin", "profile_is_active": True, "is_student": False} == claims(
        auth_admin, one, lms["admin"]
    )


def test_a_profile_without_role_has_none(
    auth_admin: Connection, owner: Connection, lms: Ids, one: One
) -> None:
    """No role is no role, not the least one."""
    owner.execute("update public.profiles set role = null, is_active = null")
    assert NOBODY == claims(auth_admin, one, lms["admin"])


def test_what_an_earlier_token_said_does_not_stay(
    auth_admin: Connection, lms: Ids, one: One
) -> None:
    """Claims of ours in the event are replaced, also by absence."""
    assert NOBODY == claims(auth_admin, one, NEW, user_role="admin", client_id=lms["c1"])


def test_an_enum_role_works(auth_admin: Connection, owner: Connection, lms: Ids, one: One) -> None:
    """A project may keep roles in an enum."""
    owner.execute(
        """create type public.user_role as enum ('Admin', 'Client Staff');
        alter table public.profiles alter column role type public.user_role
        using role::public.user_role"""
    )
    assert "client_staff" == claims(auth_admin, one, lms["staff"])["user_role"]


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_api_roles_may_not_call_it(db: Database, role: str) -> None:
    """Nobody mints claims through the API."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.connect(role).execute("select public.custom_access_token_hook('{}')")


def test_the_self_test_passes(service: Connection, one: One) -> None:
    """As installed nothing is missing."""
    assert "" == one(service, "select public.check_access_token_hook()::text")


@pytest.mark.parametrize(
    ("break_it", "missing"),
    [
        (
            "drop policy supabase_auth_admin_reads on public.profiles",
            r"a policy .* public\.profiles",
        ),
        (
            "drop policy supabase_auth_admin_reads on public.students",
            r"a policy .* public\.students",
        ),
        (
            "alter policy supabase_auth_admin_reads on public.profiles using (is_active)",
            r"a policy .* public\.profiles",
        ),
        (
            "revoke select (role) on public.profiles from supabase_auth_admin",
            r"select \(role\) on public\.profiles",
        ),
        (
            "revoke execute on function public.custom_access_token_hook from supabase_auth_admin",
            r"execute on public\.custom_access_token_hook",
        ),
    ],
)
def test_the_self_test_fails_loudly(
    service: Connection, owner: Connection, break_it: str, missing: str
) -> None:
    """A missing grant or policy is named, instead of an administrator becoming nobody."""
    owner.execute(break_it.encode())
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match=missing):
        service.execute("select public.check_access_token_hook()")


def test_without_its_policy_the_hook_turns_an_admin_into_nobody(
    auth_admin: Connection, owner: Connection, lms: Ids, one: One
) -> None:
    """Why the self-test exists; and even then nobody gains anything."""
    owner.execute("drop policy supabase_auth_admin_reads on public.profiles")
    assert NOBODY == claims(auth_admin, one, lms["admin"])
