"""
Counting in Redis, which processes share: one round trip, and no longer than counting is worth.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import redis
import redis.asyncio as aredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from supaopt.contrib.rate_limit._quota import Quota, Use
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PREFIX: Final = "supaopt:limit"
_LIMIT: Final = 0.25
_MOST: Final = 20  # a count takes a moment, and a hundred connections at once would take long
_LINE: Final = 1.0


class RedisCounts:
    """
    Counts for threads.

    Args:
        url: Where Redis is.

    Raises:
        ConfigError: *url* is none.
    """

    def __init__(self, url: str) -> None:
        self._pool = _pool(redis.BlockingConnectionPool, url, Retry)
        self._script = redis.Redis(connection_pool=self._pool).register_script(_source())

    def hit(self, key: str, quotas: Sequence[Quota]) -> tuple[bool, list[Use]]:
        """
        Count one more under *key* if all *quotas* allow it, and return what is used of each.
        """
        return _read(self._script(_keys(key, quotas), _arguments(quotas)))

    def close(self) -> None:
        """
        Close the connections.
        """
        self._pool.disconnect()


class AsyncRedisCounts:
    """
    `RedisCounts` for one event loop.

    Args:
        url: As for `RedisCounts`.

    Raises:
        ConfigError: As for `RedisCounts`.
    """

    def __init__(self, url: str) -> None:
        self._pool = _pool(aredis.BlockingConnectionPool, url, AsyncRetry)
        self._script = aredis.Redis(connection_pool=self._pool).register_script(_source())

    async def hit(self, key: str, quotas: Sequence[Quota]) -> tuple[bool, list[Use]]:
        """
        As `RedisCounts.hit`.
        """
        return _read(await self._script(_keys(key, quotas), _arguments(quotas)))

    async def aclose(self) -> None:
        """
        Close the connections.
        """
        await self._pool.disconnect()


@cache
def _source() -> str:
    return (
        resources.files("supaopt.contrib.rate_limit")
        .joinpath("_count.lua")
        .read_text(encoding="utf-8")
    )


def _keys(key: str, quotas: Sequence[Quota]) -> list[str]:
    # In braces, what a cluster keeps together.
    return [f"{_PREFIX}:{{{key}}}:{quota.amount}/{quota.seconds}" for quota in quotas]


def _arguments(quotas: Sequence[Quota]) -> list[int]:
    return [number for quota in quotas for number in (quota.amount, quota.span, quota.step)]


def _read(answer: Sequence[int]) -> tuple[bool, list[Use]]:
    allowed, *numbers = answer
    uses = [Use(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    return bool(allowed), uses


def _pool(kind: Any, url: Any, retry: Any) -> Any:
    if isinstance(url, str):
        with suppress(ValueError):
            # Who finds all connections busy waits in line rather than pass uncounted: a crowd is
            # no outage, or callers could make one.
            return kind.from_url(
                url,
                max_connections=_MOST,
                timeout=_LINE,
                socket_timeout=_LIMIT,
                socket_connect_timeout=_LIMIT,
                retry=retry(NoBackoff(), 0),
            )
    # Neither the URL nor the error about it, either of which may hold a password.
    scheme, found, _ = str(url).partition("://")
    shown = repr(scheme) if found else type(url).__name__
    raise ConfigError(f"redis is no URL ({shown}); write redis://host:6379/0")
