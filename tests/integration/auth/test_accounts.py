"""
Making users on a local Supabase: complete, or not at all, whoever else is at it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import PIPE, Popen
from traceback import format_exception
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from supaopt.auth import SupabaseAuth
from supaopt.errors import (
    ConfigError,
    ConflictError,
    RequestError,
    ResponseError,
    SupaoptError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CREATING_PROCESS = Path(__file__).with_name("creating_process.py")
PASSWORD = "correct-horse-battery-staple"
NO_SUCH_CLIENT = UUID("00000000-0000-4000-8000-00000000dead")


@pytest.fixture(name="email")
def _email() -> str:
    return f"{uuid4()}@example.com"


@pytest.mark.parametrize(
    ("role", "expected"),
    [("student", ("student", True, True)), ("staff", ("staff", False, True))],
)
def test_a_made_user_signs_in_with_all_their_claims(
    accounts: Any, email: str, role: str, expected: tuple[str, bool, bool]
) -> None:
    """The user that is made can sign in, and the hook finds the profile that was made with them."""
    made = accounts.create(email=email, password=PASSWORD, role=role)

    session = accounts.wait(accounts.auth.sign_in(email=email, password=PASSWORD))
    caller = accounts.wait(accounts.auth.authenticate(session.access_token))

    claims = caller.claims
    assert (True, made.user_id) == (made.created, caller.user.id)
    assert expected == (claims.user_role, claims.is_student, claims.profile_is_active)
    assert accounts.client_id == claims.client_id


def test_a_refused_transaction_leaves_nothing(accounts: Any, email: str) -> None:
    """When the database refuses the rest there is no Auth user, and the address is free again."""
    with pytest.raises(ConflictError) as caught:
        accounts.create(email=email, password=PASSWORD, client_id=NO_SUCH_CLIENT)

    assert ("23503", []) == (caught.value.code, accounts.found(email))
    assert not hasattr(caught.value, "__notes__")
    assert accounts.create(email=email, password=PASSWORD).created


def test_a_user_who_cannot_be_taken_back_is_named(
    accounts: Any, email: str, undeletable: Callable[[str], None]
) -> None:
    """When the removal fails too, the first error is raised, and a note names who is left."""
    undeletable(email)

    with pytest.raises(ConflictError) as caught:
        accounts.create(email=email, password=PASSWORD, client_id=NO_SUCH_CLIENT)

    [(left, is_student)] = accounts.found(email)
    assert ("23503", False) == (caught.value.code, is_student)
    [note] = caught.value.__notes__
    assert str(left) in note
    assert "Database error deleting user" in note
    assert accounts.create(email=email, password=PASSWORD, user_id=left).created


@pytest.mark.parametrize("lost", ["/admin/users", "/rpc/create_user_and_profile_atomic"])
def test_a_lost_answer_makes_no_second_user(
    accounts: Any, network: Any, email: str, lost: str
) -> None:
    """Whichever answer is lost, another try with the same id completes the same user."""
    user_id = uuid4()
    auth = accounts.open(network.url)
    network.losing.append(lost)
    with pytest.raises(RequestError) as caught:
        accounts.create(auth, email=email, password=PASSWORD, user_id=user_id)

    again = accounts.create(auth, email=email, password=PASSWORD, user_id=user_id)

    assert [True] == [f"user_id={user_id}" in note for note in caught.value.__notes__]
    assert (user_id, [(user_id, True)]) == (again.user_id, accounts.found(email))
    assert accounts.wait(auth.sign_in(email=email, password=PASSWORD)).access_token


def test_a_lost_answer_of_a_removal_is_told(accounts: Any, network: Any, email: str) -> None:
    """When it is unknown whether the user was removed, the note says that they may be there."""
    user_id = uuid4()
    auth = accounts.open(network.url)
    network.losing.append(f"/admin/users/{user_id}")

    with pytest.raises(ConflictError) as caught:
        accounts.create(auth, email=email, user_id=user_id, client_id=NO_SUCH_CLIENT)

    assert [True] == [f"{user_id} may" in note for note in caught.value.__notes__]


def test_of_many_at_once_one_gets_the_address(accounts: Any, email: str) -> None:
    """Of callers that want one address together one wins, and no other touches the winner."""
    wanted = {"email": email, "password": PASSWORD}

    results = accounts.create_all([wanted] * 6)

    lost = [result for result in results if isinstance(result, ConflictError)]
    [won] = [result.user_id for result in results if result not in lost]
    assert [(won, True)] == accounts.found(email)
    assert ["email_exists"] * 5 == [conflict.code for conflict in lost]
    assert accounts.wait(accounts.auth.sign_in(email=email, password=PASSWORD)).access_token


def test_of_many_with_one_id_all_complete_one_user(accounts: Any, email: str) -> None:
    """A job that is delivered several times at once makes one user, and every copy succeeds."""
    wanted = {"email": email, "password": PASSWORD, "user_id": uuid4()}

    results = accounts.create_all([wanted] * 4)

    assert [wanted["user_id"]] * 4 == [result.user_id for result in results]
    assert [False, False, False, True] == sorted(result.created for result in results)
    assert [(wanted["user_id"], True)] == accounts.found(email)


def test_somebody_elses_address_is_left_alone(accounts: Any, email: str) -> None:
    """Whoever comes second learns that the address is taken, even with rows that are refused."""
    first = accounts.create(email=email, password=PASSWORD)

    with pytest.raises(ConflictError, match="already been registered"):
        accounts.create(email=email.upper(), password="another", client_id=NO_SUCH_CLIENT)

    assert [(first.user_id, True)] == accounts.found(email)


def test_somebody_elses_id_is_left_alone(accounts: Any, email: str) -> None:
    """An id that a user with another address has is refused, and that user stays as they are."""
    first = accounts.create(email=email, password=PASSWORD)

    with pytest.raises(ConflictError, match=str(first.user_id)):
        accounts.create(email=f"new-{email}", password=PASSWORD, user_id=first.user_id)

    assert ([(first.user_id, True)], []) == (accounts.found(email), accounts.found(f"new-{email}"))


def test_a_weak_password_makes_nobody(accounts: Any, email: str) -> None:
    """Supabase Auth judges the password before there is a user."""
    with pytest.raises(ResponseError, match="at least 6 characters") as caught:
        accounts.create(email=email, password="short")
    assert (422, "weak_password") == (caught.value.status, caught.value.code)
    assert [] == accounts.found(email)


@pytest.mark.parametrize(
    ("key", "refused", "words"),
    [
        (None, ConfigError, "SUPABASE_SECRET_KEY"),
        ("sb_secret_of_another_project", ResponseError, "Invalid API key"),
    ],
)
def test_without_the_secret_key_nobody_is_made(
    accounts: Any, email: str, key: str | None, refused: type[SupaoptError], words: str
) -> None:
    """An object without the project's own secret key is refused."""
    auth = accounts.open(accounts.stack.url, secret_key=key)
    with pytest.raises(refused, match=words):
        accounts.create(auth, email=email, password=PASSWORD)
    assert [] == accounts.found(email)


