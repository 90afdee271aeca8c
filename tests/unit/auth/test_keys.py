"""
Keys and rings: one algorithm a key, no secret among public keys, and no ambiguous name.
"""

import base64
import json
import math
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from supaopt.auth._keys import KeyRing, key_of_jwk, ring_of_jwks, ring_of_secret, verify
from supaopt.auth._token import Header, parse
from supaopt.errors import ConfigError, KeysUnavailableError, TokenInvalidError
from supaopt.testing import SigningKey

ES = SigningKey.es256("a").jwk()


def _jwks(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def _public(private: Any) -> dict[str, Any]:
    for kind, algorithm in (
        (ec.EllipticCurvePrivateKey, ECAlgorithm),
        (rsa.RSAPrivateKey, RSAAlgorithm),
        (ed25519.Ed25519PrivateKey, OKPAlgorithm),
    ):
        if isinstance(private, kind):
            public: dict[str, Any] = json.loads(algorithm.to_jwk(private.public_key()))
            return public
    raise AssertionError


RSA = rsa.generate_private_key(65537, 2048)
PRIVATE: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    **dict.fromkeys(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"], RSA),
}


@pytest.mark.parametrize("alg", PRIVATE)
def test_every_allowed_algorithm_verifies(alg: str) -> None:
    """A token of each asymmetric algorithm verifies, and not with one byte changed."""
    ring = ring_of_jwks(_jwks(_public(PRIVATE[alg]) | {"alg": alg, "kid": "k"}))
    token = jwt.encode({"a": 1}, PRIVATE[alg], algorithm=alg, headers={"kid": "k"})
    assert alg == verify(parse(token), ring).alg
    bent = parse(token)._replace(signed=b"e30.e30")
    with pytest.raises(TokenInvalidError):
        verify(bent, ring)


@pytest.mark.parametrize("alg", [alg for alg in PRIVATE if alg not in {"RS256", "ES256"}])
def test_an_algorithm_belongs_to_the_key(alg: str) -> None:
    """A token of another algorithm of the same kind of key is refused."""
    pinned = "RS256" if alg.startswith(("RS", "PS")) else "ES256"
    ring = ring_of_jwks(_jwks(_public(PRIVATE[pinned]) | {"alg": pinned, "kid": "k"}))
    token = jwt.encode({"a": 1}, PRIVATE[alg], algorithm=alg, headers={"kid": "k"})
    with pytest.raises(TokenInvalidError) as caught:
        verify(parse(token), ring)
    assert "alg_mismatch" == caught.value.code


def _without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in ES.items() if name not in names}


USELESS: dict[str, Any] = {
    "no object": "key",
    "null": None,
    "an unknown kind": {"kty": "XYZ", "kid": "a"},
    "no kind": _without("kty"),
    "no curve and no algorithm": _without("crv", "alg"),
    "an unknown curve": ES | {"crv": "P-999"},
    "no point": _without("x"),
    "a point off the curve": ES | {"x": ES["y"], "y": ES["y"]},
    "a point of another type": ES | {"x": 5},
    "the curve of another algorithm": ES | {"alg": "ES384"},
    "an algorithm of another kind": ES | {"alg": "RS256"},
    "no algorithm": ES | {"alg": "none"},
    "an algorithm as a list": ES | {"alg": ["ES256"]},
    "an algorithm as a number": ES | {"alg": 256},
    "for encryption": ES | {"use": "enc"},
    "for other operations": ES | {"key_ops": ["deriveKey"]},
    "operations that are no list": ES | {"key_ops": "verify"},
    "a name that is no string": ES | {"kid": 7},
    "a short RSA modulus": _public(rsa.generate_private_key(65537, 1024)) | {"alg": "RS256"},
    "a curve as a list": ES | {"crv": ["P-256"], "alg": None},
    "a kind as an object": ES | {"kty": {}, "alg": None},
}


@pytest.mark.parametrize("jwk", USELESS.values(), ids=USELESS.keys())
def test_a_useless_key_costs_itself_alone(jwk: Any) -> None:
    """A key that cannot be used safely is passed over; the one beside it still works."""
    assert key_of_jwk(jwk) is None
    good = SigningKey.es256("good").jwk()
    assert 1 == len(ring_of_jwks(_jwks(jwk, good)))


def test_a_published_private_key_verifies_and_no_more() -> None:
    """If a private key slips into the set, only its public half is taken."""
    private = json.loads(ECAlgorithm.to_jwk(PRIVATE["ES256"]))
    key = key_of_jwk(private | {"kid": "a"})
    assert key == key_of_jwk(_public(PRIVATE["ES256"]) | {"kid": "a"})


