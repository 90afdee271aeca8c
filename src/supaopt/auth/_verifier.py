"""
A token on its way to a caller, with nothing fetched: what the two shells share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, cast

from supaopt.auth._cache import TokenCache, Verified
from supaopt.auth._claims import Claims, ClaimsT, decode
from supaopt.auth._keys import ASYMMETRIC, SYMMETRIC, ring_of_secret, verify
from supaopt.auth._token import Rules, check, read_object
from supaopt.errors import ConfigError, TokenInvalidError

if TYPE_CHECKING:
    from supaopt.auth._keys import KeyRing
    from supaopt.auth._settings import Settings
    from supaopt.auth._token import Compact, Header


class Verifier(Generic[ClaimsT]):
    """
    Verifies one project's tokens and remembers those it has verified.

    Args:
        settings: The project.
        model: What its claims are read as.
    """

    def __init__(self, settings: Settings, model: type[ClaimsT] | None) -> None:
        self._model = _model(model)
        self._rules = Rules(
            issuer=settings.issuer,
            audience=settings.audience,
            roles=frozenset(settings.roles),
            leeway=settings.leeway,
            tenant_is_client_id="client_id" in self._model.tenants_from,
        )
        secret = settings.jwt_secret
        self._secret = None if secret is None else ring_of_secret(secret)
        self._clock = settings.clock
        self._cache_ttl = settings.cache_ttl
        self.cache: TokenCache[ClaimsT] = TokenCache(settings.cache_size)

    def recall(self, key: bytes) -> Verified[ClaimsT] | None:
        """
        Return what was found for the token with the digest *key*, if that still counts.
        """
        entry = self.cache.get(key)
        return entry if entry is not None and self._clock() < entry.good_until else None

    def secret_ring(self, header: Header) -> KeyRing | None:
        """
        Return the ring for a token signed with the legacy secret; None for published keys.

        Raises:
            TokenInvalidError: The algorithm is not one that this project signs with.
        """
        if header.alg in ASYMMETRIC:
            return None
        if header.alg in SYMMETRIC and self._secret is not None:
            return self._secret
        raise TokenInvalidError(
            "the token is not signed as this project signs"
            + (" (a legacy project sets SUPABASE_JWT_SECRET)" if header.alg in SYMMETRIC else ""),
            code="alg_mismatch",
        )

    def verify(self, key: bytes, compact: Compact, ring: KeyRing) -> Verified[ClaimsT]:
        """
        Verify a token with *ring*, and remember it under the digest *key*.

        Raises:
            TokenExpiredError: It was good until it expired.
            TokenInvalidError: It proves nothing; ``code`` says why.
        """
        signer = verify(compact, ring)
        now = self._clock()
        payload = read_object(compact.payload)
        check(payload, self._rules, now)
        claims = decode(self._model, compact.payload)
        # The payload's own exp: what a model makes of it decides nothing.
        good_until = min(payload["exp"], now + self._cache_ttl)
        entry = Verified(claims, compact.header, signer, good_until)
        self.cache.put(key, entry)
        return entry


def _model(model: type[ClaimsT] | None) -> type[ClaimsT]:
    if model is None:  # and ClaimsT is then its default
        return cast("type[ClaimsT]", Claims)
    if not _is_claims(model):
        raise ConfigError(f"claims is {model!r}; pass a subclass of supaopt.auth.Claims")
    if not model.model_config.get("frozen"):
        raise ConfigError(f"{model.__name__} is not frozen; requests share one token's claims")
    return model


def _is_claims(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, Claims)
