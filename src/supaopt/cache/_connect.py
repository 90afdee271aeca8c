"""
From the client that a program has to the store that the tiers stand on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.cache._identity import require_service_role
from supaopt.cache._ports import CacheStore
from supaopt.cache._store import PostgrestStore
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supabase import AsyncClient, Client

    from supaopt._wire import AsyncTransport, Request, Response, Transport


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
    from supaopt._adapters import supabase  # noqa: PLC0415 - reaches supabase-py when in use

    if supabase.is_async(client):
        raise ConfigError("this is an AsyncClient; pass it to AsyncDatabaseCacheManager")
    require_service_role(supabase.bearer(client))
    transport: Transport = supabase.connect(client)

    async def send(request: Request) -> Response:
        return transport.send(request)

    return PostgrestStore(send, timeout=limit)


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
    return PostgrestStore(transport.send, timeout=limit)