def test_a_modulus_of_the_roca_family_is_passed_over() -> None:
    """A key whose primes a flawed chip made can be factored, so it verifies nothing."""
    product = math.prod(n for n in range(3, 168) if all(n % d for d in range(2, n)))
    modulus = pow(65_537, 1_234_567, product) + product * (2**2_047 // product + 2)
    modulus += 0 if modulus % 2 else product
    encoded = base64.urlsafe_b64encode(modulus.to_bytes(256)).decode().rstrip("=")
    jwk = {"kty": "RSA", "alg": "RS256", "e": "AQAB", "n": encoded}
    assert key_of_jwk(jwk) is None
    next_to_it = (modulus + 2).to_bytes(256)
    assert key_of_jwk(jwk | {"n": base64.urlsafe_b64encode(next_to_it).decode().rstrip("=")})


BAD_SETS: dict[str, bytes] = {
    "text": b"hello",
    "HTML": b"<!doctype html><title>502</title>",
    "nothing": b"",
    "a list": b"[]",
    "no keys": b"{}",
    "keys that are no list": b'{"keys": {}}',
    "keys twice": b'{"keys": [], "keys": []}',
    "too many": _jwks(*[{"kty": "XYZ"}] * 101),
    "two of one name": _jwks(SigningKey.es256("a").jwk(), SigningKey.es256("a").jwk()),
    "two without a name": _jwks(_without("kid"), _public(PRIVATE["ES256"])),
    "a secret": _jwks({"kty": "oct", "k": base64.b64encode(b"x" * 32).decode(), "alg": "HS256"}),
    "a secret too short to be one": _jwks({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}),
    "a secret for encryption": _jwks({"kty": "oct", "k": "c2VjcmV0" * 6, "use": "enc"}),
    "a secret without a value": _jwks({"kty": "oct"}),
    "a short secret among keys": _jwks(ES, {"kty": "oct", "k": "c2VjcmV0", "kid": "b"}),
    "no key that can be used": _jwks({"kty": "XYZ"}, ES | {"use": "enc"}),
    "a secret among keys": _jwks(
        ES, {"kty": "oct", "k": base64.b64encode(b"x" * 32).decode(), "alg": "HS256", "kid": "b"}
    ),
}


@pytest.mark.parametrize("content", BAD_SETS.values(), ids=BAD_SETS.keys())
def test_a_bad_key_set_is_refused_whole(content: bytes) -> None:
    """What is no key set, or one that could be misread, leaves the project without new keys."""
    with pytest.raises(KeysUnavailableError):
        ring_of_jwks(content)


def test_an_empty_key_set_is_a_key_set() -> None:
    """A project that signs with a secret publishes no keys, which is no fault."""
    assert 0 == len(ring_of_jwks(b'{"keys": []}'))


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, b"x" * 31])
def test_a_short_secret_is_a_programming_error(secret: str | bytes) -> None:
    """A secret under 32 bytes is refused, and not repeated."""
    with pytest.raises(ConfigError, match="HS256 needs 32") as caught:
        ring_of_secret(secret)
    assert not secret or str(secret) not in str(caught.value)


def test_a_secret_takes_hs256_alone() -> None:
    """The same secret under HS512 is another algorithm, and refused."""
    secret = "x" * 64
    token = jwt.encode({}, secret, algorithm="HS512")
    with pytest.raises(TokenInvalidError):
        verify(parse(token), ring_of_secret(secret))


def test_secrets_and_public_keys_share_no_ring() -> None:
    """A ring of both kinds cannot be made."""
    symmetric = ring_of_secret("x" * 32).get(Header("HS256", None))
    asymmetric = key_of_jwk(ES)
    assert symmetric is not None
    assert asymmetric is not None
    with pytest.raises(KeysUnavailableError, match="mixes"):
        KeyRing([symmetric, asymmetric])


def test_a_key_without_a_name_serves_only_a_set_of_one() -> None:
    """A token that names no key finds one where there is only one, else none."""
    one = ring_of_jwks(_jwks(ES))
    two = ring_of_jwks(_jwks(ES, SigningKey.es256("b").jwk()))
    assert one.get(Header("ES256", None)) is not None
    assert two.get(Header("ES256", None)) is None
    assert one.get(Header("ES256", "zzz")) is None


def test_a_key_shows_no_material() -> None:
    """The repr of a secret's key holds neither the secret nor anything to verify with."""
    secret = "very-secret-" * 4
    key = ring_of_secret(secret).get(Header("HS256", None))
    assert "very-secret" not in repr(key)
