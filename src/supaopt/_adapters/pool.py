"""
Connections that many callers share, and a real Supabase client for each of them.

What is shared must carry nobody's identity: the pool has no default headers and keeps no cookie
(an ordinary httpx client would send user A's cookie with user B's request). It speaks HTTP/1.1,
since httpx's HTTP/2 connections are not safe across threads.
"""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import httpx
from supabase import AsyncClient, Client
from supabase.lib.client_options import AsyncClientOptions, SyncClientOptions

from supaopt.errors import ConfigError


class Pool:
    """
    Clients for callers on threads, over one `httpx.Client`.

    Args:
        url: The project's URL.
        key: Its publishable key.
        timeout: Seconds that one step of a request may take.
    """

    def __init__(self, url: str, key: str, timeout: float) -> None:
        self._url, self._key, self._timeout = url, key, timeout
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None
        self._pid = 0

    @property
    def http(self) -> httpx.Client:
        """
        The shared connections; opened anew in a forked process, where sockets would be shared.
        """
        if self._http is not None and self._pid == os.getpid():
            return self._http
        with self._lock:
            if self._http is None or self._pid != os.getpid():
                self._http, self._pid = httpx.Client(**_options(self._timeout)), os.getpid()
            return self._http

    def client(self, token: str) -> Client:
        """
        Return a client whose every request is *token*'s owner's.
        """
        options = SyncClientOptions(
            httpx_client=self.http,
            headers={"Authorization": f"Bearer {token}"},
            auto_refresh_token=False,
            persist_session=False,
        )
        client = Client(self._url, self._key, options)
        client.auth = _NO_SESSIONS
        return client

    def close(self) -> None:
        """
        Close the connections; a later use opens new ones.
        """
        with self._lock:
            http, self._http = self._http, None
        if http is not None and self._pid == os.getpid():
            http.close()


class AsyncPool:
    """
    Clients for callers on event loops, over one `httpx.AsyncClient` for each loop.

    Args:
        url: The project's URL.
        key: Its publishable key.
        timeout: Seconds that one step of a request may take.
    """

    def __init__(self, url: str, key: str, timeout: float) -> None:
        self._url, self._key, self._timeout = url, key, timeout
        self._https: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            WeakKeyDictionary()
        )

    @property
    def http(self) -> httpx.AsyncClient:
        """
        The connections of the running loop; another loop's cannot be awaited here.
        """
        loop = _running_loop()
        http = self._https.get(loop)
        if http is None:
            http = self._https[loop] = httpx.AsyncClient(**_options(self._timeout))
        return http

    def client(self, token: str) -> AsyncClient:
        """
        Return a client whose every request is *token*'s owner's.
        """
        options = AsyncClientOptions(
            httpx_client=self.http,
            headers={"Authorization": f"Bearer {token}"},
            auto_refresh_token=False,
            persist_session=False,
        )
        client = AsyncClient(self._url, self._key, options)
        client.auth = _NO_SESSIONS
        return client

    async def aclose(self) -> None:
        """
        Close the running loop's connections; a later use opens new ones.
        """
        http = self._https.pop(asyncio.get_running_loop(), None)
        if http is not None:
            await http.aclose()


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigError(
            "an AsyncClient is made where it is awaited: inside the event loop. In a plain "
            "function, as in a route that is not `async def`, use SupabaseAuth"
        ) from None


class _NoSessions:
    # Takes the place of `client.auth`. A sign-in there would rewrite the client's headers, and
    # an event such as USER_UPDATED would put the publishable key where the caller's token was.
    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ConfigError(
            f"client.auth.{name} is not for a caller's client: it would change whom the client "
            "acts as. Use a client of your own, made for that one purpose"
        )


_NO_SESSIONS: Any = _NoSessions()

# Reading the certificates is most of what making a client costs.
_tls = cache(httpx.create_ssl_context)


def _options(timeout: float) -> dict[str, Any]:
    return {
        "http1": True,
        "http2": False,
        "verify": _tls(),
        "follow_redirects": False,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        "limits": httpx.Limits(max_connections=100, max_keepalive_connections=40),
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
    }
