"""
What an auth object may be told.
"""

import base64
import json
from typing import Any

import pytest

from supaopt.auth import JwksPolicy, SupabaseAuth
from supaopt.auth._settings import Settings
from supaopt.errors import ConfigError

URL = "https://abcdefghijklmnopqrst.supabase.co"


def _legacy_key(role: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"role": role}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2ln"


def test_the_rest_follows_from_the_url() -> None:
    """Issuer and key endpoint are derived from the project's URL, slash or not."""
    settings = Settings(url=URL + "/", publishable_key="k")
    assert (f"{URL}/auth/v1", f"{URL}/auth/v1/.well-known/jwks.json") == (
        settings.issuer,
        settings.jwks_url,
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:54321",
        "http://127.0.0.1:54321",
        "http://[::1]:54321",
        "http://app.localhost",
        "https://supabase.internal:8000/base",
    ],
)
def test_plain_http_is_for_this_machine(url: str) -> None:
    """Loopback needs no TLS; everything else has it."""
    assert url == Settings(url=url, publishable_key="k").url


@pytest.mark.parametrize(
    "url",
    [
        "http://x.supabase.co",
        "http://10.0.0.1",
        "http://kong:8000",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "ftp://x.supabase.co",
        "https://user@x.supabase.co",
        "https://:password@x.supabase.co",
        "https://@x.supabase.co",
        "file:///etc/passwd",
        "//x.supabase.co",
        "x.supabase.co",
        "",
        None,
        "https://",
        "https://user:pass@x.supabase.co",
        "https://x.supabase.co?a=b",
        "https://x.supabase.co#a",
        "https://[::1",
    ],
)
def test_a_wrong_url_is_refused(url: Any) -> None:
    """Plain HTTP beyond this machine, other schemes and decorated URLs are refused."""
    with pytest.raises(ConfigError, match="url"):
        Settings(url=url, publishable_key="k")


def test_a_trusted_network_may_use_plain_http() -> None:
    """allow_http is there for a gateway inside one's own network."""
    assert (
        "http://kong:8000"
        == Settings(url="http://kong:8000", publishable_key="k", allow_http=True).url
    )


@pytest.mark.parametrize(
    "key",
    ["sb_secret_abc", _legacy_key("service_role"), _legacy_key("supabase_admin")],
)
def test_a_secret_key_is_refused_and_not_repeated(key: str) -> None:
    """A key that bypasses row-level security never becomes a caller's client."""
    with pytest.raises(ConfigError, match="secret key") as caught:
        SupabaseAuth(URL, publishable_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", ["sb_publishable_abc", _legacy_key("anon"), "a.b", "x.!.y"])
def test_a_public_key_is_taken(key: str) -> None:
    """Publishable keys and legacy anon keys are what the client needs."""
    assert key == Settings(url=URL, publishable_key=key).publishable_key


@pytest.mark.parametrize(
    "options",
    [
        {"publishable_key": ""},
        {"publishable_key": None},
        {"audience": ""},
        {"audience": None},
        {"issuer": 3},
        {"leeway": -1},
        {"leeway": 301},
        {"cache_size": -1},
        {"cache_ttl": 0},
        {"timeout": 0},
        {"roles": []},
        {"roles": ["authenticated", "anon"]},
        {"roles": ["service_role"]},
        {"roles": "postgres"},
        {"roles": ["supabase_admin"]},
        {"jwt_secret": "short"},
    ],
)
def test_a_setting_that_cannot_be_right_is_refused(options: dict[str, Any]) -> None:
    """Each impossible value is a ConfigError when the object is made."""
    with pytest.raises(ConfigError):
        SupabaseAuth(**{"url": URL, "publishable_key": "k"} | options)


@pytest.mark.parametrize(
    "policy",
    [
        {"ttl": 0},
        {"refresh_after": 0},
        {"ttl": 100, "refresh_after": 101},
        {"max_stale": -1},
        {"cooldown": 0},
        {"retry_after": 0},
    ],
)
def test_a_policy_that_cannot_be_right_is_refused(policy: dict[str, float]) -> None:
    """Each impossible duration is a ConfigError."""
    with pytest.raises(ConfigError):
        JwksPolicy(**policy)


def test_settings_show_no_secret() -> None:
    """The repr of the settings holds neither key nor secret."""
    shown = repr(Settings(url=URL, publishable_key="sb_publishable_x", jwt_secret="s" * 40))
    assert ("sb_publishable_x" in shown, "s" * 40 in shown) == (False, False)
