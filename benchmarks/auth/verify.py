"""
Verifying a token beside PyJWT, PyJWKClient, joserfc, authlib and supabase-py, making a caller's
client, and what the plan's routes did before: asking a local Supabase two things at each request.

Run: ``python benchmarks/auth/verify.py [--json] [--no-stack]``. The ways take turns in rounds, so
that a noisy machine is noisy for all of them. A round's figure is its median, a way's figure the
lower quartile of its rounds, in microseconds: what other programs do can only add to it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt as joserfc
from joserfc.jwk import ECKey
from supabase import create_client

from supaopt.auth import AsyncSupabaseAuth, CustomJWTClaims, SupabaseAuth, active, any_of
from supaopt.auth._token import parse
from supaopt.demo import _auth as routes
from supaopt.demo._platform import running
from supaopt.demo._run import SIZES
from supaopt.demo._steps import Silent
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


def quiet(rounds: list[float]) -> float:
    """Return the lower quartile of *rounds*."""
    return statistics.quantiles(rounds, n=4)[0]


def measure(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return each way's figure in microseconds, the ways taking turns."""
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(ROUNDS):
        for name, way in ways.items():
            rounds[name].append(statistics.median(_timed(way) for _ in range(PER_ROUND)))
    return {name: quiet(taken) for name, taken in rounds.items()}


def _timed(way: Callable[[], object]) -> float:
    begin = time.perf_counter_ns()
    way()
    return (time.perf_counter_ns() - begin) / 1_000


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

    compact = parse(token)
    half = len(compact.signature) // 2
    r, s = (
        int.from_bytes(part, "big") for part in (compact.signature[:half], compact.signature[half:])
    )
    der, ecdsa = encode_dss_signature(r, s), ec.ECDSA(SHA256())
    ways: dict[str, Callable[[], object]] = {
        "the signature alone": lambda: public.verify(der, compact.signed, ecdsa),
        "supaopt, first verification": lambda: first.authenticate(token),
        "PyJWT decode + pydantic": lambda: pyjwt(public),
        "PyJWKClient + decode + pydantic": lambda: pyjwt(jwks.get_signing_key_from_jwt(token)),
        "supabase-py get_claims, no model": lambda: supabase.auth.get_claims(token),
    }
    return ways | others(key, token)


def others(key: SigningKey, token: str) -> dict[str, Callable[[], object]]:
    """Return joserfc and authlib, which check the signature and no claim."""
    with warnings.catch_warnings(record=True):  # authlib sends its users to joserfc, at each import
        from authlib.jose import JsonWebKey, JsonWebToken
    authlib, jwk = JsonWebToken(["ES256"]), JsonWebKey.import_key(key.jwk())
    ec_key = ECKey.import_key(key.jwk())
    return {
        "joserfc decode, no model": lambda: joserfc.decode(token, ec_key),
        "authlib decode, no model": lambda: authlib.decode(token, jwk),
    }


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
    for _ in range(ROUNDS):
        taken = []
        for _ in range(PER_ROUND):
            begin = time.perf_counter_ns()
            await auth.authenticate_request(scope, *guards)
            taken.append((time.perf_counter_ns() - begin) / 1_000)
        requests.append(statistics.median(taken))
        # What a caller's first access does.
        client = [_timed(lambda: auth._pool.client(token).postgrest) for _ in range(PER_ROUND)]  # noqa: SLF001
        clients.append(statistics.median(client))
    await auth.aclose()
    return {"warm request, two guards (async)": quiet(requests), "client (async)": quiet(clients)}


def before() -> dict[str, float]:
    """Return what the plan's routes did at each request, and ours on the same local Supabase."""
    with running(SIZES["small"], seed=7, steps=Silent()) as platform:
        found = routes.measure(platform)
    return {
        "before: get_user and a profiles query": found.before_ms * 1_000,
        "after: authenticate_request, warm": found.after_us,
    }


def main() -> int:
    """Measure, print, and return 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-stack", action="store_true", help="leave out the plan's way")
    asked = parser.parse_args()
    key = SigningKey.es256()
    with JwksServer(key) as server:
        token = mint(key, {"iss": server.issuer} | CLAIMS)
        found = measure(verifications(server, key, token)) | measure(warm(server, token))
        found |= asyncio.run(warm_async(server, token))
    found |= {} if asked.no_stack else before()
    ratio = found["supaopt, first verification"] / found["PyJWT decode + pydantic"]
    found["first ES256 / (PyJWT + pydantic)"] = ratio
    alone = found["the signature alone"]  # which both pay
    found["the same without the signature"] = (found["supaopt, first verification"] - alone) / (
        found["PyJWT decode + pydantic"] - alone
    )
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
