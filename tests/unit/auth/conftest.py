"""
One project with a signing key and a legacy secret, verified in both colours.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from supaopt.auth import AsyncSupabaseAuth, AuthResult, CustomJWTClaims, Guard, SupabaseAuth
from supaopt.testing import FrozenClock, JwksServer, SigningKey, mint

NOW = 1_750_000_000
SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"


@pytest.fixture(name="now", scope="session")
def _now() -> int:
    """The second at which every clock of these tests stands."""
    return NOW


@pytest.fixture(name="secret", scope="session")
def _secret() -> str:
    return SECRET


@pytest.fixture(name="key", scope="session")
def _key() -> SigningKey:
    return SigningKey.es256("es-1")


@pytest.fixture(name="secret_key", scope="session")
def _secret_key() -> SigningKey:
    return SigningKey.hs256(SECRET)


@pytest.fixture(name="project", scope="session")
def _project(key: SigningKey) -> Iterator[JwksServer]:
    with JwksServer(key) as server:
        yield server


@pytest.fixture(name="clock")
def _clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture(name="runner", scope="session")
def _runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(name="token_of")
def _token_of(project: JwksServer, key: SigningKey) -> Callable[..., str]:
    """Mints tokens of the project: by default a signed-in user's, signed with its key."""

    def mint_for_project(claims: dict[str, Any] | None = None, **options: Any) -> str:
        signer = options.pop("key", key)
        return mint(signer, {"iss": project.issuer} | (claims or {}), now=NOW, **options)

    return mint_for_project


class Auth:
    """Either colour behind blocking calls, so that one test body covers both."""

    def __init__(
        self, real: SupabaseAuth[Any] | AsyncSupabaseAuth[Any], runner: asyncio.Runner
    ) -> None:
        self.real = real
        self._runner = runner

    def request(self, request: Any, *guards: Guard, **options: Any) -> AuthResult[Any, Any]:
        return self._wait(self.real.authenticate_request(request, *guards, **options))

    def token(self, token: str, *guards: Guard, **options: Any) -> AuthResult[Any, Any]:
        return self._wait(self.real.authenticate(token, *guards, **options))

    def hydrate(self) -> None:
        self._wait(self.real.hydrate())

    def close(self) -> None:
        if isinstance(self.real, SupabaseAuth):
            self.real.close()
        else:
            self._runner.run(self.real.aclose())

    def client(self, caller: AuthResult[Any, Any]) -> Any:
        async def inside_the_loop() -> Any:
            return caller.client

        if isinstance(self.real, SupabaseAuth):
            return caller.client
        return self._runner.run(inside_the_loop())

    def call(self, function: Callable[[], Any]) -> Any:
        """Call *function* where a request handler would run, and await what it returns."""

        async def inside_the_loop() -> Any:
            result = function()
            return await result if asyncio.iscoroutine(result) else result

        if isinstance(self.real, SupabaseAuth):
            return function()
        return self._runner.run(inside_the_loop())

    def _wait(self, result: Any) -> Any:
        return self._runner.run(result) if asyncio.iscoroutine(result) else result


@pytest.fixture(name="make_auth", params=[SupabaseAuth, AsyncSupabaseAuth], ids=["sync", "async"])
def _make_auth(
    request: pytest.FixtureRequest,
    project: JwksServer,
    clock: FrozenClock,
    runner: asyncio.Runner,
) -> Iterator[Callable[..., Auth]]:
    """Makes auth objects for the project; closes them."""
    made: list[Auth] = []

    def make(**options: Any) -> Auth:
        options = {
            "url": project.url,
            "publishable_key": "sb_publishable_test",
            "claims": CustomJWTClaims,
            "clock": clock,
        } | options
        made.append(Auth(request.param(**options), runner))
        return made[-1]

    yield make
    for auth in made:
        auth.close()


@pytest.fixture(name="auth")
def _auth(make_auth: Callable[..., Auth], secret: str) -> Auth:
    """Verifies by the project's key set and by its legacy secret."""
    return make_auth(jwt_secret=secret)


class Endpoint:
    """A key endpoint whose answers, failures and slowness a test decides."""

    def __init__(self) -> None:
        self.content: bytes = json.dumps(SigningKey.es256("known").jwks()).encode()
        self.error: Exception | None = None
        self.hits = 0

    def rotate(self) -> None:
        """Publish another key beside the known one."""
        keys = [*json.loads(self.content)["keys"], SigningKey.es256("unknown").jwk()]
        self.content = json.dumps({"keys": keys}).encode()

    def fetch(self) -> bytes:
        self.hits += 1
        if self.error is not None:
            raise self.error
        return self.content

    async def afetch(self) -> bytes:
        return self.fetch()


@pytest.fixture(name="endpoint")
def _endpoint() -> Endpoint:
    return Endpoint()
