"""
The pytest plugin: a local Supabase, clients of it and tokens for it, as fixtures.

It comes with the package, imports nothing heavy, and applies nothing by itself. The stack starts
when the first test asks for it, once for all xdist workers. ``SUPAOPT_STACK_DIR`` names the folder
of a stack that runs already, such as that of ``supaopt dev up``.

    def test_students(supabase_client):
        assert supabase_client.table("students").select("id").execute().data == []
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from supabase import AsyncClient, Client

    from supaopt.local import LocalSupabase
    from supaopt.testing.tokens import SigningKey


class MakeToken(Protocol):
    """
    What the fixture `make_token` gives: `supaopt.testing.mint` for the stack at hand.
    """

    def __call__(
        self,
        claims: Mapping[str, Any] | None = None,
        *,
        key: SigningKey | None = None,
        omit: Collection[str] = (),
        headers: Mapping[str, Any] | None = None,
        lifetime: float = 3600,
        now: float | None = None,
    ) -> str:
        """
        Sign a token, with the stack's own key unless another is given.
        """
        ...


class SupabaseAs(Protocol):
    """
    What the fixture `supabase_as` gives.
    """

    def __call__(self, who: str | Mapping[str, Any], /) -> Client:
        """
        Return a client that acts as *who*.

        Args:
            who: ``anon``, ``authenticated`` or ``service_role``, an access token, or the claims
                of a user to make a token for.
        """
        ...


@pytest.fixture(scope="session")
def supabase_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSupabase]:
    """
    A local Supabase that lives as long as the test session.
    """
    from supaopt.local import LocalSupabase  # noqa: PLC0415 - only who asks for it pays

    if running := os.environ.get("SUPAOPT_STACK_DIR"):
        stack = LocalSupabase(running)
    else:
        stack = LocalSupabase(_session_dir(tmp_path_factory) / "supaopt", keep=False)
    with stack:
        yield stack


@pytest.fixture(scope="session")
def supabase_client(supabase_stack: LocalSupabase) -> Iterator[Client]:
    """
    A client with the secret key, which passes RLS.
    """
    from supaopt.testing._clients import client  # noqa: PLC0415

    with client(supabase_stack.url, supabase_stack.secret_key) as service:
        yield service


@pytest.fixture(scope="session")
def supabase_aclient(supabase_stack: LocalSupabase) -> AsyncClient:
    """
    The async twin of `supabase_client`, for any event loop.
    """
    from supaopt.testing._clients import async_client  # noqa: PLC0415

    return async_client(supabase_stack.url, supabase_stack.secret_key)


@pytest.fixture
def supabase_as(supabase_stack: LocalSupabase, make_token: MakeToken) -> Iterator[SupabaseAs]:
    """
    A factory of clients that act as a role or as a user, under RLS.
    """
    from supaopt.testing._clients import client  # noqa: PLC0415

    with ExitStack() as clients:

        def act_as(who: str | Mapping[str, Any], /) -> Client:
            key = supabase_stack.publishable_key
            if who == "service_role":
                key = supabase_stack.secret_key
            token = _token_for(who, make_token)
            return clients.enter_context(client(supabase_stack.url, key, token))

        yield act_as


@pytest.fixture(scope="session")
def make_token(supabase_stack: LocalSupabase) -> MakeToken:
    """
    A factory of access tokens that the stack accepts.
    """
    from supaopt.testing.tokens import SigningKey, mint  # noqa: PLC0415

    own = SigningKey.from_jwk(supabase_stack.signing_jwk)

    def make(
        claims: Mapping[str, Any] | None = None, *, key: SigningKey | None = None, **options: Any
    ) -> str:
        return mint(key or own, {"iss": supabase_stack.issuer, **(claims or {})}, **options)

    return make


@pytest.fixture
def supabase_clean(supabase_stack: LocalSupabase) -> None:
    """
    An empty database: before the test, every table of ``public`` and every user is removed.
    """
    from supaopt.testing._isolation import truncate  # noqa: PLC0415

    truncate(supabase_stack.db_url)


def _session_dir(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    # Each worker of xdist has a folder of its own inside that of the session.
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _token_for(who: str | Mapping[str, Any], make_token: MakeToken) -> str | None:
    if who in ("anon", "service_role"):
        return None
    if who == "authenticated":
        return make_token()
    return who if isinstance(who, str) else make_token(who)
