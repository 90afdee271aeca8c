"""
Whose client the managers take.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager
from supaopt.cache._identity import require_service_role
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supabase import AsyncClient, Client

URL = "http://127.0.0.1:1"


def token(**claims: object) -> str:
    """
    Return what looks like a token with *claims*.
    """
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


def client(key: str) -> Client:
    """
    Return a client that connects to nothing.
    """
    from supabase import create_client

    return create_client(URL, key)


def aclient(key: str) -> AsyncClient:
    """
    Return an asynchronous client that connects to nothing.
    """
    from supabase import acreate_client

    return asyncio.run(acreate_client(URL, key))


@pytest.mark.parametrize(
    "key", ["sb_secret_abc", token(role="service_role"), "opaque", "a.b.c", "e30.W10.c2ln"]
)
def test_accepts_secret_keys(key: str) -> None:
    """
    Secret keys pass, and so does what cannot be told.
    """
    assert require_service_role(key) is None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sb_publishable_abc", "publishable key"),
        (token(role="anon"), "acts as 'anon'"),
        (token(role="authenticated", sub="u"), "acts as 'authenticated'"),
        (token(), "acts as None"),
        (token(role="service_role", sub="u"), "stands for one user"),
    ],
)
def test_refuses_other_credentials(key: str, words: str) -> None:
    """
    A client that is not the service's is refused, and its key stays untold.
    """
    with pytest.raises(ConfigError, match=words) as caught:
        require_service_role(key)
    assert "secret key (sb_secret_... or the service_role key)" in str(caught.value)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("manager", "make"),
    [(DatabaseCacheManager, client), (AsyncDatabaseCacheManager, aclient)],
    ids=["sync", "async"],
)
def test_managers_look_at_the_clients_key(manager: Any, make: Any) -> None:
    """
    Both managers refuse a client for the browser.
    """
    manager(make("sb_secret_abc"))
    with pytest.raises(ConfigError, match="publishable"):
        manager(make("sb_publishable_abc"))


def test_refuses_a_client_that_somebody_signed_in_on() -> None:
    """
    A client whose requests carry a user's token is refused, whatever key it was made with.
    """
    shared = client("sb_secret_abc")
    shared.postgrest.auth(token(role="authenticated", sub="u"))
    with pytest.raises(ConfigError, match="acts as 'authenticated'"):
        DatabaseCacheManager(shared)


@pytest.mark.parametrize(
    ("manager", "make", "words"),
    [
        (DatabaseCacheManager, aclient, "pass it to AsyncDatabaseCacheManager"),
        (AsyncDatabaseCacheManager, client, "pass it to DatabaseCacheManager"),
        (DatabaseCacheManager, lambda key: key, "expected a supabase.Client"),
    ],
)
def test_refuses_a_client_of_the_other_colour(manager: Any, make: Any, words: str) -> None:
    """
    A client of the wrong colour is refused with the right manager's name.
    """
    with pytest.raises(ConfigError, match=words):
        manager(make("sb_secret_abc"))
