"""
Connections to Redis that wait no longer than counting is worth.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import redis
import redis.asyncio as aredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from supaopt.errors import ConfigError

_LIMIT: Final = 0.25
_MOST: Final = 100


def pool(url: str) -> redis.ConnectionPool:
    """
    Return connections for threads.

    Raises:
        ConfigError: *url* is none.
    """
    found: redis.ConnectionPool = _from_url(redis.BlockingConnectionPool, url, Retry)
    return found


def apool(url: str) -> aredis.ConnectionPool:
    """
    Return connections for one event loop.

    Raises:
        ConfigError: *url* is none.
    """
    found: aredis.ConnectionPool = _from_url(aredis.BlockingConnectionPool, url, AsyncRetry)
    return found


def _from_url(kind: Any, url: Any, retry: Any) -> Any:
    if isinstance(url, str):
        with suppress(ValueError):
            # Who finds all connections busy waits in line rather than pass uncounted.
            return kind.from_url(
                url,
                max_connections=_MOST,
                timeout=_LIMIT,
                socket_timeout=_LIMIT,
                socket_connect_timeout=_LIMIT,
                retry=retry(NoBackoff(), 0),
            )
    # Neither the URL nor the error about it, either of which may hold a password.
    scheme, found, _ = str(url).partition("://")
    shown = repr(scheme) if found else type(url).__name__
    raise ConfigError(f"redis is no URL ({shown}); write redis://host:6379/0")
