"""
Tests that the API answers as the hosted platform does, where the server beneath it does not.

Each mend is switched off once, to see that its test would notice.
"""

from __future__ import annotations

import json
import time
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
import psycopg
import pytest

from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHECKS: dict[str, Callable[[Any], None]] = {}


def _mend(check: Callable[[Any], None]) -> Callable[[Any], None]:
    CHECKS[check.__name__.replace("_", "-")] = check
    return check


@_mend
def timestamps(api: Any) -> None:
    """
    Timestamps are ISO 8601 with a full offset, as clients parse them.
    """
    row = api.get("/rest/v1/readings?select=at").json()[0]
    assert {"at": "2026-01-02T03:04:05.678+00:00"} == row


@_mend
def numbers(api: Any) -> None:
    """
    Numbers keep all their digits, inside JSON too.
    """
    expected = '[{"amount":90.00,"big":9007199254740993,"doc":{"n":[1,2.5],"rate":66.70}}]'
    answer = api.get("/rest/v1/readings?select=amount,big,doc").text
    assert expected == answer


@_mend
def grants(api: Any) -> None:
    """
    A REVOKE stays revoked, and the first request grants nothing.
    """
    assert 200 == api.get("/rest/v1/readings").status_code
    response = api.get("/rest/v1/closed")
    assert (401, "42501") == (response.status_code, response.json()["code"])


@_mend
def context(api: Any) -> None:
    """
    A table request sees its headers, and reads in a read-only transaction.
    """
    row = api.get("/rest/v1/request", headers={"x-tenant": "acme"}).json()[0]
    assert {"tenant": "acme", "read_only": "on"} == row


@_mend
def timeouts(api: Any) -> None:
    """
    The time limits of a role hold for its requests.
    """
    limits = [api.rpc("my_timeout", token=token).json() for token in (None, api.mint())]
    assert ["3s", "8s"] == limits


@_mend
def errors(api: Any) -> None:
    """
    RAISE EXCEPTION arrives with code, message, details and hint, as a 400.
    """
    response = api.rpc("refuse")
    expected = {
        "code": "P0001",
        "message": "no more seats",
        "details": "12 of 12 are taken",
        "hint": "try on Monday",
    }
    assert (400, expected) == (response.status_code, response.json())


@_mend
def readonly(api: Any) -> None:
    """
    A STABLE function runs read-only, called by POST too.
    """
    assert "on" == api.rpc("is_read_only").json()


@_mend
def jwks(api: Any) -> None:
    """
    Access tokens verify with the published ES256 key.
    """
    key = jwt.PyJWKClient(f"{api.stack.issuer}/.well-known/jwks.json")
    token = api.sign_up("jwks@example.com").json()["access_token"]
    found = key.get_signing_key_from_jwt(token)
    assert "authenticated" == jwt.decode(token, found, ["ES256"], audience="authenticated")["aud"]


@_mend
def legacy_keys(api: Any) -> None:
    """
    A project's legacy JWT keys work as API keys.
    """
    for key, status in [(api.stack.anon_key, 401), (api.stack.service_role_key, 200)]:
        assert status == api.get("/rest/v1/closed", key=key, token=key).status_code


@_mend
def roles(api: Any) -> None:
    """
    A role that the API itself could become is refused.
    """
    # The API's own login role may become itself, and run whatever PUBLIC may.
    assert 403 == api.rpc("whoami", token=api.mint({"role": "authenticator"})).status_code


@_mend
def claims(api: Any) -> None:
    """
    Issued tokens carry the claims that strict verifiers ask for.
    """
    token = api.sign_up("claims@example.com").json()["access_token"]
    found = jwt.decode(token, options={"verify_signature": False})
    assert api.stack.issuer == found["iss"]
    assert ("aal1", False, "") == (found["aal"], found["is_anonymous"], found["phone"])
    assert {"provider": "email", "providers": ["email"]} == found["app_metadata"]
    assert "password" == found["amr"][0]["method"]


@_mend
def hook(api: Any) -> None:
    """
    The custom access token hook fills the token.
    """
    api.execute("""
        create or replace function public.custom_access_token_hook(event jsonb) returns jsonb
        language sql stable as $$
          select jsonb_set(event, '{claims,user_role}', to_jsonb(current_user::text))
        $$;
        grant execute on function public.custom_access_token_hook to supabase_auth_admin;
        grant usage on schema public to supabase_auth_admin;
    """)
    try:
        token = api.sign_up("hook@example.com").json()["access_token"]
    finally:
        api.execute("drop function public.custom_access_token_hook(jsonb)")
    found = jwt.decode(token, options={"verify_signature": False})
    assert "supabase_auth_admin" == found.get("user_role")


@_mend
def reload(api: Any) -> None:
    """
    NOTIFY pgrst makes the API look at the schema again.
    """
    api.execute("create table public.newcomers (id int); notify pgrst, 'reload schema'")
    deadline = time.monotonic() + 5
    while (status := api.get("/rest/v1/newcomers").status_code) != 200:
        assert time.monotonic() < deadline, f"still {status}"


@_mend
def admin(api: Any) -> None:
    """
    The secret key may make users.
    """
    body = {"email": "admin@example.com"}
    response = api.call("POST", "/auth/v1/admin/users", key=api.stack.secret_key, json=body)
    assert "admin@example.com" == response.json()["email"]


@_mend
def anonymous(api: Any) -> None:
    """
    A sign-up without credentials is a visitor's.
    """
    user = api.call("POST", "/auth/v1/signup", json={}).json()["user"]
    assert (True, []) == (user["is_anonymous"], user["identities"])


