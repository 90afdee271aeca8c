"""
Whether a backend can tell good tokens from bad ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.doctor._model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Api, Facts

# What supaopt.auth forgives by default is the point at which tokens are refused.
_LEEWAY_SECONDS = 10
_NOTABLE_SECONDS = 2


def unsafe_url(facts: Facts) -> Iterator[Finding]:
    """
    Find a project that is reached where others can read along.
    """
    if facts.api and not facts.api.is_private:
        yield Finding(
            "url_not_https",
            "error",
            "The project is reached without encryption",
            facts.api.url,
            "whoever is between reads every token and can swap the signing keys",
            "set SUPABASE_URL to the https address",
        )


def api_key(facts: Facts) -> Iterator[Finding]:
    """
    Find a key for callers that is none, or is too much.
    """
    kind = facts.api.key if facts.api else None
    if kind == "secret":
        yield Finding(
            "publishable_key_is_secret",
            "error",
            "The key for callers is a secret key",
            "SUPABASE_PUBLISHABLE_KEY",
            "it passes by row level security: each caller would see and write everything",
            "set SUPABASE_PUBLISHABLE_KEY to the sb_publishable_... or anon key; "
            "and revoke this one if a browser has ever had it",
        )
    elif kind == "refused":
        yield Finding(
            "api_key_refused",
            "error",
            "The API refuses the key",
            "SUPABASE_PUBLISHABLE_KEY",
            "every request that a caller makes through the API fails with 401",
            "copy the key again from the project's API settings; it may have been revoked",
        )


def key_failure(facts: Facts) -> Iterator[Finding]:
    """
    Find a key endpoint that gives nothing to verify with.
    """
    if facts.api and facts.api.keys.failure is not None:
        yield Finding(
            "jwks_unusable",
            "error",
            "The signing keys cannot be had",
            _endpoint(facts.api),
            f"{facts.api.keys.failure}; no access token can be verified",
            "check SUPABASE_URL, the network and whether the project is paused; "
            "the address must answer without an API key",
        )


def legacy_secret(facts: Facts) -> Iterator[Finding]:
    """
    Find a project that signs with a secret, so that whoever verifies can forge.
    """
    if facts.api and facts.api.keys.failure is None and facts.api.keys.published == 0:
        yield Finding(
            "jwks_empty",
            "info" if facts.api.knows_secret else "warning",
            "Tokens are signed with the legacy secret",
            _endpoint(facts.api),
            "the project publishes no signing key: whoever can verify its HS256 tokens can forge "
            "them, and without the secret none can be verified",
            "migrate to asymmetric JWT signing keys in the project's settings; until then set "
            "SUPABASE_JWT_SECRET where the backend runs",
        )


def odd_keys(facts: Facts) -> Iterator[Finding]:
    """
    Find keys that are published and cannot be used.
    """
    if facts.api and facts.api.keys.usable < facts.api.keys.published:
        odd = facts.api.keys.published - facts.api.keys.usable
        yield Finding(
            "jwks_partly_unusable",
            "warning",
            "Some signing keys cannot be used",
            _endpoint(facts.api),
            f"{odd} of {facts.api.keys.published} keys are of an unknown or unsafe kind: tokens "
            "signed with them are refused",
            "rotate to an ES256 or RS256 key in the project's JWT settings",
        )


def clock_skew(facts: Facts) -> Iterator[Finding]:
    """
    Find a clock that makes good tokens look expired, or not yet valid.
    """
    if facts.skew is None or abs(facts.skew) < _NOTABLE_SECONDS:
        return
    ahead = "ahead of" if facts.skew > 0 else "behind"
    yield Finding(
        "clock_skew",
        "error" if abs(facts.skew) > _LEEWAY_SECONDS else "warning",
        "The clocks differ",
        "this machine",
        f"the database's clock is {abs(facts.skew):.1f} s {ahead} this machine's; beyond a leeway "
        f"of {_LEEWAY_SECONDS} s new tokens are refused, or old ones accepted",
        "synchronise this machine's clock (NTP)",
    )


def _endpoint(api: Api) -> str:
    return f"{api.url}/auth/v1/.well-known/jwks.json"
