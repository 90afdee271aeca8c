"""
Tests that Auth's admin API makes, shows, changes and removes users as Supabase Auth does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from supabase import AuthApiError, AuthError, AuthWeakPasswordError

from supaopt.testing._clients import async_client, client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "correct horse battery"
USERS = "/auth/v1/admin/users"


@pytest.fixture(name="call", params=["sync", "async"])
def _call(request: pytest.FixtureRequest, api: Any) -> Iterator[Callable[..., Any]]:
    """Calls a method of supabase-py's `auth.admin`, of either colour, with the secret key."""
    stack = api.stack
    if request.param == "async":
        admin: Any = async_client(stack.url, stack.secret_key).auth.admin
        yield lambda name, *args, **options: asyncio.run(getattr(admin, name)(*args, **options))
        return
    with client(stack.url, stack.secret_key) as service:
        admin = service.auth.admin
        yield lambda name, *args, **options: getattr(admin, name)(*args, **options)


@pytest.fixture(name="email")
def _email() -> str:
    return f"{uuid4()}@example.com"


@pytest.fixture(name="user")
def _user(call: Callable[..., Any], email: str) -> Any:
    """A confirmed user who can sign in."""
    wanted = {"email": email, "password": PASSWORD, "email_confirm": True}
    return call("create_user", wanted).user


@pytest.fixture(name="sign_in")
def _sign_in(api: Any) -> Callable[..., Any]:
    def sign_in(email: str, password: str = PASSWORD) -> Any:
        body = {"email": email, "password": password}
        return api.call("POST", "/auth/v1/token?grant_type=password", json=body)

    return sign_in


@pytest.fixture(name="as_admin")
def _as_admin(api: Any) -> Callable[..., Any]:
    """Sends a plain request with the secret key."""
    return lambda method, path, **options: api.call(
        method, path, key=api.stack.secret_key, **options
    )


def test_a_made_user_is_all_that_was_asked_for(call: Callable[..., Any], email: str) -> None:
    """
    Addresses are normalised, metadata kept, and each address has an identity.
    """
    wanted: dict[str, Any] = {
        "email": email.upper(),
        "phone": f"+49 {uuid4().int % 10**11:011d}",
        "email_confirm": True,
        "user_metadata": {"name": "Ada"},
        "app_metadata": {"plan": "pro"},
    }

    user = call("create_user", wanted).user

    assert (email, wanted["phone"][1:].replace(" ", "")) == (user.email, user.phone)
    assert {"name": "Ada", "email_verified": True} == user.user_metadata
    assert {"plan": "pro", "provider": "email", "providers": ["email", "phone"]} == (
        user.app_metadata
    )
    assert ["email", "phone"] == [identity.provider for identity in user.identities]
    assert [True, False] == [user.email_confirmed_at is not None, user.is_anonymous]


def test_a_made_user_signs_in(user: Any, sign_in: Callable[..., Any]) -> None:
    """
    The password that an admin set is the user's.
    """
    assert user.id == sign_in(user.email).json()["user"]["id"]


def test_an_unconfirmed_user_does_not_sign_in(
    call: Callable[..., Any], email: str, sign_in: Callable[..., Any]
) -> None:
    """
    Without email_confirm the address is not proven yet.
    """
    call("create_user", {"email": email, "password": PASSWORD})

    response = sign_in(email)

    assert (400, "email_not_confirmed") == (response.status_code, response.json()["error_code"])


def test_a_caller_may_choose_the_id(call: Callable[..., Any], email: str) -> None:
    """
    The id of a new user may be given.
    """
    user_id = str(uuid4())
    assert user_id == call("create_user", {"id": user_id, "email": email}).user.id


