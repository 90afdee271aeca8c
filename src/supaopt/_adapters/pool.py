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
from typing import Any, NoReturn, Protocol
from weakref import WeakKeyDictionary

import httpx
from supabase import AsyncClient, Client
from supabase.lib.client_options import AsyncClientOptions, SyncClientOptions

from supaopt.errors import ConfigError


class Connection(Protocol):
    """
    What a pool has to know of a project.
    """

    @property
    def url(self) -> str:
        """
        The project's URL.
        """
        ...

    @property
    def publishable_key(self) -> str:
        """
        Its publishable key.
        """
        ...

    @property
    def secret_key(self) -> str | None:
        """
        Its secret key, if the pool may have it.
        """
        ...

    @property
    def timeout(self) -> float:
        """
        Seconds that one step of a request may take.
        """
        ...


class Pool:
    """
    Clients for callers on threads, over one `httpx.Client`.

    Args:
        project: Where it is, and its keys.
    """

    def __init__(self, project: Connection) -> None:
        self._project = project
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
                self._http = httpx.Client(**http_options(self._project.timeout))
                self._pid = os.getpid()
            return self._http

    def client(self, token: str | None) -> Client:
        """
        Return a client whose every request is *token*'s owner's, or nobody's without one.
        """
        client = self._make(self._project.publishable_key, token)
        client.auth = _NO_SESSIONS
        return client

    def admin(self) -> Client:
        """
        Return a client with the secret key; of Auth it has the admin calls alone.

        Raises:
            ConfigError: There is no secret key.
        """
        client = self._make(_secret(self._project), None)
        client.auth = _admin_only(client.auth.admin)
        return client

    def throwaway(self) -> Client:
        """
        Return a client to sign in on, once.
        """
        return self._make(self._project.publishable_key, None)

    def _make(self, key: str, token: str | None) -> Client:
        options = SyncClientOptions(
            httpx_client=self.http,
            headers={"Authorization": f"Bearer {token or key}"},
            auto_refresh_token=False,
            persist_session=False,
        )
        return Client(self._project.url, key, options)

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
        project: Where it is, and its keys.
    """

    def __init__(self, project: Connection) -> None:
        self._project = project
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
            self._forget_closed_loops()
            http = self._https[loop] = httpx.AsyncClient(**http_options(self._project.timeout))
        return http

    def _forget_closed_loops(self) -> None:
        # An open connection holds its loop. Servers that run each async view on a loop of its
        # own, as WSGI ones do, would collect one of each with every request.
        for reference in self._https.keyrefs():
            loop = reference()
            if loop is not None and loop.is_closed():
                self._https.pop(loop, None)

    def client(self, token: str | None) -> AsyncClient:
        """
        Return a client whose every request is *token*'s owner's, or nobody's without one.
        """
        client = self._make(self._project.publishable_key, token)
        client.auth = _NO_SESSIONS
        return client

    def admin(self) -> AsyncClient:
        """
        Return a client with the secret key; of Auth it has the admin calls alone.

        Raises:
            ConfigError: There is no secret key.
        """
        client = self._make(_secret(self._project), None)
        client.auth = _admin_only(client.auth.admin)
        return client

    def throwaway(self) -> AsyncClient:
        """
        Return a client to sign in on, once.
        """
        return self._make(self._project.publishable_key, None)

    def _make(self, key: str, token: str | None) -> AsyncClient:
        options = AsyncClientOptions(
            httpx_client=self.http,
            headers={"Authorization": f"Bearer {token or key}"},
            auto_refresh_token=False,
            persist_session=False,
        )
        return AsyncClient(self._project.url, key, options)

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


class _AdminOnly(_NoSessions):
    def __init__(self, admin: Any) -> None:
        self.admin = admin


def _admin_only(admin: Any) -> Any:
    return _AdminOnly(admin)


def _secret(project: Connection) -> str:
    if project.secret_key is None:
        raise ConfigError("admin_client needs secret_key (SUPABASE_SECRET_KEY)")
    return project.secret_key


_NO_SESSIONS: Any = _NoSessions()

# Reading the certificates is most of what making a client costs.
_tls = cache(httpx.create_ssl_context)


def http_options(timeout: float) -> dict[str, Any]:
    """
    Return what shared connections are made with.

    Args:
        timeout: Seconds that one step of a request may take.
    """
    return {
        "http1": True,
        "http2": False,
        "verify": _tls(),
        "follow_redirects": False,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        "limits": httpx.Limits(max_connections=100, max_keepalive_connections=40),
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
    }
