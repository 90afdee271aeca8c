"""
A whole auth object against a key endpoint that misbehaves, over real HTTP.
"""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from supaopt.auth import JwksPolicy
from supaopt.errors import KeysUnavailableError, TokenInvalidError
from supaopt.testing import JwksServer, SigningKey, mint

# Keys that are overdue as soon as they are there, so that each token asks the endpoint.
OVERDUE = JwksPolicy(ttl=1e-9, refresh_after=1e-9, retry_after=1e-9)
SECRET = json.dumps({"keys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0" * 6}]}).encode()
SHORT_SECRET = json.dumps({"keys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0"}]}).encode()
UNUSABLE = json.dumps({"keys": [{"kty": "XYZ", "kid": "1"}, {"kty": "EC", "use": "enc"}]}).encode()
MANY = json.dumps({"keys": [{"kty": "XYZ", "kid": str(n)} for n in range(10_000)]}).encode()

Break = Callable[[JwksServer], None]


def _answers(body: bytes) -> Break:
    def change(server: JwksServer) -> None:
        server.body = body

    return change


def _is_down(server: JwksServer) -> None:
    server.status = 503


FAILURES: dict[str, Break] = {
    "is down": _is_down,
    "answers with HTML": _answers(b"<!doctype html><title>Bad gateway</title>"),
    "answers with nothing": _answers(b""),
    "answers with half a document": _answers(b'{"keys": [{"kty": "EC", "crv"'),
    "publishes 10,000 keys": _answers(MANY),
    "publishes a secret": _answers(SECRET),
    "publishes a secret too short to be one": _answers(SHORT_SECRET),
    "publishes no key that can be used": _answers(UNUSABLE),
}


@pytest.fixture(name="server")
def _server(key: SigningKey) -> Iterator[JwksServer]:
    with JwksServer(key) as server:
        yield server


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_known_keys_survive_an_endpoint_that(
    failure: Break, make_auth: Any, server: JwksServer, key: SigningKey, now: int
) -> None:
    """New tokens of known keys pass on, and those of others do not, while no new keys come."""
    auth = make_auth(url=server.url, jwks=OVERDUE)
    auth.hydrate()
    failure(server)
    for _ in range(3):
        assert auth.token(mint(key, {"iss": server.issuer}, now=now)).user.id
    with pytest.raises(TokenInvalidError, match="signature"):
        auth.token(mint(SigningKey.es256(key.kid), {"iss": server.issuer}, now=now))


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_nobody_passes_without_keys_when_the_endpoint(
    failure: Break, make_auth: Any, server: JwksServer, key: SigningKey, now: int
) -> None:
    """Without any keys the answer is 503, not 401, and the endpoint is asked once."""
    failure(server)
    auth = make_auth(url=server.url)
    for _ in range(3):
        with pytest.raises(KeysUnavailableError):
            auth.token(mint(key, {"iss": server.issuer}, now=now))
    assert 1 == server.hits


def test_an_empty_set_trusts_nobody(
    make_auth: Any, server: JwksServer, key: SigningKey, now: int
) -> None:
    """A project that publishes no keys any more has revoked them all."""
    token = mint(key, {"iss": server.issuer}, now=now)
    auth = make_auth(url=server.url, jwks=OVERDUE)
    auth.token(token)
    server.rotate()
    with pytest.raises(TokenInvalidError, match="no key"):
        auth.token(token)


def test_a_flood_of_invented_keys_asks_once(
    make_auth: Any, server: JwksServer, key: SigningKey, now: int
) -> None:
    """Ten thousand tokens that name random keys cost one fetch, and genuine ones still pass."""
    _, payload, signature = mint(key, {"iss": server.issuer}, now=now).split(".")
    auth = make_auth(url=server.url, jwks=JwksPolicy(cooldown=3_600))
    auth.hydrate()
    for _ in range(10_000):
        header = json.dumps({"alg": "ES256", "kid": secrets.token_hex(8)}).encode()
        invented = base64.urlsafe_b64encode(header).decode().rstrip("=")
        with pytest.raises(TokenInvalidError):
            auth.token(f"{invented}.{payload}.{signature}")
    assert auth.token(mint(key, {"iss": server.issuer}, now=now)).user.id
    assert 1 == server.hits
