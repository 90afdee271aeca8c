"""
Supabase clients that leave no connection open behind a test.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from supabase import AsyncClient, create_client
from supabase.lib.client_options import AsyncClientOptions, SyncClientOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase import Client

_TIMEOUT = 60.0


@contextmanager
def client(url: str, key: str, token: str | None = None) -> Iterator[Client]:
    """
    Yield a client whose connections are closed at the end.

    Args:
        url: The project's URL.
        key: API key.
        token: Access token of the user to act as, or None to act as the key.
    """
    with httpx.Client(timeout=_TIMEOUT) as pool:
        options = SyncClientOptions(
            auto_refresh_token=False, persist_session=False, httpx_client=pool
        )
        if token:
            options.headers["Authorization"] = f"Bearer {token}"
        yield create_client(url, key, options)


def async_client(url: str, key: str) -> AsyncClient:
    """
    Return a client that closes each connection after use.

    So it needs no event loop to be made or closed in, and works under any async test plugin.

    Args:
        url: The project's URL.
        key: API key.
    """
    pool = httpx.AsyncClient(timeout=_TIMEOUT, limits=httpx.Limits(max_keepalive_connections=0))
    options = AsyncClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=pool)
    return AsyncClient(url, key, options)
