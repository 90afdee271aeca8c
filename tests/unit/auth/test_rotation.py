"""
Key rotation under load: nobody genuine is refused, nobody else is let in.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import pytest

from supaopt.auth import AsyncSupabaseAuth, JwksPolicy, SupabaseAuth
from supaopt.errors import TokenInvalidError
from supaopt.testing import FrozenClock, JwksServer, SigningKey, mint

EAGER = JwksPolicy(cooldown=1e-9)
THREADS = 50
FORGER = SigningKey.es256("generation-0")

Attempt = tuple[str, bool]
"""A token, and whether it has to be accepted."""


@pytest.fixture(name="keys", scope="module")
def _keys() -> list[SigningKey]:
    return [SigningKey.es256(f"generation-{number}") for number in range(4)]


def _batch(issuer: str, keys: list[SigningKey], generation: int, now: int) -> list[Attempt]:
    """250 attempts: nine genuine ones, then a forged one; the last by a key that is gone."""
    genuine = [_token(issuer, keys[generation], now) for _ in range(20)]
    forged = _token(issuer, FORGER, now, kid=keys[generation].kid)
    attempts = [(genuine[n % 20], True) if n % 10 < 9 else (forged, False) for n in range(250)]
    if generation >= 2:
        attempts[-1] = _token(issuer, keys[generation - 2], now), False
    return attempts


def _mistakes(auth: SupabaseAuth, batch: list[Attempt]) -> list[Attempt]:
    return [(token, good) for token, good in batch if _is_accepted(auth, token) != good]


async def _async_mistakes(auth: AsyncSupabaseAuth, batch: list[Attempt]) -> list[Attempt]:
    async def judge(token: str, good: bool) -> bool:  # noqa: FBT001 - an attempt's two members
        try:
            await auth.authenticate(token)
        except TokenInvalidError:
            return not good
        return good

    return [attempt for attempt in batch if not await judge(*attempt)]


@pytest.mark.slow
def test_threads_and_tasks_live_through_three_rotations(
    keys: list[SigningKey], clock: FrozenClock, now: int
) -> None:
    """Fifty threads beside fifty tasks verify a thousand tokens each, without one mistake."""
    mistakes: list[Attempt] = []
    barrier = threading.Barrier(THREADS + 2, timeout=60)
    options: dict[str, Any] = {
        "publishable_key": "k", "clock": clock, "jwks": EAGER, "cache_size": 32,
    }  # fmt: skip
    with JwksServer(keys[0]) as server, SupabaseAuth(server.url, **options) as auth:
        batches = [_batch(server.issuer, keys, number, now) for number in range(len(keys))]

        def work() -> None:
            for batch in batches:
                barrier.wait()
                mistakes.extend(_mistakes(auth, batch))

        async def work_as_tasks() -> int:
            async with AsyncSupabaseAuth(server.url, **options) as twin:
                for batch in batches:
                    barrier.wait()
                    found = await asyncio.gather(
                        *(_async_mistakes(twin, batch) for _ in range(THREADS))
                    )
                    mistakes.extend(chain.from_iterable(found))
                return len(twin._verifier.cache)

        with ThreadPoolExecutor(THREADS + 1) as pool:
            tasks = pool.submit(asyncio.run, work_as_tasks())
            threads = [pool.submit(work) for _ in range(THREADS)]
            for number in range(len(keys)):
                barrier.wait()
                # While tokens of one key are verified, the next joins and the one before leaves.
                server.rotate(*keys[number : number + 2])
            for thread in threads:
                thread.result()
            remembered = [len(auth._verifier.cache), tasks.result()]
    assert ([], True) == (mistakes, max(remembered) <= 32)


STATES = {
    "standby": ([1, 0], "accepted"),
    "in use": ([0, 1], "accepted"),
    "previously used": ([1, 0, 2], "accepted"),
    "revoked": ([1, 2], "key_unknown"),
}


@pytest.mark.parametrize(("published", "outcome"), STATES.values(), ids=STATES.keys())
def test_a_key_is_trusted_in_each_state_but_revoked(
    published: list[int], outcome: str, keys: list[SigningKey], make_auth: Any, now: int
) -> None:
    """Tokens pass while Supabase publishes their key, and no longer, remembered or not."""
    with JwksServer(keys[0]) as server:
        token = _token(server.issuer, keys[0], now)
        remembering, fresh = make_auth(url=server.url), make_auth(url=server.url)
        remembering.token(token)
        server.rotate(*(keys[number] for number in published))
        remembering.hydrate()
        found = []
        for auth in (remembering, fresh):
            try:
                auth.token(token)
                found.append("accepted")
            except TokenInvalidError as error:
                found.append(error.code)
    assert [outcome, outcome] == found


def _is_accepted(auth: SupabaseAuth, token: str) -> bool:
    try:
        auth.authenticate(token)
    except TokenInvalidError:
        return False
    return True


def _token(issuer: str, key: SigningKey, now: int, *, kid: str | None = None) -> str:
    return mint(key, {"iss": issuer}, now=now, headers={"kid": kid or key.kid})
