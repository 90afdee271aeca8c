"""
Key rotation under load: nobody genuine is refused, nobody else is let in.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from supaopt.auth import AsyncSupabaseAuth, JwksPolicy, SupabaseAuth
from supaopt.errors import TokenInvalidError
from supaopt.testing import FrozenClock, JwksServer, SigningKey

EAGER = JwksPolicy(cooldown=1e-9)
THREADS, TASKS, ROUNDS = 50, 200, 100


@pytest.fixture(name="keys", scope="module")
def _keys() -> list[SigningKey]:
    return [SigningKey.es256(f"generation-{number}") for number in range(4)]


def _rotations(server: JwksServer, keys: list[SigningKey]) -> Callable[[int], SigningKey]:
    """Before each quarter of the rounds, the next key joins and the one before the last leaves."""

    def key_at(round_number: int) -> SigningKey:
        generation = min(round_number * len(keys) // ROUNDS, len(keys) - 1)
        server.rotate(*keys[max(0, generation - 1) : generation + 1])
        return keys[generation]

    return key_at


def test_threads_live_through_three_rotations(
    keys: list[SigningKey], clock: FrozenClock, now: int
) -> None:
    """Fifty threads verify good and forged tokens through three rotations without one mistake."""
    forger = SigningKey.es256("generation-0")
    mistakes: list[str] = []
    barrier = threading.Barrier(THREADS + 1)
    current: dict[str, str] = {}
    with (
        JwksServer(keys[0]) as server,
        SupabaseAuth(server.url, publishable_key="k", clock=clock, jwks=EAGER) as auth,
    ):
        key_at = _rotations(server, keys)

        def work() -> None:
            for _ in range(ROUNDS):
                barrier.wait()
                barrier.wait()
                try:
                    auth.authenticate(current["good"])
                except TokenInvalidError as error:
                    mistakes.append(error.code)
                try:
                    auth.authenticate(current["forged"])
                    mistakes.append("accepted")
                except TokenInvalidError:
                    pass

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for number in range(ROUNDS):
            barrier.wait()
            current.update(_tokens(server, key_at(number), forger, now))
            barrier.wait()
        for thread in threads:
            thread.join()
        remembered = len(auth._verifier.cache)
    assert ([], True) == (mistakes, remembered <= ROUNDS)


def test_tasks_live_through_three_rotations(
    keys: list[SigningKey], clock: FrozenClock, now: int
) -> None:
    """Two hundred tasks at once do the same on an event loop."""
    forger = SigningKey.es256("generation-0")

    async def main(server: JwksServer) -> list[Any]:
        key_at = _rotations(server, keys)
        outcomes: list[Any] = []
        async with AsyncSupabaseAuth(
            server.url, publishable_key="k", clock=clock, jwks=EAGER
        ) as auth:
            for number in range(0, ROUNDS, 10):
                tokens = _tokens(server, key_at(number), forger, now)
                good = [auth.authenticate(tokens["good"]) for _ in range(TASKS)]
                forged = [auth.authenticate(tokens["forged"]) for _ in range(TASKS)]
                done = await asyncio.gather(*good, *forged, return_exceptions=True)
                outcomes += [isinstance(found, TokenInvalidError) for found in done]
        return outcomes

    with JwksServer(keys[0]) as server:
        outcomes = asyncio.run(main(server))
    assert ([False] * TASKS + [True] * TASKS) * (ROUNDS // 10) == outcomes


def test_a_revoked_key_ends_its_tokens_at_the_next_fetch(
    keys: list[SigningKey], clock: FrozenClock, now: int
) -> None:
    """Standby, current and previous keys are trusted, as Supabase says; revoked ones are not."""
    with (
        JwksServer(keys[0], keys[1]) as server,
        SupabaseAuth(server.url, publishable_key="k", clock=clock, jwks=EAGER) as auth,
    ):
        tokens = [_tokens(server, key, keys[3], now)["good"] for key in keys[:3]]

        def states() -> list[bool]:
            auth.hydrate()
            return [_is_accepted(auth, token) for token in tokens]

        found = [states()]  # 0 current, 1 standby
        server.rotate(keys[1], keys[0], keys[2])
        found.append(states())  # 1 current, 0 previous, 2 standby
        server.rotate(keys[1], keys[2])
        found.append(states())  # 0 revoked
    assert [[True, True, False], [True, True, True], [False, True, True]] == found


def _is_accepted(auth: SupabaseAuth, token: str) -> bool:
    try:
        auth.authenticate(token)
    except TokenInvalidError:
        return False
    return True


def _tokens(server: JwksServer, key: SigningKey, forger: SigningKey, now: int) -> dict[str, str]:
    from supaopt.testing import mint

    claims = {"iss": server.issuer}
    return {
        "good": mint(key, claims, now=now),
        "forged": mint(forger, claims, now=now, headers={"kid": key.kid}),
    }
