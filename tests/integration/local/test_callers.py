"""
Tests of who may do what through the local API.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from supaopt.testing import SigningKey

ADA = "11111111-1111-4111-8111-111111111111"
BOB = "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(
    "role",
    [
        "postgres",
        "supabase_admin",
        "supabase_auth_admin",
        "authenticator",
        "nobody",
        "",
        7,
        ["anon"],
    ],
)
@pytest.mark.parametrize("path", ["/rest/v1/readings", "/rest/v1/closed", "/rest/v1/rpc/whoami"])
def test_a_token_with_any_other_role_gets_nothing(api: Any, role: Any, path: str) -> None:
    """
    A well-signed token whose role is no API role is refused before the database sees it.
    """
    response = api.get(path, token=api.mint({"role": role}))

    assert (403, "42501") == (response.status_code, response.json()["code"])


def test_even_unchecked_the_database_refuses_a_role_of_the_owner(api: Any) -> None:
    """
    The API's login role is no member of postgres, whatever the API lets through.
    """
    found = api.execute("select pg_has_role('authenticator', 'postgres', 'member')")

    assert [(False,)] == found


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"signed_by": SigningKey.es256()}, "PGRST301", "No suitable key or wrong key type"),
        ({"signed_by": SigningKey.hs256("x" * 40)}, "PGRST301", "No suitable key"),
        ({"lifetime": -60}, "PGRST303", "JWT expired"),
        ({"claims": {"nbf": 4_000_000_000}}, "PGRST303", "JWT not yet valid"),
        ({"claims": {"iat": 4_000_000_000}}, "PGRST303", "JWT issued at future"),
    ],
    ids=["foreign key", "foreign secret", "expired", "not yet valid", "from the future"],
)
def test_a_token_that_proves_nothing_is_refused(
    api: Any, options: dict[str, Any], code: str, message: str
) -> None:
    """
    A token of another key, or of another time, is refused as PostgREST refuses it.
    """
    response = api.get("/rest/v1/readings", token=api.mint(**options))

    assert (401, code) == (response.status_code, response.json()["code"])
    assert message in response.json()["message"]
    assert "Bearer" in response.headers["www-authenticate"]


@pytest.mark.parametrize("seconds", [-20, 20])
def test_clocks_may_differ_by_half_a_minute(api: Any, seconds: int) -> None:
    """
    A token that has just expired, or comes from a clock ahead, is accepted.
    """
    now = time.time() + seconds

    for options in ({"now": now}, {"now": now, "lifetime": 0}):
        assert 200 == api.get("/rest/v1/readings", token=api.mint(**options)).status_code


def test_an_unsigned_token_is_refused(api: Any) -> None:
    """
    The algorithm none is not accepted.
    """
    header, claims, _ = api.mint().split(".")
    unsigned = "eyJhbGciOiJub25lIn0"

    for token in (f"{unsigned}.{claims}.", f"{header}.{claims}.", "x.y", "rubbish"):
        assert 401 == api.get("/rest/v1/readings", token=token).status_code


def test_the_public_key_is_no_shared_secret(api: Any) -> None:
    """
    A token signed by HMAC with the published key is refused.
    """
    published = api.get("/auth/v1/.well-known/jwks.json").text

    token = api.mint(signed_by=SigningKey.hs256(published))

    assert 401 == api.get("/rest/v1/readings", token=token).status_code


def test_the_published_keys_hold_nothing_private(api: Any) -> None:
    """
    The key set has one public ES256 key.
    """
    (key,) = api.get("/auth/v1/.well-known/jwks.json").json()["keys"]

    assert ("ES256", "EC", "sig") == (key["alg"], key["kty"], key["use"])
    assert "d" not in key


def test_the_issuer_tells_where_its_keys_are(api: Any) -> None:
    """
    Verifiers that only know the issuer find the key set, without an API key.
    """
    base = "/auth/v1/.well-known"

    found = api.http.get(f"{base}/openid-configuration").json()

    assert (api.stack.issuer, f"{api.stack.issuer}/.well-known/jwks.json") == (
        found["issuer"],
        found["jwks_uri"],
    )
    assert 404 == api.http.get(f"{base}/nothing").status_code


@pytest.mark.parametrize(
    "key", ["", "sb_secret_wrong", "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.x"]
)
def test_a_wrong_api_key_is_refused(api: Any, key: str) -> None:
    """
    Without a right API key nothing is served.
    """
    response = api.http.get("/rest/v1/readings", headers={"apikey": key} if key else {})

    assert 401 == response.status_code


def test_both_kinds_of_signature_are_accepted(api: Any) -> None:
    """
    HS256 tokens of the legacy secret work beside ES256 tokens.
    """
    secret = SigningKey.hs256(api.stack.jwt_secret)

    for token in (api.mint(), api.mint(signed_by=secret)):
        assert "authenticated" == api.rpc("whoami", token=token).json()


@pytest.mark.parametrize(("role", "expected"), [("anon", "anon"), ("service_role", "service_role")])
def test_a_token_names_the_role(api: Any, role: str, expected: str) -> None:
    """
    The role claim decides as whom the database works.
    """
    assert expected == api.rpc("whoami", token=api.mint({"role": role})).json()


def test_a_token_without_a_role_is_anonymous(api: Any) -> None:
    """
    A missing role claim means anon.
    """
    assert "anon" == api.rpc("whoami", token=api.mint(omit=["role"])).json()


def test_rows_are_seen_by_their_owner_alone(api: Any) -> None:
    """
    RLS knows the caller by the token's subject, and defaults may use it.
    """
    ada, bob = api.mint({"sub": ADA}), api.mint({"sub": BOB})
    created = api.call("POST", "/rest/v1/notes", token=ada, json={"id": 1, "body": "hers"})

    seen = [len(api.get("/rest/v1/notes", token=token).json()) for token in (ada, bob, None)]

    assert 201 == created.status_code
    assert [1, 0, 0] == seen


def test_callers_at_once_are_never_mixed_up(api: Any) -> None:
    """
    Requests that run at the same time on shared connections each keep their own caller.
    """
    callers = {subject: api.mint({"sub": subject}) for subject in (ADA, BOB)}
    asked = [ADA, BOB, None] * 40

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda who: api.rpc("my_id", token=callers.get(who)).json(), asked))

    assert asked == answers


def test_the_secret_key_passes_rls_and_revokes(api: Any) -> None:
    """
    The service role reads what anon and users may not.
    """
    response = api.get("/rest/v1/closed", key=api.stack.secret_key)

    assert 200 == response.status_code


def test_a_revoked_table_is_refused_to_users(api: Any) -> None:
    """
    A REVOKE holds for signed-in users: 403, not 404 and not an empty answer.
    """
    response = api.get("/rest/v1/closed", token=api.mint())

    assert (403, "42501") == (response.status_code, response.json()["code"])


@pytest.mark.parametrize("schema", ["auth", "extensions", "pg_catalog"])
def test_inner_schemas_are_not_exposed(api: Any, schema: str) -> None:
    """
    The API serves the exposed schemas alone, to the service role too.
    """
    response = api.get(
        "/rest/v1/users", key=api.stack.secret_key, headers={"Accept-Profile": schema}
    )

    assert (406, "PGRST106") == (response.status_code, response.json()["code"])


def test_a_signed_in_user_asks_for_themselves(api: Any) -> None:
    """
    The Auth server takes back the ES256 tokens that it issued.
    """
    token = api.sign_up("self@example.com").json()["access_token"]

    assert "self@example.com" == api.get("/auth/v1/user", token=token).json()["email"]


def test_the_reload_door_needs_the_secret_key(api: Any) -> None:
    """
    Nobody but the owner of the secret key reloads the schema.
    """
    refused = api.call("POST", "/_supaopt/reload")

    assert 401 == refused.status_code
