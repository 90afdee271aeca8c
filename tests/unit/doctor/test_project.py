"""
What an API shows of a project, on servers made up for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from supaopt.doctor import _project, examine
from supaopt.errors import ConfigError
from supaopt.testing import JwksServer, SigningKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    import respx

    from supaopt.doctor._facts import Api

URL = "https://ref.supabase.co"


@pytest.fixture(name="server")
def _server() -> Iterator[JwksServer]:
    with JwksServer(SigningKey.es256("k1")) as server:
        yield server


def _read(url: str, key: str | None = None) -> Api:
    return _project.read(url, key, timeout=2, knows_secret=False)


def test_published_keys_are_counted(server: JwksServer) -> None:
    """Keys are judged as supaopt.auth judges them, and this machine needs no https."""
    api = _read(server.url)
    assert (1, 1, None) == (api.keys.published, api.keys.usable, api.keys.failure)
    assert (True, None, None) == (api.is_private, api.key, api.schemas)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], ("jwks_empty", "warning")),
        ([SigningKey.es256("a").jwk(), {"kty": "new"}], ("jwks_partly_unusable", "warning")),
        ([{"kty": "new"}], ("jwks_unusable", "error")),
        ([{"kty": "oct", "k": "c2VjcmV0"}], ("jwks_unusable", "error")),
    ],
    ids=["empty", "odd", "none usable", "a published secret"],
)
def test_key_sets_that_verify_nothing_are_found(
    server: JwksServer, keys: list[object], expected: tuple[str, str]
) -> None:
    """Each has its own finding, which shows no key."""
    server.body = json.dumps({"keys": keys}).encode()
    report = examine(url=server.url)
    assert [expected] == [(each.code, each.level) for each in report.findings]
    assert "c2VjcmV0" not in str(report)


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_key_endpoint_that_fails_is_found(server: JwksServer, status: int) -> None:
    """What it answered is told."""
    server.status = status
    (finding,) = examine(url=server.url).findings
    assert ("jwks_unusable", True) == (finding.code, str(status) in finding.detail)


def test_a_key_endpoint_out_of_reach_is_found(server: JwksServer) -> None:
    """No answer is a finding, not a crash."""
    server.close()
    (finding,) = examine(url=server.url, key="sb_publishable_x").findings
    assert ("jwks_unusable", True) == (finding.code, "cannot be reached" in finding.detail)


def test_a_legacy_secret_at_hand_is_no_warning(server: JwksServer) -> None:
    """A project without signing keys works where the backend has the secret."""
    server.rotate()
    (finding,) = examine(url=server.url, knows_secret=True).findings
    assert ("jwks_empty", "info") == (finding.code, finding.level)


def test_plain_http_to_another_machine_is_found(respx_mock: respx.MockRouter) -> None:
    """Whoever is between could swap the keys."""
    respx_mock.get("http://ref.example/auth/v1/.well-known/jwks.json").respond(
        json={"keys": [SigningKey.es256("k").jwk()]}
    )
    (finding,) = examine(url="http://ref.example").findings
    assert ("url_not_https", "http://ref.example") == (finding.code, finding.object)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {
                "code": "PGRST106",
                "message": "Invalid schema: x",
                "hint": "Only the following schemas are exposed: public, supaopt",
            },
            ("public", "supaopt"),
        ),
        (
            {
                "code": "PGRST106",
                "message": "The schema must be one of the following: public,graphql_public",
                "hint": None,
            },
            ("public", "graphql_public"),
        ),
        ({"code": "PGRST106", "message": "something else"}, None),
        ({"code": "PGRST205", "message": "no table"}, None),
        ([], None),
        ("<html>", None),
    ],
    ids=["new", "old", "another sentence", "another error", "a list", "no JSON"],
)
def test_postgrest_names_the_schemas_it_exposes(
    respx_mock: respx.MockRouter, answer: object, expected: tuple[str, ...] | None
) -> None:
    """Every version's answer is read; an answer that says nothing is not guessed at."""
    respx_mock.get(f"{URL}/auth/v1/.well-known/jwks.json").respond(json={"keys": []})
    text = answer if isinstance(answer, str) else json.dumps(answer)
    route = respx_mock.get(f"{URL}/rest/v1/supaopt_doctor").respond(406, text=text)
    assert expected == _read(URL, "sb_publishable_x").schemas
    assert "sb_publishable_x" == route.calls.last.request.headers["apikey"]


def test_an_exposed_cache_is_found_by_the_api_alone(respx_mock: respx.MockRouter) -> None:
    """It takes a URL and the publishable key, no database."""
    respx_mock.get(f"{URL}/auth/v1/.well-known/jwks.json").respond(
        json={"keys": [SigningKey.es256("k").jwk()]}
    )
    hint = "Only the following schemas are exposed: public, supaopt"
    respx_mock.get(f"{URL}/rest/v1/supaopt_doctor").respond(
        406, json={"code": "PGRST106", "message": "", "hint": hint}
    )
    (finding,) = examine(url=URL, key="sb_publishable_x").findings
    assert ("cache_schema_exposed", "error") == (finding.code, finding.level)


def test_an_api_that_hangs_up_is_no_crash(respx_mock: respx.MockRouter) -> None:
    """What cannot be asked is not known."""
    respx_mock.get(f"{URL}/auth/v1/.well-known/jwks.json").respond(json={"keys": []})
    respx_mock.get(f"{URL}/rest/v1/supaopt_doctor").mock(side_effect=httpx.ReadError("gone"))
    api = _read(URL, "sb_publishable_x")
    assert (None, "public") == (api.schemas, api.key)


@pytest.mark.parametrize(
    "url",
    [
        *("ref.supabase.co", "ftp://x", "https://", "https://u:p@x.co", "https://[::1"),
        *("https://xn--zzzz.co", "https://ex..co", "https://x.co:y"),
    ],
)
def test_what_is_no_project_is_refused(url: str) -> None:
    """A URL that cannot be one is wrong usage, and its credentials are not shown."""
    with pytest.raises(ConfigError) as caught:
        examine(url=url)
    assert "u:p" not in str(caught.value)
