"""
The door to supabase-py: our request on a client's own PostgREST session.

Only public names of supabase-py are read: ``postgrest``, and on that ``session``, ``headers``,
``base_url`` and ``basic_auth``. Headers are copied when the transport is made: a later
``postgrest.auth(token)`` on a shared client would otherwise send one user's query as another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload
from urllib.parse import urlencode

from supaopt._wire import Response
from supaopt.errors import ConfigError, RequestError, RequestTimeoutError

if TYPE_CHECKING:
    import httpx
    from supabase import AsyncClient, Client
    from typing_extensions import TypeIs

    from supaopt._wire import AsyncTransport, Request, Transport


@overload
def connect(client: Client, /) -> Transport: ...
@overload
def connect(client: AsyncClient, /) -> AsyncTransport: ...
def connect(client: Client | AsyncClient, /) -> Transport | AsyncTransport:
    """
    Return what sends requests with *client*'s credentials of this moment.

    Args:
        client: A ``supabase.Client`` or ``supabase.AsyncClient``.

    Raises:
        ConfigError: *client* is neither.
    """
    if is_async(client):
        return AsyncSupabaseTransport(client)
    return SupabaseTransport(client)


def is_async(client: object, /) -> TypeIs[AsyncClient]:
    """
    Say whether *client* is an ``AsyncClient``.

    Raises:
        ConfigError: It is no Supabase client at all.
    """
    import supabase  # noqa: PLC0415 - slow to import; whoever holds a client has paid for it

    if isinstance(client, supabase.AsyncClient):
        return True
    if isinstance(client, supabase.Client):
        return False
    raise ConfigError(
        f"expected a supabase.Client or supabase.AsyncClient, got {type(client).__name__}; "
        "an AsyncClient comes from `await acreate_client(...)`"
    )


def bearer(client: Client | AsyncClient, /) -> str:
    """
    Return the key or token that *client*'s database requests carry at this moment.
    """
    headers = {name.lower(): value for name, value in client.postgrest.headers.items()}
    return headers.get("authorization", "").removeprefix("Bearer ")


class _Session:
    # What both colours read from a client, once.
    def __init__(self, client: Any) -> None:
        postgrest = client.postgrest
        self.session = postgrest.session
        self.root = str(postgrest.base_url).rstrip("/")
        self.headers = dict(postgrest.headers)
        self.auth = postgrest.basic_auth

    @property
    def bearer(self) -> str:
        headers: dict[str, str] = {name.lower(): value for name, value in self.headers.items()}
        return headers.get("authorization", "").removeprefix("Bearer ")

    def arguments(self, request: Request) -> dict[str, Any]:
        headers = self.headers | {name.lower(): value for name, value in request.headers.items()}
        if request.schema is not None:
            headers["accept-profile"] = headers["content-profile"] = request.schema
        if request.content is not None:
            headers["content-type"] = "application/json"
        # As httpx would write them, which parses the URL once more for parameters, even for none.
        query = f"?{urlencode(request.params)}" if request.params else ""
        arguments: dict[str, Any] = {
            "method": request.method,
            "url": f"{self.root}/{request.path}{query}",
            "headers": headers,
            "content": request.content,
            # supabase-py's session follows; httpx would carry the apikey header along.
            "follow_redirects": False,
        }
        if self.auth is not None:
            arguments["auth"] = self.auth
        if request.timeout is not None:
            arguments["timeout"] = request.timeout
        return arguments


class SupabaseTransport:
    """
    Sends on a ``supabase.Client``'s PostgREST session.
    """

    def __init__(self, client: Client) -> None:
        self._session = _Session(client)

    @property
    def bearer(self) -> str:
        """
        The key or token that requests carry.
        """
        return self._session.bearer

    def send(self, request: Request, /) -> Response:
        """
        Send *request*; see `supaopt._wire.Transport`.
        """
        arguments = self._session.arguments(request)
        try:
            try:
                answer = self._session.session.request(**arguments)
            except Exception as error:
                if not _may_repeat(error, request):
                    raise
                answer = self._session.session.request(**arguments)
        except Exception as error:
            mapped = _mapped(error, request)
            if mapped is None:
                raise
            raise mapped from error
        return _response(answer)


class AsyncSupabaseTransport:
    """
    Sends on a ``supabase.AsyncClient``'s PostgREST session.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._session = _Session(client)

    @property
    def bearer(self) -> str:
        """
        The key or token that requests carry.
        """
        return self._session.bearer

    async def send(self, request: Request, /) -> Response:
        """
        Send *request*; see `supaopt._wire.AsyncTransport`.
        """
        arguments = self._session.arguments(request)
        try:
            try:
                answer = await self._session.session.request(**arguments)
            except Exception as error:
                if not _may_repeat(error, request):
                    raise
                answer = await self._session.session.request(**arguments)
        except Exception as error:
            mapped = _mapped(error, request)
            if mapped is None:
                raise
            raise mapped from error
        return _response(answer)


def _response(answer: httpx.Response) -> Response:
    return Response(status=answer.status_code, headers=dict(answer.headers), content=answer.content)


def _may_repeat(error: Exception, request: Request) -> bool:
    # A server closes idle connections, and a request on one that it just closed is lost
    # (supabase/supabase-py#1064). A read does no harm a second time; a write might.
    import httpx  # noqa: PLC0415 - loaded by then

    lost = (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)
    return request.method in ("GET", "HEAD") and isinstance(error, lost)


def _mapped(error: Exception, request: Request) -> ConfigError | RequestError | None:
    # httpx is loaded by then. Its messages name neither headers nor bodies; the URL's query may
    # hold filter values, so only the path is told.
    import httpx  # noqa: PLC0415

    what = f"{request.method} {request.path}"
    if isinstance(error, httpx.TimeoutException):
        limit = f" within {request.timeout} s" if request.timeout is not None else " in time"
        return RequestTimeoutError(f"{what}: no answer{limit}")
    if isinstance(error, httpx.InvalidURL):
        return ConfigError(f"{what}: {error}; pass fewer or shorter values, or call a function")
    if isinstance(error, httpx.TransportError):
        return RequestError(f"{what}: {type(error).__name__}: {error}")
    return None
