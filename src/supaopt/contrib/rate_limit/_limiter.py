"""
Counting, in both colours: in Redis, or in the process.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from supaopt.contrib.rate_limit._callers import Callers
from supaopt.contrib.rate_limit._local import Counts
from supaopt.contrib.rate_limit._outage import OnOutage, Outage
from supaopt.contrib.rate_limit._verdict import Verdict, Window
from supaopt.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from supaopt.contrib.rate_limit._limit import RateLimit
    from supaopt.contrib.rate_limit._quota import Use
    from supaopt.contrib.rate_limit._redis import AsyncRedisCounts, RedisCounts
    from supaopt.contrib.rate_limit._visit import Visit


class RateLimiter:
    """
    Counts requests, in a Redis that processes share or in this process alone.

    Make one per process. Windows slide: no minute ever lets more through than ``100/minute`` says,
    wherever it begins. What is used up comes back as it gets old enough, in steps of a twentieth
    of the window where it allows more than 20.

    Args:
        redis: ``redis://`` URL of a Redis or Valkey, such as the cache's; None counts in this
            process, so that each of several allows as much, and remembers 50,000 counts at most.
        trusted_hops: How many proxies of your own stand in front, such as a load balancer. With 0
            ``X-Forwarded-For`` is not read, as anybody can write it.
        on_outage: While Redis does not answer: ``local`` counts in this process, ``open`` lets
            all through, ``closed`` refuses with 503, for what must never be tried uncounted.
        clock: Seconds, from any start.

    Raises:
        ConfigError: No URL of a Redis, no such choice, or no number of proxies.
        MissingExtraError: A Redis is named and redis-py is not installed.

    Examples:
        >>> limiter = RateLimiter()
        >>> limit = RateLimit("2/minute", by=["address"])
        >>> [limiter.admit(limit, Visit(peer="203.0.113.7")).allowed for _ in range(3)]
        [True, True, False]
    """

    def __init__(
        self,
        redis: str | None = None,
        *,
        trusted_hops: int = 0,
        on_outage: OnOutage = "local",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._callers = Callers(trusted_hops)
        self._local = Counts(clock)
        self._outage = Outage(on_outage, self._here, clock)
        self._shared: RedisCounts | None = None if redis is None else _redis().RedisCounts(redis)

    def admit(self, limit: RateLimit, visit: Visit) -> Verdict:
        """
        Count a request and say whether it may pass.

        Raises:
            ConfigError: The limit is by route, which *visit* does not name.
        """
        return self.hit(limit, *self._callers.parts(limit, visit))

    def hit(self, limit: RateLimit, *parts: str) -> Verdict:
        """
        Count something by whatever tells it apart, such as the address that signs in.
        """
        key = limit.key(parts)
        if self._shared is None:
            return self._here(limit, key)
        if self._outage.rests():
            return self._outage.decide(limit, key)
        try:
            verdict = _verdict(limit, self._shared.hit(key, limit.quotas))
        except Exception as error:  # noqa: BLE001 - whatever fails there, requests are answered
            self._outage.failed(error)
            return self._outage.decide(limit, key)
        self._outage.ended()
        return verdict

    def close(self) -> None:
        """
        Close the connections.
        """
        if self._shared is not None:
            self._shared.close()

    def _here(self, limit: RateLimit, key: str) -> Verdict:
        return _verdict(limit, self._local.hit(key, limit.quotas))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncRateLimiter:
    """
    `RateLimiter` for ``asyncio``: the same methods, to be awaited.

    Args:
        redis: As for `RateLimiter`.
        trusted_hops: As for `RateLimiter`.
        on_outage: As for `RateLimiter`.
        clock: As for `RateLimiter`.

    Raises:
        ConfigError: As for `RateLimiter`.
        MissingExtraError: As for `RateLimiter`.
    """

    def __init__(
        self,
        redis: str | None = None,
        *,
        trusted_hops: int = 0,
        on_outage: OnOutage = "local",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._callers = Callers(trusted_hops)
        self._local = Counts(clock)
        self._outage = Outage(on_outage, self._here, clock)
        self._url = redis
        # Connections belong to the event loop that made them.
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRedisCounts] = (
            WeakKeyDictionary()
        )
        if redis is not None:
            _redis().AsyncRedisCounts(redis)  # so that a wrong URL shows at once

    async def admit(self, limit: RateLimit, visit: Visit) -> Verdict:
        """
        Count a request and say whether it may pass; see `RateLimiter.admit`.
        """
        return await self.hit(limit, *self._callers.parts(limit, visit))

    async def hit(self, limit: RateLimit, *parts: str) -> Verdict:
        """
        Count something by whatever tells it apart; see `RateLimiter.hit`.
        """
        key = limit.key(parts)
        if self._url is None:
            return self._here(limit, key)
        if self._outage.rests():
            return self._outage.decide(limit, key)
        try:
            shared = self._shared(self._url)
            verdict = _verdict(limit, await shared.hit(key, limit.quotas))
        except Exception as error:  # noqa: BLE001 - whatever fails there, requests are answered
            self._outage.failed(error)
            return self._outage.decide(limit, key)
        self._outage.ended()
        return verdict

    def _shared(self, url: str) -> AsyncRedisCounts:
        loop = asyncio.get_running_loop()
        if (found := self._loops.get(loop)) is None:
            # Connections hold their loop, so that one that has ended would stay for ever.
            for ended in [each for each in list(self._loops) if each.is_closed()]:
                self._loops.pop(ended, None)
            found = self._loops[loop] = _redis().AsyncRedisCounts(url)
        return found

    def _here(self, limit: RateLimit, key: str) -> Verdict:
        return _verdict(limit, self._local.hit(key, limit.quotas))

    async def aclose(self) -> None:
        """
        Close the connections of this event loop.
        """
        kept = self._loops.pop(asyncio.get_running_loop(), None)
        if kept is not None:
            await kept.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


def _verdict(limit: RateLimit, counted: tuple[bool, list[Use]]) -> Verdict:
    allowed, uses = counted
    windows = tuple(
        Window(quota.amount, quota.seconds, max(0, quota.amount - used), wait / 1000)
        for quota, (used, wait) in zip(limit.quotas, uses, strict=True)
    )
    return Verdict(allowed=allowed, name=limit.name, windows=windows)


def _redis() -> Any:
    try:
        from supaopt.contrib.rate_limit import _redis  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("redis", feature="Counting in Redis") from error
    return _redis
