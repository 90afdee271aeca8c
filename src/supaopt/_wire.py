"""
What travels between supaopt and PostgREST, as values, and the ports that carry them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Method = Literal["GET", "HEAD", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One call to PostgREST, free of whose credentials carry it.

    Attributes:
        method: HTTP method.
        path: Path below the REST root, such as ``students`` or ``rpc/get_cached_data``.
        params: Query parameters in order; a name may repeat.
        headers: Headers beyond the client's own; these win.
        content: JSON body, encoded.
        schema: Postgres schema when it is not the client's own.
        timeout: Seconds to wait for the answer, or None for the client's own limit.
    """

    method: Method
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    schema: str | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """
    What came back.

    Attributes:
        status: HTTP status.
        headers: Header names in lower case.
        content: Body, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport(Protocol):
    """
    Sends a request with one client's credentials.
    """

    def send(self, request: Request, /) -> Response:
        """
        Send *request* and return whatever the server answered, refusals included.

        Raises:
            RequestError: No answer arrived.
        """
        ...


class AsyncTransport(Protocol):
    """
    Sends a request with one client's credentials, without blocking the event loop.
    """

    async def send(self, request: Request, /) -> Response:
        """
        Send *request* and return whatever the server answered, refusals included.

        Raises:
            RequestError: No answer arrived.
        """
        ...
