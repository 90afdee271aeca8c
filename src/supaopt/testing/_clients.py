"""
Supabase clients that leave no connection open behind a test.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from supabase import create_client
from supabase.lib.client_options import SyncClientOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase import Client

    from supaopt.local import LocalSupabase

_TIMEOUT = 60.0


@contextmanager
def service_client(stack: LocalSupabase) -> Iterator[Client]:
    """
    Yield a client with the secret key.
    """
    with httpx.Client(timeout=_TIMEOUT) as pool:
        options = SyncClientOptions(
            auto_refresh_token=False, persist_session=False, httpx_client=pool
        )
        yield create_client(stack.url, stack.secret_key, options)
