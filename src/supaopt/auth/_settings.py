"""
What an auth object is told, checked once.
"""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from supaopt.auth._freshness import JwksPolicy
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from supaopt.auth._observe import AuthEvent

_NEVER_USERS = frozenset({"anon", "service_role", "postgres"})


class AuthOptions(TypedDict, total=False):
    """
    Options of `SupabaseAuth` and `AsyncSupabaseAuth`; the defaults suit a hosted project.

    Attributes:
        issuer: What tokens must name as ``iss``; by default the project's ``/auth/v1``.
        audience: What tokens must name as ``aud``; by default ``authenticated``.
        roles: Postgres roles that stand for a signed-in user; by default ``authenticated`` alone.
        leeway: Seconds that clocks may differ; by default 10.
        jwks: How long published keys are believed.
        cache_size: How many verified tokens to remember; by default 4,096, and 0 for none.
        cache_ttl: Seconds after which a remembered token is verified anew; by default 300.
        timeout: Seconds that one step of an HTTP request may take; by default 10.
        cookies: Whether the session cookie of @supabase/ssr is read where there is no
            Authorization header. Browsers send cookies by themselves, so routes that change
            something then need a defence against forged requests.
        secret_key: The ``sb_secret_...`` or service_role key, for `admin_client` and
            `require_key`; callers' clients never get it.
        is_revoked: Asked on every request, with the claims, whether a good token was called back;
            anything but False refuses it. May be a coroutine function under `AsyncSupabaseAuth`.
        observe: Told of each request that `authenticate_request` judged, such as
            `supaopt.contrib.opentelemetry.AuthTelemetry`.
        allow_http: Whether the project may be reached by plain HTTP beyond this machine.
        clock: Seconds since the epoch, for tests that own time.
    """

    issuer: str
    audience: str
    roles: Iterable[str]
    leeway: int
    jwks: JwksPolicy
    cache_size: int
    cache_ttl: float
    timeout: float
    cookies: bool
    secret_key: str
    is_revoked: Callable[[Any], bool | Awaitable[bool]]
    observe: Callable[[AuthEvent], None]
    allow_http: bool
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    One project, and how its tokens are verified; see `AuthOptions`.
    """

    url: str
    publishable_key: str = field(repr=False)
    jwt_secret: str | bytes | None = field(default=None, repr=False)
    issuer: str = ""
    audience: str = "authenticated"
    roles: Iterable[str] = frozenset({"authenticated"})
    leeway: int = 10
    jwks: JwksPolicy = field(default_factory=JwksPolicy)
    cache_size: int = 4_096
    cache_ttl: float = 300
    timeout: float = 10
    cookies: bool = False
    secret_key: str | None = field(default=None, repr=False)
    is_revoked: Callable[[Any], bool | Awaitable[bool]] | None = None
    observe: Callable[[AuthEvent], None] | None = None
    allow_http: bool = False
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        url = _project_url(self.url, allow_http=self.allow_http)
        object.__setattr__(self, "url", url)
        object.__setattr__(self, "issuer", self.issuer or f"{url}/auth/v1")
        object.__setattr__(self, "roles", _roles(self.roles))
        _check_key(self.publishable_key)
        _check_name("issuer", self.issuer)
        _check_name("audience", self.audience)
        _check_secret_key(self.secret_key)
        if not 0 <= self.leeway <= 300:
            raise ConfigError(f"leeway is {self.leeway!r}; it is between 0 and 300 seconds")
        if self.cache_size < 0 or self.cache_ttl <= 0 or self.timeout <= 0:
            raise ConfigError(
                f"cache_size={self.cache_size!r}, cache_ttl={self.cache_ttl!r} and "
                f"timeout={self.timeout!r} are positive numbers; cache_size may be 0"
            )

    @property
    def jwks_url(self) -> str:
        """
        Where the project publishes its signing keys.
        """
        return f"{self.url}/auth/v1/.well-known/jwks.json"


def _project_url(url: object, *, allow_http: bool) -> str:
    """
    Return *url* without what it may not or need not have.

    Raises:
        ConfigError: It is no URL, or plain HTTP to another machine.
    """
    text = url if isinstance(url, str) else ""
    try:
        parts = urlsplit(text)
    except ValueError:  # half an IPv6 address
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"url is {url!r}; it looks like https://<project>.supabase.co")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError("url holds credentials, a query or a fragment; leave them out")
    if parts.scheme == "http" and not allow_http and not _is_loopback(parts.hostname):
        raise ConfigError(
            f"url is {url!r}: whoever is between could swap the signing keys. Use https, or pass "
            "allow_http=True inside a network that you trust"
        )
    return text.rstrip("/")


def from_environment(
    env: Mapping[str, str] | None, options: Mapping[str, object]
) -> dict[str, Any]:
    """
    Return the settings that Supabase's usual environment variables hold, under *options*.

    Raises:
        ConfigError: One that is needed is missing.
    """
    env = os.environ if env is None else env
    url = env.get("SUPABASE_URL")
    key = env.get("SUPABASE_PUBLISHABLE_KEY") or env.get("SUPABASE_ANON_KEY")
    if not url or not key:
        missing = "SUPABASE_URL" if not url else "SUPABASE_PUBLISHABLE_KEY (or SUPABASE_ANON_KEY)"
        raise ConfigError(f"the environment has no {missing}; set it or pass it to the constructor")
    secret = env.get("SUPABASE_SECRET_KEY") or env.get("SUPABASE_SERVICE_ROLE_KEY")
    return {
        "url": url,
        "publishable_key": key,
        "jwt_secret": env.get("SUPABASE_JWT_SECRET") or None,
        **({"secret_key": secret} if secret else {}),
        **options,
    }


def role_of_key(key: str) -> str | None:
    """
    Return the role that a legacy API key claims, unverified; None when it is no such key.
    """
    try:
        payload = key.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["role"])
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def _roles(roles: Iterable[str]) -> frozenset[str]:
    names = frozenset({roles} if isinstance(roles, str) else roles)
    if not names or names & _NEVER_USERS or any(name.startswith("supabase_") for name in names):
        raise ConfigError(
            f"roles are {sorted(names)}; they are Postgres roles of signed-in users, "
            "usually only 'authenticated'"
        )
    return names


def _check_name(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name} is {value!r}; it is a non-empty string")


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not key:
        raise ConfigError("publishable_key is empty; copy it from the project's API settings")
    # A client made with one of these bypasses row-level security for every caller.
    if key.startswith("sb_secret_") or role_of_key(key) not in {None, "anon"}:
        raise ConfigError(
            "publishable_key is a secret key, which bypasses row-level security; "
            "pass the sb_publishable_... or anon key"
        )


def _check_secret_key(key: str | None) -> None:
    if key is not None and not (key.startswith("sb_secret_") or role_of_key(key) == "service_role"):
        raise ConfigError("secret_key is no secret key; pass the sb_secret_... or service_role key")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
