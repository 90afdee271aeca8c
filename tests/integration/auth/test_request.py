"""
From a sign-in at Supabase Auth to rows under row-level security, on a real project.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from supabase import Client

from supaopt.auth import AsyncSupabaseAuth, CustomJWTClaims, SupabaseAuth, active, any_of, tenant
from supaopt.errors import ForbiddenError, TokenInvalidError
from supaopt.local import LocalSupabase
from supaopt.testing._clients import client

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in, and the client they belong to."""

    id: str
    client_id: str | None
    token: str


@pytest.fixture(name="project_auth", scope="module")
def _project_auth(lms_stack: LocalSupabase) -> Iterator[SupabaseAuth[CustomJWTClaims]]:
    with SupabaseAuth(
        lms_stack.url, publishable_key=lms_stack.publishable_key, claims=CustomJWTClaims
    ) as auth:
        auth.hydrate()
        yield auth


@pytest.fixture(name="sign_in", scope="module")
def _sign_in(lms_stack: LocalSupabase) -> Iterator[Callable[[str, str], Person]]:
    """Makes a person of a kind, as the platform stores it, and signs them in with supabase-py."""
    with client(lms_stack.url, lms_stack.publishable_key) as anonymous:

        def sign_in(kind: str, role: str) -> Person:
            email = f"{uuid4()}@example.com"
            made = anonymous.auth.sign_up({"email": email, "password": PASSWORD})
            assert made.user is not None
            client_id = _enrol(lms_stack.db_url, kind, role, made.user.id)
            return Person(made.user.id, client_id, _token(anonymous, email))

        yield sign_in


def _enrol(db_url: str, kind: str, role: str, user_id: str) -> str | None:
    with psycopg.connect(db_url) as connection:
        row = connection.execute("select id::text from public.clients order by id limit 1")
        (client_id,) = row.fetchone() or (None,)
        if kind == "profile":
            connection.execute(
                "insert into public.profiles (id, full_name, role) values (%s, 'Ada', %s)",
                (user_id, role),
            )
            return None
        if kind == "student":
            connection.execute(
                "insert into public.students (id, full_name, client_id) values (%s, 'Bo', %s)",
                (user_id, client_id),
            )
            return str(client_id)
    return None


def _token(anonymous: Client, email: str) -> str:
    session = anonymous.auth.sign_in_with_password({"email": email, "password": PASSWORD}).session
    assert session is not None
    return session.access_token


def _request(person: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {person.token}"}


def test_the_hooks_claims_arrive(project_auth: Any, sign_in: Callable[[str, str], Person]) -> None:
    """A student who signs in carries role, tenant and activity in the token."""
    student = sign_in("student", "")
    caller = project_auth.authenticate_request(_request(student), active())
    assert (student.id, "student", student.client_id, True) == (
        str(caller.user.id),
        caller.claims.user_role,
        str(caller.claims.client_id),
        caller.claims.is_student,
    )
    caller.require(tenant(caller.claims.client_id))


def test_a_student_is_no_admin(project_auth: Any, sign_in: Callable[[str, str], Person]) -> None:
    """A student gets 403 where an administrator passes."""
    project_auth.authenticate_request(_request(sign_in("profile", "Admin")), any_of("admin"))
    with pytest.raises(ForbiddenError):
        project_auth.authenticate_request(_request(sign_in("student", "")), any_of("admin"))


def test_a_stranger_may_do_nothing(
    project_auth: Any, sign_in: Callable[[str, str], Person]
) -> None:
    """A user with neither profile nor student row is known, has no role and is not active."""
    request = _request(sign_in("nobody", ""))
    assert project_auth.authenticate_request(request).claims.user_role is None
    with pytest.raises(ForbiddenError):
        project_auth.authenticate_request(request, active())


def test_rows_are_the_callers_own(project_auth: Any, sign_in: Callable[[str, str], Person]) -> None:
    """Through the caller's client a student sees one student, an administrator all of them."""
    student, admin = sign_in("student", ""), sign_in("profile", "Admin")
    seen = [
        project_auth.authenticate_request(_request(person))
        .client.table("students")
        .select("id")
        .execute()
        .data
        for person in (student, admin)
    ]
    assert [{"id": student.id}] == seen[0]
    assert len(seen[1]) > 1


def test_async_callers_at_once_see_their_own_rows(
    lms_stack: LocalSupabase, sign_in: Callable[[str, str], Person]
) -> None:
    """Students who ask at the same moment over one pool each get their own row."""
    students = [sign_in("student", "") for _ in range(5)]

    async def main() -> list[Any]:
        async with AsyncSupabaseAuth(
            lms_stack.url, publishable_key=lms_stack.publishable_key, claims=CustomJWTClaims
        ) as auth:

            async def rows(person: Person) -> Any:
                caller = await auth.authenticate_request(_request(person))
                return (await caller.client.table("students").select("id").execute()).data

            return await asyncio.gather(*(rows(person) for person in students * 4))

    assert [[{"id": person.id}] for person in students * 4] == asyncio.run(main())


@pytest.mark.parametrize("key", ["publishable_key", "secret_key", "anon_key", "service_role_key"])
def test_no_api_key_is_a_user(key: str, project_auth: Any, lms_stack: LocalSupabase) -> None:
    """The project's own API keys, sent as a user's token, are refused."""
    with pytest.raises(TokenInvalidError):
        project_auth.authenticate_request({"authorization": f"Bearer {getattr(lms_stack, key)}"})