def test_an_id_is_not_given_twice(call: Callable[..., Any], user: Any) -> None:
    """
    A second user with an id of somebody's fails in the database, and the first is untouched.
    """
    with pytest.raises(AuthApiError, match="Database error creating new user") as caught:
        call("create_user", {"id": user.id, "email": f"other-{user.email}"})

    assert (500, "unexpected_failure") == (caught.value.status, caught.value.code)
    assert user.email == call("get_user_by_id", user.id).user.email


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"email": "{taken}"}, 422, "email_exists"),
        ({"email": "{new}", "phone": "491701111111"}, 422, "phone_exists"),
        ({"email": "no address"}, 400, "validation_failed"),
        ({"phone": "call me"}, 400, "validation_failed"),
        ({"password": PASSWORD}, 400, "validation_failed"),
        ({"email": "{new}", "id": "7"}, 400, "validation_failed"),
        ({"email": "{new}", "id": str(UUID(int=0))}, 400, "validation_failed"),
        ({"email": "{new}", "password": "x" * 73}, 400, "validation_failed"),
        ({"email": "{new}", "ban_duration": "for ever"}, 400, "validation_failed"),
        ({"email": 5}, 400, "bad_json"),
    ],
)
def test_what_cannot_be_made_is_refused(
    call: Callable[..., Any], user: Any, wanted: dict[str, Any], status: int, code: str
) -> None:
    """
    Each refusal has the status and the code that Supabase Auth gives it.
    """
    known = {"{taken}": user.email.upper(), "{new}": f"new-{user.email}"}
    wanted = {name: known.get(str(value), value) for name, value in wanted.items()}
    if code == "phone_exists":
        call("update_user_by_id", user.id, {"phone": wanted["phone"]})

    with pytest.raises(AuthApiError) as caught:
        call("create_user", wanted)

    call("delete_user", user.id)
    assert (status, code) == (caught.value.status, caught.value.code)


def test_a_weak_password_is_refused_with_reasons(call: Callable[..., Any], user: Any) -> None:
    """
    Making a user and changing one ask for the same strength, and say what lacks.
    """
    for refused in (
        ("create_user", {"email": f"new-{user.email}", "password": "short"}),
        ("update_user_by_id", user.id, {"password": "short"}),
    ):
        with pytest.raises(AuthWeakPasswordError) as caught:
            call(*refused)
        assert (422, ["length"]) == (caught.value.status, caught.value.reasons)


def test_changes_are_merged(call: Callable[..., Any], user: Any) -> None:
    """
    An update changes what it names: a member that is null goes, the others stay.
    """
    call("update_user_by_id", user.id, {"user_metadata": {"a": 1, "b": 2}})

    changed = call("update_user_by_id", user.id, {"user_metadata": {"a": None, "c": 3}}).user

    assert {"b": 2, "c": 3, "email_verified": True} == changed.user_metadata
    assert changed.updated_at > user.updated_at


def test_a_new_address_is_the_identitys_too(
    call: Callable[..., Any], user: Any, sign_in: Callable[..., Any]
) -> None:
    """
    After a change of address the user signs in with the new one.
    """
    changed = call("update_user_by_id", user.id, {"email": f"new-{user.email}"}).user

    assert [f"new-{user.email}"] == [one.identity_data["email"] for one in changed.identities]
    assert 200 == sign_in(f"new-{user.email}").status_code


def test_a_new_password_ends_all_sessions(
    api: Any, call: Callable[..., Any], user: Any, sign_in: Callable[..., Any]
) -> None:
    """
    Who signed in with the old password has to sign in again.
    """
    token = sign_in(user.email).json()["access_token"]
    call("update_user_by_id", user.id, {"password": "another horse"})

    ended = api.get("/auth/v1/user", token=token)

    assert (403, "session_not_found") == (ended.status_code, ended.json()["error_code"])
    assert [400, 200] == [
        sign_in(user.email, password).status_code for password in (PASSWORD, "another horse")
    ]


