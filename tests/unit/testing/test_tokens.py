"""
Tests of `supaopt.testing.tokens`.
"""

from __future__ import annotations

import json
import urllib.request

import jwt
import pytest

from supaopt.errors import ConfigError
from supaopt.testing import FrozenClock, JwksServer, SigningKey, mint

NOW = 1_750_000_000


@pytest.fixture(name="key", params=["es256", "rs256"])
def _key(request: pytest.FixtureRequest) -> SigningKey:
    key: SigningKey = getattr(SigningKey, request.param)()
    return key


def _decode(token: str, key: jwt.PyJWK | str, algorithm: str) -> dict[str, object]:
    options = {"verify_exp": False, "verify_iat": False}
    return jwt.decode(token, key, [algorithm], audience="authenticated", options=options)


def test_a_key_pair_verifies_through_its_public_half(key: SigningKey) -> None:
    """
    A token verifies with the JWK that the key publishes.
    """
    token = mint(key, {"user_role": "admin"}, now=NOW)

    claims = _decode(token, jwt.PyJWK(key.jwk()), key.alg)

    assert "admin" == claims["user_role"]
    assert (NOW, NOW + 3600) == (claims["iat"], claims["exp"])
    assert key.kid == jwt.get_unverified_header(token)["kid"]


def test_a_published_key_holds_nothing_private(key: SigningKey) -> None:
    """
    The key set has no private member.
    """
    assert set() == {"d", "p", "q", "dp", "dq", "qi"} & set(key.jwks()["keys"][0])


def test_a_private_jwk_is_read_back(key: SigningKey) -> None:
    """
    A key read from its private JWK signs what the original verifies.
    """
    algorithm = jwt.get_algorithm_by_name(key.alg)
    private = json.loads(algorithm.to_jwk(key.material)) | {"kid": key.kid}

    token = mint(SigningKey.from_jwk(private), now=NOW)

    assert "authenticated" == _decode(token, jwt.PyJWK(key.jwk()), key.alg)["role"]


def test_a_public_jwk_cannot_sign(key: SigningKey) -> None:
    """
    Reading a public key as a signing key is refused.
    """
    with pytest.raises(ConfigError, match="private EC or RSA"):
        SigningKey.from_jwk(key.jwk())


def test_a_secret_is_neither_published_nor_shown() -> None:
    """
    A shared secret has no JWK and does not appear in the repr.
    """
    key = SigningKey.hs256("correct horse battery staple, long")

    assert "horse" not in repr(key)
    with pytest.raises(ConfigError, match="no public half"):
        key.jwk()


def test_a_public_key_can_be_misused_as_a_secret() -> None:
    """
    Tests can make the token of a key-confusion attack.
    """
    published = json.dumps(SigningKey.es256().jwk())

    token = mint(SigningKey.hs256(published, kid="k1"))

    assert {"alg": "HS256", "typ": "JWT", "kid": "k1"} == jwt.get_unverified_header(token)


def test_claims_and_headers_are_replaced_and_left_out() -> None:
    """
    A test decides about every claim and header field.
    """
    secret = "s" * 32
    token = mint(
        SigningKey.hs256(secret),
        {"iss": None},
        omit=["aud", "session_id"],
        headers={"kid": "other"},
        lifetime=-1,
        now=NOW,
    )

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (None, NOW - 1) == (claims["iss"], claims["exp"])
    assert set() == {"aud", "session_id"} & set(claims)
    assert "other" == jwt.get_unverified_header(token)["kid"]


def test_the_key_server_serves_rotates_and_fails_on_demand() -> None:
    """
    The key set is served, counted, rotated and made to fail.
    """
    old, new = SigningKey.es256("old"), SigningKey.es256("new")
    with JwksServer(old) as server:
        before = json.load(urllib.request.urlopen(server.jwks_url))
        server.rotate(new)
        after = json.load(urllib.request.urlopen(server.jwks_url))
        server.status = 503
        with pytest.raises(urllib.error.HTTPError) as failure:
            urllib.request.urlopen(server.jwks_url)
        failure.value.close()

    assert ["old"] == [key["kid"] for key in before["keys"]]
    assert ["new"] == [key["kid"] for key in after["keys"]]
    assert 3 == server.hits


def test_the_clock_moves_only_when_told() -> None:
    """
    A frozen clock shows the same time until it is advanced.
    """
    clock = FrozenClock(10.0)
    readings = [clock(), clock()]
    clock.advance(-4)

    assert [10.0, 10.0, 6.0] == [*readings, clock()]
