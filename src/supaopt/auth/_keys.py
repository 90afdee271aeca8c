"""
Verification keys, each good for one algorithm, and the ring that finds them.

An algorithm is a property of the key that a project published, never of the token that names it:
a header only has to agree. Symmetric and asymmetric keys never share a ring, so a public key
cannot be taken for an HMAC secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt import PyJWK, PyJWTError

from supaopt.auth._token import Compact, Header, read_object
from supaopt.errors import ConfigError, KeysUnavailableError, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cryptography.hazmat.primitives import hashes

MAX_KEYS = 100
MIN_SECRET_BYTES = 32
ASYMMETRIC = frozenset(
    {
        "ES256", "ES384", "ES512", "EdDSA",
        "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
    }
)  # fmt: skip
SYMMETRIC = frozenset({"HS256", "HS384", "HS512"})
_BY_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
_BY_TYPE = {"RSA": "RS256", "oct": "HS256"}
_SMALL_PRIMES = tuple(n for n in range(3, 168) if all(n % d for d in range(2, n)))
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "k")


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key that verifies signatures of one algorithm.

    Attributes:
        kid: Its id, or None when it has none.
        alg: The only algorithm it is good for.
        thumbprint: What tells it from every other key; not a secret.
        verify: Says whether a signature over some bytes is right.
    """

    kid: str | None
    alg: str
    thumbprint: str
    verify: Callable[[bytes, bytes], bool] = field(repr=False, compare=False)

    @property
    def symmetric(self) -> bool:
        """
        Whether whoever can verify with it can also sign.
        """
        return self.alg in SYMMETRIC


class KeyRing:
    """
    The keys that may verify a project's tokens, by id.
    """

    __slots__ = ("_by_kid", "_only")

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        keys = tuple(keys)
        if len({key.symmetric for key in keys}) > 1:
            raise KeysUnavailableError("the key set mixes public keys with secrets")
        self._by_kid = {key.kid: key for key in keys}
        if len(self._by_kid) != len(keys):
            raise KeysUnavailableError("two keys of the set have the same kid")
        self._only = keys[0] if len(keys) == 1 else None

    def __len__(self) -> int:
        return len(self._by_kid)

    def get(self, header: Header) -> Key | None:
        """
        Return the key that *header* names, or None.

        A set of one key without an id, and a header without one, need not agree on ids.
        """
        key = self._by_kid.get(header.kid)
        if key is None and self._only and None in (header.kid, self._only.kid):
            return self._only
        return key

    def holds(self, key: Key) -> bool:
        """
        Say whether *key* is still in force.
        """
        return self._by_kid.get(key.kid) == key


def verify(compact: Compact, ring: KeyRing) -> Key:
    """
    Return the key of *ring* that signed a token.

    Raises:
        TokenInvalidError: None of them did.
    """
    key = ring.get(compact.header)
    if key is None:
        raise TokenInvalidError("no key of this project signed the token", code="key_unknown")
    if compact.header.alg != key.alg:
        raise TokenInvalidError("the token names another algorithm", code="alg_mismatch")
    if not key.verify(compact.signed, compact.signature):
        raise TokenInvalidError("the token's signature is wrong", code="signature_invalid")
    return key


def ring_of_secret(secret: str | bytes) -> KeyRing:
    """
    Return the ring of a project that still signs with its legacy HS256 secret.

    Raises:
        ConfigError: The secret is too short to be one.
    """
    material = secret.encode() if isinstance(secret, str) else bytes(secret)
    if len(material) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"jwt_secret is {len(material)} bytes long; HS256 needs {MIN_SECRET_BYTES} or more. "
            "Copy it from the project's JWT settings"
        )

    def verify(signed: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(material, signed, "sha256"), signature)

    thumbprint = hashlib.sha256(b"HS256:" + material).hexdigest()
    return KeyRing([Key(None, "HS256", thumbprint, verify)])


