"""
Verifying a token beside PyJWT, PyJWKClient and supabase-py, and making a caller's client.

Run: ``python benchmarks/auth/verify.py [--json]``. The ways take turns in rounds, so that a noisy
machine is noisy for all of them; figures are medians in microseconds. joserfc and authlib are
measured too where they are installed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import jwt
from supabase import create_client

from supaopt.auth import AsyncSupabaseAuth, CustomJWTClaims, SupabaseAuth, active, any_of
from supaopt.testing import JwksServer, SigningKey, mint

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 60
PER_ROUND = 25
LIMITS = {
    "warm request, two guards": 10.0,
    "warm request, two guards (async)": 10.0,
    "first ES256 / (PyJWT + pydantic)": 0.6,
    "client": 100.0,
    "client (async)": 150.0,
}
CLAIMS = {
    "email": "student.one@example-college.edu",
    "user_metadata": {
        "email": "student.one@example-college.edu",
        "email_verified": True,
        "full_name": "Student Number One",
        "phone_verified": False,
    },
    "user_role": "admin",
    "client_id": "9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1",
    "profile_is_active": True,
    "is_student": True,
    "job_readiness_star_level": "THREE",
    "job_readiness_tier": "GOLD",
}


def measure(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return each way's median in microseconds, the ways taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(ROUNDS):
        for name, way in ways.items():
            for _ in range(PER_ROUND):
                begin = time.perf_counter_ns()
                way()
                taken[name].append((time.perf_counter_ns() - begin) / 1_000)
    return {name: statistics.median(values) for name, values in taken.items()}


def verifications(
    server: JwksServer, key: SigningKey, token: str
) -> dict[str, Callable[[], object]]:
    """Return the ways to verify *token* for the first time, keys at hand."""
    issuer, public = server.issuer, key.material.public_key()
    first = SupabaseAuth(
        server.url, publishable_key="sb_publishable_x", claims=CustomJWTClaims, cache_size=0
    )
    jwks = jwt.PyJWKClient(server.jwks_url)
    supabase = create_client(server.url, "sb_publishable_x")

    def pyjwt(signing_key: Any) -> object:
        return CustomJWTClaims.model_validate(
            jwt.decode(token, signing_key, ["ES256"], audience="authenticated", issuer=issuer)
        )

    ways: dict[str, Callable[[], object]] = {
        "supaopt, first verification": lambda: first.authenticate(token),
        "PyJWT decode + pydantic": lambda: pyjwt(public),
        "PyJWKClient + decode + pydantic": lambda: pyjwt(jwks.get_signing_key_from_jwt(token)),
        "supabase-py get_claims, no model": lambda: supabase.auth.get_claims(token),
    }
    return ways | optional(key, token)


def optional(key: SigningKey, token: str) -> dict[str, Callable[[], object]]:
    """Return joserfc and authlib, verification alone, if they are there."""
    ways: dict[str, Callable[[], object]] = {}
    if importlib.util.find_spec("joserfc"):
        from joserfc import jwt as joserfc
        from joserfc.jwk import ECKey

        ec_key = ECKey.import_key(key.jwk())
        ways["joserfc decode, no model"] = lambda: joserfc.decode(token, ec_key)
    if importlib.util.find_spec("authlib"):
        from authlib.jose import JsonWebKey, JsonWebToken

        authlib, jwk = JsonWebToken(["ES256"]), JsonWebKey.import_key(key.jwk())
        ways["authlib decode, no model"] = lambda: authlib.decode(token, jwk)
    return ways


def warm(server: JwksServer, token: str) -> dict[str, Callable[[], object]]:
    """Return what a request costs once its token is known."""
    auth = SupabaseAuth(server.url, publishable_key="sb_publishable_x", claims=CustomJWTClaims)
    names = ("host", "user-agent", "accept", "accept-encoding", "connection", "content-type")
    pairs = [*((name.encode(), b"x" * 20) for name in names)]
    scope = {"type": "http", "headers": [*pairs, (b"authorization", f"Bearer {token}".encode())]}
    guards = (any_of("admin", "staff"), active())
    return {
        "warm request, two guards": lambda: auth.authenticate_request(scope, *guards),
        "warm request, roles as a list": lambda: auth.authenticate_request(
            scope, required_roles=["admin", "staff"]
        ),
        "client": lambda: auth._pool.client(token).postgrest,  # noqa: SLF001 - as a caller does
    }


async def warm_async(server: JwksServer, token: str) -> dict[str, float]:
    """Return the same for event loops."""
    auth = AsyncSupabaseAuth(server.url, publishable_key="sb_publishable_x", claims=CustomJWTClaims)
    scope = {"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]}
    guards = (any_of("admin", "staff"), active())
    await auth.authenticate_request(scope, *guards)
    requests, clients = [], []
    for _ in range(ROUNDS * PER_ROUND):
        begin = time.perf_counter_ns()
        await auth.authenticate_request(scope, *guards)
        requests.append((time.perf_counter_ns() - begin) / 1_000)
    for _ in range(ROUNDS * PER_ROUND):
        begin = time.perf_counter_ns()
        _ = auth._pool.client(token).postgrest  # noqa: SLF001 - what a caller's first access does
        clients.append((time.perf_counter_ns() - begin) / 1_000)
    await auth.aclose()
    return {
        "warm request, two guards (async)": statistics.median(requests),
        "client (async)": statistics.median(clients),
    }


def main() -> int:
    """Measure, print, and return 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    key = SigningKey.es256()
    with JwksServer(key) as server:
        token = mint(key, {"iss": server.issuer} | CLAIMS)
        found = measure(verifications(server, key, token)) | measure(warm(server, token))
        found |= asyncio.run(warm_async(server, token))
    ratio = found["supaopt, first verification"] / found["PyJWT decode + pydantic"]
    found["first ES256 / (PyJWT + pydantic)"] = ratio
    broken = [name for name, limit in LIMITS.items() if found[name] > limit]
    if asked.json:
        print(json.dumps({"token_bytes": len(token), "figures": found, "broken": broken}))
    else:
        for name, value in found.items():
            limit = f"  (limit {LIMITS[name]:g})" if name in LIMITS else ""
            print(f"{name:40} {value:9.2f}{limit}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
