"""
A page that shows how a cache does: an ASGI app without dependencies, for those who are let in.
"""

from __future__ import annotations

import inspect
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from supaopt.auth import AsyncSupabaseAuth, problem
from supaopt.cache import CacheTally
from supaopt.cache._duration import seconds
from supaopt.contrib._colour import check_colour
from supaopt.contrib._dashboard._history import History
from supaopt.contrib._dashboard._page import page, policy
from supaopt.contrib._dashboard._summary import Summary, hits_and_misses, summarise
from supaopt.contrib._readings import Readings
from supaopt.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeAlias

    from supaopt.auth import Guard
    from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager, Duration
    from supaopt.contrib.asgi import Receive, Scope, Send

    Allow: TypeAlias = Callable[[Scope], bool | Awaitable[bool]]

_log = logging.getLogger("supaopt.cache")

_POLICY_VIOLATION: Final = 1008
_HEADERS: Final = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class CacheDashboard:
    """
    Shows a cache's hit rate, entries, heaviest tags, log, errors and refusals.

    The page is at the place where the app is mounted, and asks for news by itself; the same as
    JSON is at ``data`` below it. It shows no cached answer and no text of an error; tags, and keys
    that failed or were refused, are shown to those who are let in, whomever they name. Nobody is
    let in unless *allow* says so: everybody else, and everybody if there is no *allow*, is
    answered 403.

    Args:
        cache: The manager, of either colour.
        tally: What it has as ``on_event``.
        allow: Told the ASGI scope of each request, returns or awaits whether it may be answered;
            only True lets in. `signed_in` makes one of supaopt.auth's guards.
        title: The page's heading.
        show_keys: Whether the keys of failing and refused entries are shown.
        refresh: How often an open page asks.
        every: How old the database's figures may be; it reads every entry to tell them.
        patience: How long a request waits for them; then it has the last ones.

    Raises:
        ConfigError: *cache* is no manager, *tally* no tally, or *allow* cannot be called.

    Examples:
        >>> app.mount("/cache", CacheDashboard(  # doctest: +SKIP
        ...     cache, tally, allow=signed_in(auth, any_of("admin"))
        ... ))
    """

    def __init__(
        self,
        cache: DatabaseCacheManager | AsyncDatabaseCacheManager,
        tally: CacheTally,
        *,
        allow: Allow | None = None,
        title: str = "Cache",
        show_keys: bool = True,
        refresh: Duration = "5 seconds",
        every: Duration = "5 seconds",
        patience: Duration = "1 second",
    ) -> None:
        if not isinstance(tally, CacheTally):
            raise ConfigError(
                f"tally is a {type(tally).__name__}; pass the CacheTally that the manager has as "
                "on_event"
            )
        if allow is None:
            _log.warning("the cache's dashboard answers nobody: it was given no `allow`")
        elif not callable(allow):
            raise ConfigError(
                f"allow is a {type(allow).__name__}; pass a function of the ASGI scope, such as "
                "signed_in(auth, any_of('admin'))"
            )
        self._tally = tally
        self._allow = allow
        self._title = title
        self._show_keys = show_keys
        self._refresh = seconds(refresh, name="refresh")
        self._readings = Readings(
            cache,
            every=seconds(every, name="every"),
            patience=seconds(patience, name="patience"),
        )
        self._history = History(tally.since)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Serve one request.
        """
        if scope["type"] == "http":
            await _send(send, await self._answer(scope), with_body=scope["method"] != "HEAD")
        elif scope["type"] == "websocket":
            await receive()  # the handshake
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _live(receive, send)

    async def _answer(self, scope: Scope) -> _Answer:
        if (refusal := await self._refusal(scope)) is not None:
            return refusal
        if scope["method"] not in {"GET", "HEAD"}:
            return _plain(405, {"allow": "GET, HEAD"})
        path = _path(scope)
        if path == "/data":
            return _json(await self._summary())
        if path in {"", "/"}:
            # Without the slash, a link that is relative begins one step above.
            # Quoted, as the name may be a path's parameter, and so anybody's.
            data = "data" if path else f"{quote(scope['root_path'].rpartition('/')[2], '')}/data"
            return self._page(await self._summary(), data)
        return _plain(404)

    async def _refusal(self, scope: Scope) -> _Answer | None:
        try:
            if self._allow is not None:
                allowed = self._allow(scope)
                # True alone, as what is merely not empty may be an answer to something else.
                if (await allowed if inspect.isawaitable(allowed) else allowed) is True:
                    return None
        except AuthError as error:
            told = problem(error)
            return _Answer(told.status, told.headers, told.body)
        except Exception:  # noqa: BLE001 - who cannot be judged is not let in
            _log.exception("the dashboard's `allow` raised, and the request is refused")
        return _plain(403)

    async def _summary(self) -> Summary:
        reading = await self._readings.get_async()
        now = datetime.now(UTC)
        self._history.look(now, *hits_and_misses(self._tally))
        return summarise(
            self._tally, reading, self._history.spans, now=now, show_keys=self._show_keys
        )

    def _page(self, summary: Summary, data: str) -> _Answer:
        text = page(summary, title=self._title, refresh=self._refresh, data=data)
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": policy(),
        }
        return _Answer(200, headers, text.encode())


def signed_in(auth: AsyncSupabaseAuth[Any], *guards: Guard) -> Allow:
    """
    Return an ``allow`` that lets in whom *guards* let in.

    Browsers send the session cookies that *auth* reads. Who is refused is told so as by every
    route: 401 with a challenge, 403, or 503 when keys cannot be had.

    Args:
        auth: Verifies the tokens.
        guards: What every caller must satisfy; at least one.

    Raises:
        ConfigError: *auth* is of the other colour, or there is no guard.

    Examples:
        >>> allow = signed_in(auth, any_of("admin"))  # doctest: +SKIP
    """
    check_colour(auth, AsyncSupabaseAuth, "the dashboard")
    if not guards:
        raise ConfigError(
            "without a guard every user who has signed in would see the dashboard; "
            "pass one, such as any_of('admin')"
        )

    async def allow(scope: Scope) -> bool:
        await auth.authenticate_request(scope, *guards)
        return True

    return allow


def _path(scope: Scope) -> str:
    # ASGI has the mount on the path; some frameworks take it off.
    return str(scope["path"]).removeprefix(str(scope.get("root_path", "")).rstrip("/"))


def _json(summary: Summary) -> _Answer:
    # ASCII without a "<": nothing that any reader takes for markup.
    text = json.dumps(summary, separators=(",", ":")).replace("<", "\\u003c")
    return _Answer(200, {"content-type": "application/json"}, text.encode())


def _plain(status: int, headers: Mapping[str, str] | None = None) -> _Answer:
    text = {403: "forbidden", 404: "not found", 405: "method not allowed"}[status]
    return _Answer(
        status, {"content-type": "text/plain; charset=utf-8", **(headers or {})}, text.encode()
    )


async def _send(send: Send, answer: _Answer, *, with_body: bool) -> None:
    headers = {
        "content-security-policy": _NOTHING,
        **_HEADERS,
        **answer.headers,
        "content-length": str(len(answer.body)),
    }
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


async def _live(receive: Receive, send: Send) -> None:
    # On its own, a server asks it to start and to end.
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
