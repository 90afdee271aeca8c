"""
Rate limits on the cache's Redis, on a real server that is also killed and frozen.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import redis

from supaopt.contrib.rate_limit import AsyncRateLimiter, RateLimit, RateLimiter, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

ME = Visit(peer="203.0.113.7")
CALLERS = 300


class Clock:
    """
    Seconds that only a test moves.
    """

    now = 1000.0

    def __call__(self) -> float:
        """
        Tell the time.
        """
        return self.now


@pytest.fixture(name="limiter")
def _limiter(valkey: Any) -> Iterator[RateLimiter]:
    with RateLimiter(valkey.url) as limiter:
        yield limiter


def test_processes_and_colours_share_a_count(valkey: Any, limiter: RateLimiter) -> None:
    """
    What one limiter counts the others see, asynchronous ones on any event loop included.
    """
    limit = RateLimit("3/hour")
    later = AsyncRateLimiter(valkey.url)

    async def admit() -> bool:
        async with later:
            return (await later.admit(limit, ME)).allowed

    with RateLimiter(valkey.url) as other:
        allowed = [limiter.admit(limit, ME).allowed, asyncio.run(admit())]
        allowed += [other.admit(limit, ME).allowed, asyncio.run(admit())]
    assert [True, True, True, False] == allowed


def test_no_race_lets_one_more_through(valkey: Any, limiter: RateLimiter) -> None:
    """
    Of many callers at once, in threads or tasks, exactly as many pass as are allowed.
    """
    limit = RateLimit("50/hour")
    with ThreadPoolExecutor(32) as threads:
        verdicts = list(threads.map(lambda _: limiter.hit(limit, "threads"), range(CALLERS)))
    assert 50 == sum(verdict.allowed for verdict in verdicts)

    async def main() -> int:
        async with AsyncRateLimiter(valkey.url) as later:
            calls = (later.hit(limit, "tasks") for _ in range(CALLERS))
            return sum(verdict.allowed for verdict in await asyncio.gather(*calls))

    assert 50 == asyncio.run(main())


def test_several_windows_are_one_decision(limiter: RateLimiter) -> None:
    """
    A request counts in all windows or in none, and the server tells what is left as we would.
    """
    limit = RateLimit("2/hour; 30/day")
    with RateLimiter() as here:
        for counter in (limiter, here):
            verdicts = [counter.hit(limit, "me") for _ in range(4)]
            assert [True, True, False, False] == [verdict.allowed for verdict in verdicts]
            assert [0, 28] == [window.remaining for window in verdicts[-1].windows]
            assert 3590 < verdicts[-1].windows[0].reset <= 3600.001
            assert 86_390 < verdicts[-1].windows[1].reset <= 86_400 + 86_400 / 20


def test_what_is_over_comes_back(valkey: Any, limiter: RateLimiter) -> None:
    """
    A step whose time is over is forgotten, and nothing else is.
    """
    limit = RateLimit("2/hour")
    limiter.hit(limit, "me")
    with redis.Redis.from_url(valkey.url) as client:
        [key] = client.keys()
        [(end, _)] = client.hgetall(key).items()
        client.delete(key)
        client.hset(key, mapping={str(int(end) - 3_600_001): 2})
        client.expire(key, 60)
    assert [True, True, False] == [limiter.hit(limit, "me").allowed for _ in range(3)]


def test_a_quota_that_is_whole_waits_for_nothing(valkey: Any, limiter: RateLimiter) -> None:
    """
    What one window refuses is counted in no other, which stays as it was.
    """
    limit = RateLimit("2/hour; 1/day")
    limiter.hit(limit, "me")
    with redis.Redis.from_url(valkey.url) as client:
        [hours] = client.keys("*/3600")
        client.delete(hours)
        refused = limiter.hit(limit, "me")
        assert not client.exists(hours)
    assert (2, 0.0) == (refused.windows[0].remaining, refused.windows[0].reset)


def test_keys_tell_nothing_of_callers_and_end(valkey: Any, limiter: RateLimiter) -> None:
    """
    Addresses and names stay out of Redis, and counts are gone after their time.
    """
    limiter.admit(RateLimit("3/hour"), ME)
    with redis.Redis.from_url(valkey.url) as client:
        keys = client.keys()
        assert keys
        assert [] == [key for key in keys if b"203.0" in key or not key.startswith(b"supaopt:")]
        assert all(0 < client.ttl(key) <= 7200 for key in keys)


@pytest.mark.parametrize("end", ["stop", "freeze"])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_an_outage_costs_nobody_an_answer(valkey: Any, end: str, colour: str) -> None:
    """
    With the server killed or hung, requests are counted here and told of once; then there again.
    """
    clock = Clock()
    limit = RateLimit("2/hour")
    getattr(valkey, end)()
    if colour == "sync":
        with RateLimiter(valkey.url, clock=clock) as limiter:
            allowed = [limiter.admit(limit, ME).allowed for _ in range(20)]
    else:

        async def main() -> list[bool]:
            async with AsyncRateLimiter(valkey.url, clock=clock) as later:
                return [(await later.admit(limit, ME)).allowed for _ in range(20)]

        allowed = asyncio.run(main())
    assert [True, True, *[False] * 18] == allowed


def test_a_server_that_comes_back_counts_again(
    valkey: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """
    After an outage the shared count is used, which is told too.
    """
    clock = Clock()
    limit = RateLimit("2/hour")
    with RateLimiter(valkey.url, clock=clock, on_outage="closed") as limiter:
        valkey.stop()
        assert [503] * 5 == [limiter.admit(limit, ME).status for _ in range(5)]
        valkey.start()
        clock.now += 60
        assert [200, 200, 429] == [limiter.admit(limit, ME).status for _ in range(3)]
    assert ["ERROR", "WARNING"] == [record.levelname for record in caplog.records]