def ring_of_jwks(content: bytes) -> KeyRing:
    """
    Return the ring of a published key set.

    Keys of unknown kinds and keys that are not for signatures are passed over, so that a project
    can add one without locking everybody out.

    Args:
        content: The JSON document, ``{"keys": [...]}``.

    Raises:
        KeysUnavailableError: It is no key set, too large, ambiguous, holds a secret, or holds
            keys none of which can be used.
    """
    try:
        jwks = read_object(content).get("keys")
    except TokenInvalidError:
        jwks = None
    if not isinstance(jwks, list):
        raise KeysUnavailableError("the key endpoint did not answer with a key set")
    if len(jwks) > MAX_KEYS:
        raise KeysUnavailableError(f"the key set holds {len(jwks)} keys, more than {MAX_KEYS}")
    # Whoever signs with a published secret is anybody, whether or not it could be used here.
    if any(isinstance(jwk, dict) and jwk.get("kty") == "oct" for jwk in jwks):
        raise KeysUnavailableError("the key set publishes a secret")
    keys = [key for key in map(key_of_jwk, jwks) if key is not None]
    if jwks and not keys:  # an empty set revokes every key; this one is a fault
        raise KeysUnavailableError("the key set holds no key that can be used")
    return KeyRing(keys)


def key_of_jwk(jwk: Mapping[str, Any]) -> Key | None:
    """
    Return the verification key in *jwk*, or None when it holds none that is safe to use.
    """
    if not isinstance(jwk, dict) or not _is_for_signatures(jwk):
        return None
    alg, kid = _algorithm(jwk), jwk.get("kid")
    if alg is None or not (kid is None or isinstance(kid, str)):
        return None
    material = {name: jwk[name] for name in _PUBLIC_MEMBERS if name in jwk}
    try:
        algorithm, key = _load(material, alg)
    except (PyJWTError, ValueError, TypeError):
        return None

    text = json.dumps([alg, material], sort_keys=True)
    thumbprint = hashlib.sha256(text.encode()).hexdigest()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key(kid, alg, thumbprint, _verify_ecdsa(key, algorithm.hash_alg()))

    def verify(signed: bytes, signature: bytes) -> bool:
        return bool(algorithm.verify(signed, key, signature))

    return Key(kid, alg, thumbprint, verify)


def _verify_ecdsa(
    key: ec.EllipticCurvePublicKey, digest: hashes.HashAlgorithm
) -> Callable[[bytes, bytes], bool]:
    # What PyJWT does anew for each token is done once for each key.
    scheme, size = ec.ECDSA(digest), (key.key_size + 7) // 8

    def verify(signed: bytes, signature: bytes) -> bool:
        if len(signature) != 2 * size:
            return False
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        try:
            key.verify(encode_dss_signature(r, s), signed, scheme)
        except InvalidSignature:
            return False
        return True

    return verify


def _algorithm(jwk: Mapping[str, Any]) -> str | None:
    # Compared as text, since the members of a hostile document may be of any type.
    alg = jwk.get("alg") or _BY_CURVE.get(str(jwk.get("crv"))) or _BY_TYPE.get(str(jwk.get("kty")))
    return alg if isinstance(alg, str) and alg in ASYMMETRIC | SYMMETRIC else None


def _is_for_signatures(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and ("verify" in operations or "sign" in operations)
    )


def _load(material: dict[str, Any], alg: str) -> tuple[Any, Any]:
    loaded = PyJWK(material, algorithm=alg)
    algorithm = loaded.Algorithm
    key = algorithm.prepare_key(loaded.key)
    too_short = algorithm.check_key_length(key)
    if too_short or (alg[:2] in {"RS", "PS"} and _is_roca(key.public_numbers().n)):
        raise ValueError
    return algorithm, key


def _is_roca(modulus: int) -> bool:
    # CVE-2017-15361: chips of one maker made primes from powers of 65537, so the modulus lies in
    # the subgroup that 65537 generates modulo every small prime. By chance one in 2**27 does.
    return all(modulus % prime in _powers_of_65537(prime) for prime in _SMALL_PRIMES)


@cache
def _powers_of_65537(prime: int) -> frozenset[int]:
    return frozenset(pow(65_537, exponent, prime) for exponent in range(prime - 1))