def test_a_banned_user_does_not_sign_in(
    call: Callable[..., Any], user: Any, sign_in: Callable[..., Any]
) -> None:
    """
    A ban holds until it ends or is lifted.
    """
    call("update_user_by_id", user.id, {"ban_duration": "1h30m"})
    banned = sign_in(user.email)
    call("update_user_by_id", user.id, {"ban_duration": "none"})

    assert (400, "user_banned") == (banned.status_code, banned.json()["error_code"])
    assert 200 == sign_in(user.email).status_code


def test_a_deleted_user_is_gone(
    api: Any, call: Callable[..., Any], user: Any, sign_in: Callable[..., Any]
) -> None:
    """
    A deletion takes sessions and identities along, and the address is free again.
    """
    token = sign_in(user.email).json()["access_token"]

    call("delete_user", user.id)

    with pytest.raises(AuthApiError) as caught:
        call("get_user_by_id", user.id)
    assert (404, "user_not_found") == (caught.value.status, caught.value.code)
    assert 403 == api.get("/auth/v1/user", token=token).status_code
    assert 200 == api.sign_up(user.email).status_code


def test_a_softly_deleted_user_is_nobody(
    api: Any, call: Callable[..., Any], user: Any, as_admin: Callable[..., Any]
) -> None:
    """
    A soft deletion keeps the id alone; asking for it twice changes nothing more.
    """
    for _ in range(2):
        call("delete_user", user.id, should_soft_delete=True)

    left = as_admin("GET", f"{USERS}/{user.id}").json()

    assert user.email not in str(left)
    assert ({}, {}, user.id) == (left["user_metadata"], left["app_metadata"], left["id"])
    assert left["deleted_at"]
    assert 200 == api.sign_up(user.email).status_code


