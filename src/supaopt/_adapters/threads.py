"""
A transport that many threads may share.

supabase-py speaks HTTP/2, whose connections in httpx are not safe across threads; a cache is read
from any thread, and polls from one of its own. So it gets connections of its own: HTTP/1.1, and
anew in a forked process, where sockets would be shared.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

import httpx

from supaopt._adapters.pool import http_options
from supaopt._adapters.supabase import SupabaseTransport

if TYPE_CHECKING:
    from supabase import Client

    from supaopt._wire import Request, Response

_LIMIT = 120.0  # seconds, as supabase-py's own; each request brings a shorter one


class ThreadsTransport(SupabaseTransport):
    """
    Sends with a ``supabase.Client``'s credentials, over connections of its own.

    A client that was made with an ``httpx_client`` keeps it: who brings one has reasons, such as
    a proxy.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._owns = client.options.httpx_client is None
        self._pid = -1

    def send(self, request: Request, /) -> Response:
        """
        Send *request*; see `supaopt._wire.Transport`.
        """
        if self._owns and self._pid != os.getpid():
            self._open()
        return super().send(request)

    def _open(self) -> None:
        http: Any = httpx.Client(**http_options(_LIMIT))
        self._session.session = http
        self._pid = os.getpid()
        # Closed with the transport, as a cache need not be closed to be let go of.
        weakref.finalize(self, http.close)
