"""
Key sets under many tasks and event loops: one fetch for all who need it, no loop kept alive.
"""

import asyncio
import gc
import weakref
from typing import Any

from supaopt.auth._freshness import JwksPolicy
from supaopt.auth._jwks import AsyncJwks
from supaopt.auth._token import Header
from supaopt.testing import FrozenClock

POLICY = JwksPolicy(ttl=600, refresh_after=480, max_stale=3_600, cooldown=30, retry_after=5)
KNOWN, UNKNOWN = Header("ES256", "known"), Header("ES256", "unknown")


def test_tasks_at_once_fetch_once(endpoint: Any, clock: FrozenClock) -> None:
    """Two hundred tasks that need keys at the same moment share one fetch."""

    async def main() -> list[int]:
        async def slow() -> bytes:
            await asyncio.sleep(0)
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        rings = await asyncio.gather(*(jwks.ring(KNOWN) for _ in range(200)))
        return [len(ring) for ring in rings]

    assert ([1] * 200, 1) == (asyncio.run(main()), endpoint.hits)


def test_a_caller_who_gives_up_takes_nobody_along(endpoint: Any, clock: FrozenClock) -> None:
    """Cancelling the caller that began a fetch leaves the others their answer."""

    async def main() -> int:
        proceed = asyncio.Event()

        async def slow() -> bytes:
            await proceed.wait()
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        first = asyncio.create_task(jwks.ring(KNOWN))
        second = asyncio.create_task(jwks.ring(KNOWN))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        proceed.set()
        return len(await second)

    assert (1, 1) == (asyncio.run(main()), endpoint.hits)


def test_closing_ends_a_fetch_under_way(clock: FrozenClock) -> None:
    """Closing cancels the fetch, so no task outlives its loop."""

    async def main() -> bool:
        async def never() -> bytes:
            await asyncio.Event().wait()
            return b""

        jwks = AsyncJwks(never, POLICY, clock)
        waiting = asyncio.create_task(jwks.ring(KNOWN))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await jwks.aclose()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    assert asyncio.run(main())


def test_one_set_serves_several_loops(endpoint: Any, clock: FrozenClock) -> None:
    """Keys that one loop fetched are used by the next."""
    jwks = AsyncJwks(endpoint.afetch, POLICY, clock)

    async def main() -> int:
        return len(await jwks.ring(KNOWN))

    assert ([1, 1], 1) == ([asyncio.run(main()) for _ in range(2)], endpoint.hits)


def test_loops_that_are_gone_are_forgotten(endpoint: Any, clock: FrozenClock) -> None:
    """A loop that fetched keys is not kept alive, as by servers that make one for each request."""
    jwks = AsyncJwks(endpoint.afetch, POLICY, clock)

    async def main() -> weakref.ref[asyncio.AbstractEventLoop]:
        await jwks.ring(KNOWN)
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(main())
    gc.collect()
    assert loop() is None


def test_tasks_with_a_new_key_wait_for_the_one_fetch(endpoint: Any, clock: FrozenClock) -> None:
    """Of many tasks whose tokens name a key just published none is refused."""

    async def main() -> tuple[list[bool], int]:
        entered, proceed = asyncio.Event(), asyncio.Event()
        proceed.set()

        async def slow() -> bytes:
            entered.set()
            await proceed.wait()
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        await jwks.hydrate()
        endpoint.rotate()
        clock.advance(31)
        proceed.clear()
        entered.clear()
        first = asyncio.create_task(jwks.ring(UNKNOWN))
        await entered.wait()
        known = len(await jwks.ring(KNOWN))
        others = [asyncio.create_task(jwks.ring(UNKNOWN)) for _ in range(5)]
        await asyncio.sleep(0)
        proceed.set()
        rings = await asyncio.gather(first, *others)
        return [ring.get(UNKNOWN) is not None for ring in rings], known

    assert (([True] * 6, 1), 2) == (asyncio.run(main()), endpoint.hits)


def test_tasks_do_not_wait_for_a_fetch_in_an_outage(endpoint: Any, clock: FrozenClock) -> None:
    """While the endpoint fails, a token with an invented key holds up nobody but the one asker."""

    async def main() -> int:
        entered, proceed = asyncio.Event(), asyncio.Event()
        proceed.set()

        async def slow() -> bytes:
            entered.set()
            await proceed.wait()
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        await jwks.hydrate()
        endpoint.error = OSError("down")
        clock.advance(31)
        await jwks.ring(UNKNOWN)
        clock.advance(31)
        proceed.clear()
        entered.clear()
        asker = asyncio.create_task(jwks.ring(UNKNOWN))
        await entered.wait()
        try:
            other = await asyncio.wait_for(jwks.ring(UNKNOWN), timeout=10)
        finally:
            proceed.set()
        await asker
        return len(other)

    assert (1, 3) == (asyncio.run(main()), endpoint.hits)
