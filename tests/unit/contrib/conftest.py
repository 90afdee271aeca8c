"""
A project whose tokens every framework's tests use, and the requests they send; a cache whose
database fails when it is told to.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from supaopt.auth import AsyncSupabaseAuth, CustomJWTClaims, SupabaseAuth
from supaopt.cache import CacheMetrics, CacheTally, MemoryStore
from supaopt.testing import SigningKey, mint

URL = "https://abcdefghijklmnopqrst.supabase.co"
SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"
OPTIONS: dict[str, Any] = {
    "publishable_key": "sb_publishable_test",
    "jwt_secret": SECRET,
    "claims": CustomJWTClaims,
}


@pytest.fixture(name="sync_auth", scope="session")
def _sync_auth() -> Iterator[SupabaseAuth[CustomJWTClaims]]:
    with SupabaseAuth(URL, **OPTIONS) as auth:
        yield auth


@pytest.fixture(name="async_auth", scope="session")
def _async_auth() -> AsyncSupabaseAuth[CustomJWTClaims]:
    return AsyncSupabaseAuth(URL, **OPTIONS)


@pytest.fixture(name="headers_of", scope="session")
def _headers_of() -> Callable[..., dict[str, str]]:
    """Makes the headers that a person of a role would send."""

    def headers(
        role: str | None = "admin",
        *,
        sub: str | None = None,
        is_anonymous: bool = False,
        **options: Any,
    ) -> dict[str, str]:
        claims: dict[str, Any] = {"iss": f"{URL}/auth/v1", "user_role": role}
        claims |= {"profile_is_active": True, "is_anonymous": is_anonymous}
        claims |= {"sub": sub} if sub else {}
        return {"Authorization": f"Bearer {mint(SigningKey.hs256(SECRET), claims, **options)}"}

    return headers


class Database(MemoryStore):
    """A database that a test may break or hold up, and whose figures it may replace."""

    def __init__(self) -> None:
        super().__init__(watched={"public.products": "products"})
        self.asked = 0
        self.broken = False
        self.figures: CacheMetrics | None = None
        self.goes_on = threading.Event()
        self.goes_on.set()

    async def metrics(self) -> CacheMetrics:
        """Tell the figures, once nobody holds it up."""
        self.asked += 1
        self.goes_on.wait(10)
        if self.broken:
            raise ConnectionError("the database is down")
        return self.figures or await super().metrics()


@pytest.fixture(name="database")
def _database() -> Iterator[Database]:
    database = Database()
    yield database
    database.goes_on.set()


@pytest.fixture(name="tally")
def _tally() -> CacheTally:
    return CacheTally()