@_mend
def addresses(api: Any) -> None:
    """
    A user who asks for another address has it at once.
    """
    token = api.sign_up("before@example.com").json()["access_token"]
    changed = api.call("PUT", "/auth/v1/user", json={"email": "after@example.com"}, token=token)
    body = {"email": "after@example.com", "password": "correct horse"}
    session = api.call("POST", "/auth/v1/token?grant_type=password", json=body).json()
    assert "after@example.com" == changed.json()["email"] == session["user"]["email"]
    assert "new_email" not in changed.json()


@_mend
def defaults(api: Any) -> None:
    """
    A row without values is all defaults, and missing=default asks for those that are missing.
    """
    path = "/rest/v1/seats?select=row,price"
    columns = f"{path}&columns=row,price"
    mixed = [{"row": "A"}, {"price": 5}]
    preferring = {"Prefer": "return=representation,missing=default"}
    answers = [
        api.call("POST", path, json=body, key=api.stack.secret_key, headers=headers).json()
        for path, body, headers in (
            (path, {}, {"Prefer": "return=representation"}),
            (path, [{}, {}], {"Prefer": "return=representation"}),
            (columns, mixed, {"Prefer": "return=representation"}),
            (columns, mixed, preferring),
        )
    ]
    default = {"row": "Z", "price": 9}
    assert [
        [default],
        [default, default],
        [{"row": "A", "price": None}, {"row": None, "price": 5}],
        [{"row": "A", "price": 9}, {"row": "Z", "price": 5}],
    ] == answers
    stored = "select row, price from public.seats where row = 'A' or price = 5 order by id"
    assert [("A", None), (None, 5), ("A", 9), ("Z", 5)] == api.execute(stored)
    changed = api.call(
        "PATCH",
        f"{columns}&row=eq.A&price=is.null",
        json={"row": "B"},
        key=api.stack.secret_key,
        headers=preferring,
    )
    assert [{"row": "B", "price": 9}] == changed.json()
    unequal = api.call("POST", path, json=mixed, key=api.stack.secret_key, headers=preferring)
    assert (400, "PGRST102") == (unequal.status_code, unequal.json()["code"])


@_mend
def escapes(api: Any) -> None:
    """
    Quoted values in logic trees may hold every character; elsewhere quotes are part of the value.
    """
    filters = {
        r'(name.eq."say \"hi\"",id.eq.99)': [1],
        r'(name.eq."back\\slash",id.eq.99)': [2],
        r'(name.eq."a,b.(c):\"\\\"",id.eq.2)': [2, 3],
        r'(id.eq.2,and(name.eq."say \"hi\"",id.lt.3))': [1, 2],
        r'(name.in.("say \"hi\"","a,b.(c):\"\\\""),id.eq.99)': [1, 3],
        r'(name.like."a,b*",id.eq.99)': [3],
        r'(name.ilike."SAY \"*",id.eq.99)': [1],
        r"(name.eq.back\slash,id.eq.99)": [2],
        r'(name.eq.plain "quotes",id.eq.99)': [4],
    }
    for value, expected in filters.items():
        rows = api.get("/rest/v1/labels", params={"select": "id", "order": "id", "or": value})
        assert [{"id": one} for one in expected] == rows.json(), value
    quoted = api.get("/rest/v1/labels", params={"select": "id", "name": 'eq."quoted"'})
    assert [{"id": 5}] == quoted.json()
    embedded = api.get(
        "/rest/v1/boxes",
        params={"select": "id,labels(id)", "labels.or": r'(name.eq."say \"hi\"",id.eq.99)'},
    )
    assert [{"id": 1, "labels": [{"id": 1}]}] == embedded.json()


@pytest.mark.parametrize("name", CHECKS)
def test_the_api_answers_as_the_hosted_platform_does(api: Any, name: str) -> None:
    """
    The mended server behaves as PostgREST and Supabase Auth do.
    """
    CHECKS[name](api)


def test_a_new_table_is_served_without_being_told_of(api: Any) -> None:
    """
    Every change of the schema notifies the API by itself.
    """
    api.execute("create table public.unannounced (id int)")

    deadline = time.monotonic() + 5
    while (status := api.get("/rest/v1/unannounced").status_code) != 200:
        assert time.monotonic() < deadline, f"still {status}"


@pytest.fixture(name="new_database", scope="module")
def _new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    # One cluster for all: it takes longer to start than the API does.
    state_dir = tmp_path_factory.mktemp("cluster")
    with LocalSupabase(state_dir, keep=False) as stack:
        password = json.loads((state_dir / "project.json").read_text())["superuser_password"]
        port = urlsplit(stack.db_url).port
        base = f"postgresql://supabase_admin:{password}@127.0.0.1:{port}"
        numbers = count()

        def new_database() -> str:
            name = f"unmended_{next(numbers)}"
            with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
                connection.execute(f"create database {name}")
            return f"{base}/{name}"

        yield new_database


def test_a_foreign_database_is_served_the_same_way(
    open_api: Callable[[LocalSupabase], Any], new_database: Callable[[], str]
) -> None:
    """
    Every check holds on a database that the stack did not make.
    """
    with LocalSupabase(database_url=new_database()) as stack:
        api = open_api(stack)
        for check in CHECKS.values():
            check(api)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_without_its_mend_the_same_check_fails(
    open_api: Callable[[LocalSupabase], Any],
    new_database: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """
    Each mend is needed: switched off, its own check fails.
    """
    monkeypatch.setenv("SUPAOPT_UNMENDED", name)
    with LocalSupabase(database_url=new_database()) as unmended:
        api = open_api(unmended)
        with pytest.raises((AssertionError, KeyError, jwt.PyJWTError)):
            CHECKS[name](api)
