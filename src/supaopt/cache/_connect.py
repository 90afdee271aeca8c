"""
From the client that a program has to the store that the tiers stand on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from supaopt.cache._identity import require_service_role
from supaopt.cache._ports import CacheStore
from supaopt.cache._store import PostgrestStore
from supaopt.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from supabase import AsyncClient, Client

    from supaopt._wire import AsyncTransport, Request, Response, Transport
    from supaopt.cache._far import Shelf

_REDIS_LIMIT: Final = 0.25  # seconds: beyond that the database itself is quicker


def store_of(client: Client | CacheStore, *, limit: float) -> CacheStore:
    """
    Return a store that never suspends.

    Args:
        client: A client, or a store already.
        limit: Seconds that one call to the database may take.

    Raises:
        ConfigError: The client is asynchronous, or not the service's.
    """
    if isinstance(client, CacheStore):
        return client
    from supaopt._adapters import supabase, threads  # noqa: PLC0415 - reach supabase-py when in use

    if supabase.is_async(client):
        raise ConfigError("this is an AsyncClient; pass it to AsyncDatabaseCacheManager")
    require_service_role(supabase.bearer(client))
    transport: Transport = threads.ThreadsTransport(client)

    async def send(request: Request) -> Response:
        return transport.send(request)

    return PostgrestStore(send, timeout=limit, clock=time.monotonic)


def async_store_of(client: AsyncClient | CacheStore, *, limit: float) -> CacheStore:
    """
    Return a store for the event loop; see `store_of`.
    """
    if isinstance(client, CacheStore):
        return client
    from supaopt._adapters import supabase  # noqa: PLC0415 - reaches supabase-py when in use

    if not supabase.is_async(client):
        raise ConfigError("this is a synchronous Client; pass it to DatabaseCacheManager")
    require_service_role(supabase.bearer(client))
    transport: AsyncTransport = supabase.connect(client)
    return PostgrestStore(transport.send, timeout=limit, clock=time.monotonic)


def shelf_of(target: Any) -> Shelf | None:
    """
    Return the keys of a Redis, or None for none.

    Raises:
        MissingExtraError: redis-py is not installed.
        ConfigError: *target* is neither a URL nor a synchronous client.
    """
    return None if target is None else _redis().connect(target, timeout=_REDIS_LIMIT)


def async_shelf_of(target: Any) -> Shelf | None:
    """
    Return the keys of a Redis for the event loop; see `shelf_of`.
    """
    return None if target is None else _redis().aconnect(target, timeout=_REDIS_LIMIT)


def _redis() -> Any:
    try:
        from supaopt._adapters import redis  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("redis", feature="The tier that processes share") from error
    return redis