def test_users_are_listed_in_pages(
    call: Callable[..., Any], user: Any, as_admin: Callable[..., Any]
) -> None:
    """
    The newest user comes first, and the headers say how many there are and where they go on.
    """
    for number in range(2):
        call("create_user", {"email": f"{number}-{user.email}"})

    listed = [one.email for one in call("list_users", page=1, per_page=2)]
    response = as_admin("GET", f"{USERS}?per_page=2&page=1")

    total = int(response.headers["x-total-count"])
    last = -(-total // 2)
    assert [f"1-{user.email}", f"0-{user.email}"] == listed
    assert (
        '</admin/users?page=2&per_page=2>; rel="next", '
        f'</admin/users?page={last}&per_page=2>; rel="last"'
    ) == response.headers["link"]
    assert "authenticated" == response.json()["aud"]


@pytest.mark.parametrize("query", ["page=x", "per_page=0", "per_page=-1"])
def test_a_page_that_cannot_be_is_refused(as_admin: Callable[..., Any], query: str) -> None:
    """
    Paging takes whole numbers.
    """
    response = as_admin("GET", f"{USERS}?{query}")
    assert (400, "validation_failed") == (response.status_code, response.json()["error_code"])


def test_an_admin_may_sign_a_user_out(
    call: Callable[..., Any], user: Any, sign_in: Callable[..., Any], api: Any
) -> None:
    """
    The session of a token ends.
    """
    token = sign_in(user.email).json()["access_token"]
    call("sign_out", token)
    assert 403 == api.get("/auth/v1/user", token=token).status_code


def test_only_the_secret_key_is_an_admin(api: Any) -> None:
    """
    Strangers, visitors and signed-in users are told apart, and none of them is let in.
    """
    user = api.sign_up(f"{uuid4()}@example.com").json()["access_token"]
    secret, legacy = api.stack.secret_key, api.stack.service_role_key
    cases: list[tuple[dict[str, Any], tuple[int, str | None]]] = [
        ({}, (403, "not_admin")),
        ({"token": user}, (403, "not_admin")),
        ({"key": secret, "token": user}, (403, "not_admin")),
        ({"key": secret, "token": "not.a.token"}, (403, "bad_jwt")),
        ({"key": "sb_secret_of_another_project"}, (401, None)),
        ({"key": legacy}, (401, "no_authorization")),
        ({"key": legacy, "token": legacy}, (200, None)),
        ({"key": secret}, (200, None)),
        ({"token": api.mint({"role": "service_role"})}, (200, None)),
    ]
    for caller, expected in cases:
        response = api.get(USERS, **caller)
        assert expected == (response.status_code, response.json().get("error_code")), caller


def test_a_refused_caller_changes_nothing(api: Any, user: Any) -> None:
    """
    Whoever is not an admin makes, changes and removes nobody.
    """
    attempts = [
        ("POST", USERS, {"email": f"new-{user.email}"}),
        ("PUT", f"{USERS}/{user.id}", {"password": "another horse"}),
        ("DELETE", f"{USERS}/{user.id}", {}),
    ]
    for method, path, body in attempts:
        assert 403 == api.call(method, path, json=body).status_code
    found = api.execute(f"select email from auth.users where email like '%{user.email}'")
    assert [(user.email,)] == found


def test_errors_have_the_form_that_the_caller_asks_for(
    as_admin: Callable[..., Any],
) -> None:
    """
    Callers of the newer API version get a code and a message, others the older form.
    """
    path = f"{USERS}/{UUID(int=7)}"
    new = as_admin("GET", path, headers={"x-supabase-api-version": "2024-01-01"})
    assert {"code": "user_not_found", "message": "User not found"} == new.json()
    assert "2024-01-01" == new.headers["x-supabase-api-version"]
    old = as_admin("GET", path).json()
    assert {"code": 404, "error_code": "user_not_found", "msg": "User not found"} == old


def test_a_wrong_method_or_path_is_told(as_admin: Callable[..., Any]) -> None:
    """
    There is no other method, and an id is a UUID.
    """
    assert 405 == as_admin("PATCH", USERS).status_code
    response = as_admin("GET", f"{USERS}/7")
    assert (404, "validation_failed") == (response.status_code, response.json()["error_code"])


def test_a_trigger_of_the_project_may_refuse_a_user(
    api: Any, call: Callable[..., Any], email: str
) -> None:
    """
    A trigger on auth.users that raises leaves no user behind, and callers learn only that it did.
    """
    api.execute("""
        create function public.refuse_user() returns trigger language plpgsql as $$
        begin raise exception 'a secret of the database'; end $$;
        create trigger refuse_user after insert on auth.users
          for each row execute function public.refuse_user();
    """)
    try:
        with pytest.raises(AuthError) as caught:
            call("create_user", {"email": email})
    finally:
        api.execute("drop function public.refuse_user cascade")
    assert "Database error creating new user" == caught.value.message
    assert [] == api.execute(f"select id from auth.users where email = '{email}'")


def test_the_audit_log_tells_who_did_it(api: Any, user: Any, call: Callable[..., Any]) -> None:
    """
    What an admin does is logged as the secret key's doing.
    """
    call("delete_user", user.id)
    logged = api.execute(f"""
        select payload ->> 'action', payload ->> 'actor_username' from auth.audit_log_entries
        where payload -> 'traits' ->> 'user_id' = '{user.id}' order by created_at
    """)
    assert [("user_signedup", "service_role"), ("user_deleted", "service_role")] == logged


def test_no_password_is_logged(api: Any, call: Callable[..., Any], user: Any) -> None:
    """
    Neither the API's log nor Postgres' holds a password, whatever became of the request.
    """
    secret = "s3cret-" + uuid4().hex
    call("update_user_by_id", user.id, {"password": secret})
    for refused in ({"email": user.email}, {"email": f"new-{user.email}", "id": user.id}):
        with pytest.raises(AuthError):
            call("create_user", refused | {"password": secret})
    broken = f'{{"email": "a@example.com", "password": "{secret}" x'
    response = api.call("POST", USERS, key=api.stack.secret_key, content=broken)
    logs = "".join(path.read_text() for path in api.stack.state_dir.glob("*.log"))
    assert (400, "bad_json") == (response.status_code, response.json()["error_code"])
    assert [False, False] == [secret in logs, secret in response.text]