def test_no_password_is_told(
    accounts: Any,
    email: str,
    undeletable: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Errors, their notes and causes, and the logs of client and servers hold no password."""
    caplog.set_level("DEBUG")
    secret = f"s3cret-{uuid4()}"
    undeletable(f"kept-{email}")
    refused: list[dict[str, Any]] = [
        {"email": email, "client_id": NO_SUCH_CLIENT},
        {"email": f"kept-{email}", "client_id": NO_SUCH_CLIENT},
        {"email": f"kept-{email}"},
        {"email": "no address"},
        {"email": f"long-{email}", "password": secret * 3},
    ]
    told: list[str] = []
    for wanted in refused:
        with pytest.raises(SupaoptError) as caught:
            accounts.create(**{"password": secret} | wanted)
        told += [*format_exception(caught.value), repr(caught.value), repr(vars(caught.value))]
    logs = [path.read_text() for path in accounts.stack.state_dir.glob("*.log")]
    assert [False] * 2 == [secret in "".join(texts) for texts in (told, [*logs, caplog.text])]


@pytest.mark.slow
@pytest.mark.parametrize("accounts", [SupabaseAuth], ids=["sync"], indirect=True)
def test_processes_get_the_address_once(accounts: Any, email: str) -> None:
    """Of processes that want one address one wins, as among threads and tasks."""
    stack = accounts.stack
    keys = (stack.url, stack.publishable_key, stack.secret_key)
    wanted = (email, PASSWORD, str(accounts.client_id))
    command = [sys.executable, str(CREATING_PROCESS), *keys, *wanted]
    processes = [Popen(command, stdout=PIPE, text=True) for _ in range(3)]
    results = [process.communicate()[0].strip() for process in processes]
    [winner] = [result for result in results if not result.startswith("conflict")]
    assert ["conflict email_exists"] * 2 == [result for result in results if result != winner]
    assert [(UUID(winner), True)] == accounts.found(email)
