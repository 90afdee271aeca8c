"""
Counting, in both colours, on ``limits``: in Redis, or in the process.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from limits.aio import storage as aio_storage
from limits.aio import strategies as aio_strategies
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from supaopt.contrib.rate_limit import _redis
from supaopt.contrib.rate_limit._outage import OnOutage, Outage
from supaopt.contrib.rate_limit._verdict import Verdict, Window
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from limits import RateLimitItem

    from supaopt.contrib.rate_limit._limit import RateLimit
    from supaopt.contrib.rate_limit._visit import Visit

_PREFIX: Final = "supaopt:limit"


class RateLimiter:
    """
    Counts requests, in a Redis that processes share or in this process alone.

    Make one per process. The window slides, so that the end of a minute does not let the worth of
    two through.

    Args:
        redis: ``redis://`` URL of a Redis or Valkey, such as the cache's; None counts in this
            process, so that each of several allows as much.
        trusted_hops: How many proxies of your own stand in front, such as a load balancer. With 0
            ``X-Forwarded-For`` is not read, as anybody can write it.
        on_outage: While Redis does not answer: ``local`` counts in this process, ``open`` lets
            all through, ``closed`` refuses with 503, for what must never be tried uncounted.
        clock: Seconds, from any start.

    Raises:
        ConfigError: No URL of a Redis, no such choice, or a negative number of proxies.

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
        self._trusted_hops = _hops(trusted_hops)
        self._local = _Local()
        self._outage = Outage(on_outage, self._local.count, clock)
        self._pool = None if redis is None else _redis.pool(redis)
        self._shared = None if self._pool is None else _shared(self._pool)

    def admit(self, limit: RateLimit, visit: Visit) -> Verdict:
        """
        Count a request and say whether it may pass.

        Raises:
            ConfigError: The limit is by route, which *visit* does not name.
        """
        return self.hit(limit, *limit.parts(visit, trusted_hops=self._trusted_hops))

    def hit(self, limit: RateLimit, *parts: str) -> Verdict:
        """
        Count something by whatever tells it apart, such as the address that signs in.
        """
        key = limit.key(parts)
        if self._shared is None:
            return self._local.count(limit, key)
        if self._outage.rests():
            return self._outage.decide(limit, key)
        try:
            verdict = _count(self._shared, limit, key)
        except Exception as error:  # noqa: BLE001 - whatever fails there, requests are answered
            self._outage.failed(error)
            return self._outage.decide(limit, key)
        self._outage.ended()
        return verdict

    def close(self) -> None:
        """
        Close the connections.
        """
        if self._pool is not None:
            self._pool.disconnect()

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
    """

    def __init__(
        self,
        redis: str | None = None,
        *,
        trusted_hops: int = 0,
        on_outage: OnOutage = "local",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trusted_hops = _hops(trusted_hops)
        self._local = _Local()
        self._outage = Outage(on_outage, self._local.count, clock)
        self._url = redis
        # Connections belong to the event loop that made them.
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Any, Any]] = (
            WeakKeyDictionary()
        )
        if redis is not None:
            _redis.apool(redis)  # so that a wrong URL shows at once

    async def admit(self, limit: RateLimit, visit: Visit) -> Verdict:
        """
        Count a request and say whether it may pass; see `RateLimiter.admit`.
        """
        return await self.hit(limit, *limit.parts(visit, trusted_hops=self._trusted_hops))

    async def hit(self, limit: RateLimit, *parts: str) -> Verdict:
        """
        Count something by whatever tells it apart; see `RateLimiter.hit`.
        """
        key = limit.key(parts)
        if self._url is None:
            return self._local.count(limit, key)
        if self._outage.rests():
            return self._outage.decide(limit, key)
        try:
            verdict = await _acount(self._shared(self._url), limit, key)
        except Exception as error:  # noqa: BLE001 - whatever fails there, requests are answered
            self._outage.failed(error)
            return self._outage.decide(limit, key)
        self._outage.ended()
        return verdict

    def _shared(self, url: str) -> aio_strategies.SlidingWindowCounterRateLimiter:
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            pool = _redis.apool(url)
            self._loops[loop] = pool, _ashared(pool)
        found: aio_strategies.SlidingWindowCounterRateLimiter = self._loops[loop][1]
        return found

    async def aclose(self) -> None:
        """
        Close the connections of this event loop.
        """
        kept = self._loops.pop(asyncio.get_running_loop(), None)
        if kept is not None:
            await kept[0].disconnect()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


class _Local:
    # Made when it is first needed: the storage keeps a thread busy while it holds anything.
    def __init__(self) -> None:
        self._strategy: SlidingWindowCounterRateLimiter | None = None
        self._lock = threading.Lock()

    def count(self, limit: RateLimit, key: str) -> Verdict:
        with self._lock:
            if self._strategy is None:
                self._strategy = SlidingWindowCounterRateLimiter(MemoryStorage())
        return _count(self._strategy, limit, key)


def _count(strategy: SlidingWindowCounterRateLimiter, limit: RateLimit, key: str) -> Verdict:
    windows: list[Window] = []
    for item in limit.items:
        allowed = strategy.hit(item, key)
        windows.append(_window(item, *strategy.get_window_stats(item, key)))
        if not allowed:
            return Verdict(allowed=False, name=limit.name, windows=tuple(windows))
    return Verdict(allowed=True, name=limit.name, windows=tuple(windows))


async def _acount(
    strategy: aio_strategies.SlidingWindowCounterRateLimiter, limit: RateLimit, key: str
) -> Verdict:
    windows: list[Window] = []
    for item in limit.items:
        allowed = await strategy.hit(item, key)
        windows.append(_window(item, *await strategy.get_window_stats(item, key)))
        if not allowed:
            return Verdict(allowed=False, name=limit.name, windows=tuple(windows))
    return Verdict(allowed=True, name=limit.name, windows=tuple(windows))


def _window(item: RateLimitItem, reset_time: float, remaining: int) -> Window:
    return Window(item.amount, item.get_expiry(), remaining, max(0.0, reset_time - time.time()))


def _shared(pool: Any) -> SlidingWindowCounterRateLimiter:
    storage = RedisStorage("redis://", connection_pool=pool, key_prefix=_PREFIX)
    return SlidingWindowCounterRateLimiter(storage)


def _ashared(pool: Any) -> aio_strategies.SlidingWindowCounterRateLimiter:
    storage = aio_storage.RedisStorage(
        "async+redis://", implementation="redispy", connection_pool=pool, key_prefix=_PREFIX
    )
    return aio_strategies.SlidingWindowCounterRateLimiter(storage)


def _hops(trusted_hops: int) -> int:
    if isinstance(trusted_hops, bool) or trusted_hops < 0:
        raise ConfigError(
            f"trusted_hops {trusted_hops!r} must be the number of proxies of your own in front"
        )
    return trusted_hops
