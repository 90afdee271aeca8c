"""
What both colours do alike: where a request keeps its credentials, and which keys it may show.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Generic, Literal

from supaopt.auth._claims import ClaimsT
from supaopt.auth._cookies import cookie_name, session_token
from supaopt.auth._request import bearer_token, header_values
from supaopt.auth._verifier import Verifier
from supaopt.errors import ConfigError, TokenInvalidError

if TYPE_CHECKING:
    from supaopt.auth._cache import Verified
    from supaopt.auth._jwks import AsyncJwks, Jwks
    from supaopt.auth._request import AnyRequest
    from supaopt.auth._settings import Settings

KeyKind = Literal["publishable", "secret"]


class Project(Generic[ClaimsT]):
    """
    One project's settings and verifier; what `SupabaseAuth` and its twin have in common.

    Args:
        settings: The project.
        model: What its claims are read as.
    """

    def __init__(self, settings: Settings, model: type[ClaimsT] | None) -> None:
        self._settings = settings
        self._verifier = Verifier(settings, model)
        self._cookie = cookie_name(settings.url) if settings.cookies else None

    def require_key(self, request: AnyRequest, kind: KeyKind = "publishable") -> None:
        """
        Demand an API key of the project in *request*'s ``apikey`` header, and no user.

        For routes that machines call: ``secret`` for cron jobs and webhooks, which then use
        `admin_client`, and ``publishable`` for an app of one's own before anybody has signed in,
        which then use `anonymous_client`. A secret key is good for both.

        Raises:
            TokenInvalidError: There is no key, or another.
            ConfigError: The project's secret key is needed and was not given.
        """
        shown = header_values(request, "apikey")
        if len(shown) != 1:
            raise TokenInvalidError("one apikey header is needed", code="api_key_missing")
        secret = self._settings.secret_key
        if kind == "secret" and secret is None:
            raise ConfigError(
                'require_key(request, "secret") needs secret_key (SUPABASE_SECRET_KEY)'
            )
        accepted = [key for key in (secret, self._public_key(kind)) if key is not None]
        # Each is compared, and each in constant time.
        offered = shown[0].encode("utf-8", "surrogatepass")
        matches = [hmac.compare_digest(offered, key.encode()) for key in accepted]
        if not any(matches):
            raise TokenInvalidError("the apikey header holds another key", code="api_key_invalid")

    def _recall(self, key: bytes, jwks: Jwks | AsyncJwks) -> Verified[ClaimsT] | None:
        # What is remembered counts while its key does; keys that are overdue are fetched first.
        entry = self._verifier.recall(key)
        if entry is None:
            return None
        ring = self._verifier.secret_ring(entry.header) or jwks.ready(entry.header)
        return entry if ring is not None and ring.holds(entry.key) else None

    def _public_key(self, kind: KeyKind) -> str | None:
        return self._settings.publishable_key if kind == "publishable" else None

    def _token_of(self, request: AnyRequest) -> str:
        # A header is deliberate and a cookie is sent by itself, so the header goes first.
        if self._cookie is not None and not header_values(request, "authorization"):
            token = session_token(header_values(request, "cookie"), self._cookie)
            if token is not None:
                return token
        return bearer_token(request)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings.url!r})"
