"""
Signing keys and access tokens as Supabase Auth issues them, for tests.
"""

from __future__ import annotations

import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["SigningKey", "mint"]

Algorithm = Literal["ES256", "RS256", "HS256"]

_ISSUER = "http://127.0.0.1:54321/auth/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """
    A key that signs tokens, with what a verifier needs to check them.

    Attributes:
        alg: Name of the algorithm, as in a token's header.
        kid: Name of the key, as in a token's header and a key set; None for a shared secret.
        material: Private key or shared secret, as PyJWT takes it; never part of the repr.

    Examples:
        >>> key = SigningKey.es256()
        >>> key.jwk()["alg"]
        'ES256'
    """

    alg: Algorithm
    kid: str | None
    material: Any = field(repr=False)

    @classmethod
    def es256(cls, kid: str | None = None) -> Self:
        """
        Make a new P-256 key pair, the kind that Supabase gives to new projects.

        Args:
            kid: Name of the key; a random one when None.

        Returns:
            The key.
        """
        return cls(
            alg="ES256",
            kid=kid or str(uuid.uuid4()),
            material=ec.generate_private_key(ec.SECP256R1()),
        )

    @classmethod
    def rs256(cls, kid: str | None = None, *, bits: int = 2048) -> Self:
        """
        Make a new RSA key pair.

        Args:
            kid: Name of the key; a random one when None.
            bits: Size of the modulus.

        Returns:
            The key.
        """
        return cls(
            alg="RS256",
            kid=kid or str(uuid.uuid4()),
            material=rsa.generate_private_key(public_exponent=65537, key_size=bits),
        )

    @classmethod
    def hs256(cls, secret: str, kid: str | None = None) -> Self:
        """
        Take a project's legacy JWT secret.

        Args:
            secret: The shared secret.
            kid: Name of the key, if tokens shall carry one.

        Returns:
            The key.
        """
        return cls(alg="HS256", kid=kid, material=secret.encode())

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> Self:
        """
        Read a private ES256 or RS256 key.

        Args:
            jwk: The private key as a JSON Web Key.

        Returns:
            The key.

        Raises:
            ConfigError: It is no private key of these two kinds.
        """
        kind = jwk.get("kty")
        if kind not in {"EC", "RSA"} or "d" not in jwk:
            raise ConfigError(f"expected a private EC or RSA key, got one with kty={kind!r}")
        algorithm = ECAlgorithm if kind == "EC" else RSAAlgorithm
        return cls(
            alg="ES256" if kind == "EC" else "RS256",
            kid=jwk.get("kid"),
            material=algorithm.from_jwk(dict(jwk)),
        )

    def jwk(self) -> dict[str, Any]:
        """
        Return the public half as a JSON Web Key.

        Raises:
            ConfigError: The key is a shared secret, which must never be published.
        """
        if self.alg == "HS256":
            raise ConfigError("a shared secret has no public half")
        algorithm = ECAlgorithm if self.alg == "ES256" else RSAAlgorithm
        public: dict[str, Any] = json.loads(algorithm.to_jwk(self.material.public_key()))
        return public | {"alg": self.alg, "kid": self.kid, "use": "sig", "key_ops": ["verify"]}

    def jwks(self) -> dict[str, Any]:
        """
        Return a key set that holds this key alone.
        """
        return {"keys": [self.jwk()]}


def mint(
    key: SigningKey,
    claims: Mapping[str, Any] | None = None,
    *,
    omit: Collection[str] = (),
    headers: Mapping[str, Any] | None = None,
    lifetime: float = 3600,
    now: float | None = None,
) -> str:
    """
    Sign an access token that has every claim Supabase Auth gives a signed-in user.

    Args:
        key: Key to sign with.
        claims: Claims to add or to replace.
        omit: Names of claims to leave out, defaults included.
        headers: Header fields to add or to replace.
        lifetime: Seconds from *now* until it expires; negative for an expired token.
        now: Time of issue in seconds since the epoch; the present when None.

    Returns:
        The token in compact form.

    Examples:
        >>> token = mint(SigningKey.hs256("s" * 32), {"user_role": "admin"})
        >>> token.count(".")
        2
    """
    issued = int(time.time() if now is None else now)
    payload = _signed_in(issued, lifetime) | dict(claims or {})
    for name in omit:
        payload.pop(name, None)
    named = {"kid": key.kid} if key.kid else {}
    header = {"typ": "JWT", **named, **(headers or {})}
    return _sign(key, header, json.dumps(payload, separators=(",", ":")).encode())


def _sign(key: SigningKey, header: Mapping[str, Any], payload: bytes) -> str:
    # Below ``jwt.encode``, which refuses payloads and keys that attacks are made of: an issuer
    # that is no string, a public key used as a shared secret.
    if key.alg != "HS256":
        signer = jwt.PyJWS()
        return signer.encode(payload, key.material, algorithm=key.alg, headers=dict(header))
    head = json.dumps({"alg": key.alg, **header}, separators=(",", ":")).encode()
    signed = base64url_encode(head) + b"." + base64url_encode(payload)
    signature = hmac.digest(key.material, signed, "sha256")
    return (signed + b"." + base64url_encode(signature)).decode()


def _signed_in(issued: int, lifetime: float) -> dict[str, Any]:
    return {
        "iss": _ISSUER,
        "aud": "authenticated",
        "sub": str(uuid.uuid4()),
        "iat": issued,
        "exp": issued + int(lifetime),
        "role": "authenticated",
        "email": "ada@example.com",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {},
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": issued}],
        "session_id": str(uuid.uuid4()),
        "is_anonymous": False,
    }
