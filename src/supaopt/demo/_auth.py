"""
Authentication: asked of the server with two requests, or verified in the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.auth import CustomJWTClaims, SupabaseAuth
from supaopt.demo._meter import Meter
from supaopt.demo._model import AuthResult
from supaopt.demo._timing import median_ms

if TYPE_CHECKING:
    from supabase import Client

    from supaopt.demo._platform import Platform

_RUNS_BEFORE: Final = 40
_RUNS_AFTER: Final = 2_000


def measure(platform: Platform) -> AuthResult:
    """
    Measure what it costs to learn who is calling, and that they are an administrator.
    """
    calls_before, calls_after, key_fetches = _calls(platform)
    with platform.client_of_admin() as client:
        before_ms = median_ms(lambda: _ask(client, platform), runs=_RUNS_BEFORE)
    return AuthResult(
        calls_before=calls_before,
        calls_after=calls_after,
        key_fetches=key_fetches,
        before_ms=round(before_ms, 3),
        after_us=_microseconds(platform, remembered=4_096),
        first_us=_microseconds(platform, remembered=0),
        runs_before=_RUNS_BEFORE,
        runs_after=_RUNS_AFTER,
        algorithm="ES256",
    )


def _ask(client: Client, platform: Platform) -> None:
    # What the plan's routes did: who is it, then which role have they.
    client.auth.get_user(platform.token)
    profiles = client.table("profiles").select("role,client_id,is_active")
    profiles.eq("id", platform.admin).single().execute()


def _auth(platform: Platform, url: str, *, remembered: int) -> SupabaseAuth[CustomJWTClaims]:
    return SupabaseAuth(
        url,
        publishable_key=platform.publishable_key,
        claims=CustomJWTClaims,
        issuer=platform.issuer,
        cache_size=remembered,
    )


def _verify(auth: SupabaseAuth[CustomJWTClaims], platform: Platform) -> None:
    request = {"authorization": f"Bearer {platform.token}"}
    auth.authenticate_request(request, required_roles=["admin"])


def _calls(platform: Platform) -> tuple[int, int, int]:
    with Meter(platform.url) as meter:
        with platform.client_of_admin(meter.url) as client:
            _ask(client, platform)
            before = len(meter.take())
        with _auth(platform, meter.url, remembered=0) as auth:
            auth.hydrate()
            key_fetches = len(meter.take())
            _verify(auth, platform)
            return before, len(meter.take()), key_fetches


def _microseconds(platform: Platform, *, remembered: int) -> float:
    with _auth(platform, platform.url, remembered=remembered) as auth:
        return round(median_ms(lambda: _verify(auth, platform), runs=_RUNS_AFTER) * 1000, 2)
