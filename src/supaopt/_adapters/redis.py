"""
The door to redis-py: single keys of bytes with an end, on Redis or Valkey, clusters included.

Both colours are written as ``async def``; the synchronous one never suspends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import redis
import redis.asyncio as aredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from supaopt._adapters.turns import Turns
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Only who holds the claim may give it back. One key, so it runs on a cluster too.
_RELEASE: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)

_ENOUGH: Final = 10_000
"""More connections than there are threads."""


class RedisShelf:
    """
    Keys on a ``redis.Redis`` or ``redis.RedisCluster``.

    Args:
        client: The client.
        own: Whether it was made here, and so is closed here.
    """

    def __init__(self, client: Any, *, own: bool = False) -> None:
        self._client = client
        self._own = own

    async def get(self, key: str, /) -> bytes | None:
        """
        Return what is kept under *key*.
        """
        value: bytes | None = self._client.get(key)
        return value

    async def get_many(self, keys: Sequence[str], /) -> list[bytes | None]:
        """
        Return what is kept under each of *keys*, in one command for each server.
        """
        values: list[bytes | None] = _mget(self._client)(keys)
        return values

    async def put(self, key: str, value: bytes, /, *, seconds: float) -> None:
        """
        Keep *value* for some time.
        """
        self._client.set(key, value, px=max(1, int(seconds * 1000)))

    async def claim(self, key: str, token: str, /, *, seconds: float) -> bool:
        """
        Take *key* if nobody has it.
        """
        taken = self._client.set(key, token, nx=True, px=max(1, int(seconds * 1000)))
        return taken is not None

    async def release(self, key: str, token: str, /) -> None:
        """
        Give *key* back if it is still *token*'s.
        """
        self._client.eval(_RELEASE, 1, key, token)

    async def close(self) -> None:
        """
        Close the connections that are ours; the next command opens one anew.
        """
        if self._own:
            self._client.close()


class AsyncRedisShelf:
    """
    Keys on a ``redis.asyncio`` client.

    Args:
        turns: The client, which tasks take turns with.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def get(self, key: str, /) -> bytes | None:
        """
        Return what is kept under *key*.
        """
        value: bytes | None = await self._turns.run(lambda client: client.get(key))
        return value

    async def get_many(self, keys: Sequence[str], /) -> list[bytes | None]:
        """
        Return what is kept under each of *keys*, in one command for each server.
        """
        values: list[bytes | None] = await self._turns.run(lambda client: _mget(client)(keys))
        return values

    async def put(self, key: str, value: bytes, /, *, seconds: float) -> None:
        """
        Keep *value* for some time.
        """
        life = max(1, int(seconds * 1000))
        await self._turns.run(lambda client: client.set(key, value, px=life))

    async def claim(self, key: str, token: str, /, *, seconds: float) -> bool:
        """
        Take *key* if nobody has it.
        """
        life = max(1, int(seconds * 1000))
        taken = await self._turns.run(lambda client: client.set(key, token, nx=True, px=life))
        return taken is not None

    async def release(self, key: str, token: str, /) -> None:
        """
        Give *key* back if it is still *token*'s.
        """
        await self._turns.run(lambda client: client.eval(_RELEASE, 1, key, token))

    async def close(self) -> None:
        """
        Close the connections of the running event loop that are ours.
        """
        await self._turns.close()


def _mget(client: Any) -> Any:
    # On a cluster the keys are on several servers.
    return getattr(client, "mget_nonatomic", client.mget)


def connect(target: Any, *, timeout: float) -> RedisShelf:
    """
    Return a shelf on *target*.

    Args:
        target: A ``redis://`` URL, or a client of one's own with its own time limits.
        timeout: Seconds that one command may take on a client made from a URL.

    Raises:
        ConfigError: *target* is no URL and no synchronous client, or decodes its answers.
    """
    if isinstance(target, str):
        retry = Retry(NoBackoff(), 0)  # a cache that retries is slower than none
        # Threads wait for nobody: each has at most one connection at a time.
        pool = _pool(redis.ConnectionPool, target, timeout, retry=retry, max_connections=_ENOUGH)
        return RedisShelf(redis.Redis.from_pool(pool), own=True)
    if not isinstance(target, (redis.Redis, redis.RedisCluster)):
        raise ConfigError(
            f"redis is a {type(target).__name__}; pass a redis:// URL or a redis.Redis client"
        )
    _check_bytes(target)
    return RedisShelf(target)


def aconnect(target: Any, *, timeout: float) -> AsyncRedisShelf:
    """
    Return a shelf on *target* for the event loop; see `connect`.
    """
    if isinstance(target, str):

        def make() -> Any:
            retry = AsyncRetry(NoBackoff(), 0)
            pool = _pool(aredis.ConnectionPool, target, timeout, retry=retry)
            return aredis.Redis.from_pool(pool)

        make()  # so that a wrong URL shows at once
        return AsyncRedisShelf(Turns(make, own=True))
    if not isinstance(target, (aredis.Redis, aredis.RedisCluster)):
        raise ConfigError(
            f"redis is a {type(target).__name__}; pass a redis:// URL or a redis.asyncio client"
        )
    _check_bytes(target)
    return AsyncRedisShelf(Turns(lambda: target, own=False))


def _pool(kind: Any, url: str, limit: float, **options: Any) -> Any:
    try:
        return kind.from_url(url, socket_timeout=limit, socket_connect_timeout=limit, **options)
    except ValueError as error:
        # The URL may hold a password, so only its scheme is told.
        raise ConfigError(
            f"redis is no URL ({url.partition('://')[0]!r}...); write redis://host:6379/0"
        ) from error


def _check_bytes(client: Any) -> None:
    options = client.get_connection_kwargs() if hasattr(client, "get_connection_kwargs") else {}
    if options.get("decode_responses"):
        raise ConfigError("the redis client decodes responses; make it with decode_responses=False")
