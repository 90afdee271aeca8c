"""
A proxy on loopback that counts the requests which reach the server.

Calls are counted on the wire, not by what a library says of itself. Times are never taken through
it: it costs a millisecond.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

_HOP_BY_HOP: Final = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One request that reached the server, and its answer.

    Attributes:
        method: HTTP method.
        path: Path with query.
        status: HTTP status of the answer.
        size: Bytes of the answer's body as sent.
    """

    method: str
    path: str
    status: int
    size: int


class Meter:
    """
    Stands in front of a server and counts; use its ``url`` in place of the server's.

    Args:
        upstream: URL of the server, such as ``http://127.0.0.1:54321``.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._seen: list[Exchange] = []
        handler = _handler(parts.hostname or "127.0.0.1", parts.port or 80, self._seen.append)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """
        Where to send what shall be counted.
        """
        return f"http://127.0.0.1:{self._http.server_port}"

    def take(self) -> list[Exchange]:
        """
        Return what arrived since the last call, and forget it.
        """
        seen = self._seen.copy()
        self._seen.clear()
        return seen

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(
    host: str, port: int, seen: Callable[[Exchange], None]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes; with Nagle's algorithm each answer would wait 40 ms.
        disable_nagle_algorithm = True

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            upstream = HTTPConnection(host, port, timeout=30)
            try:
                upstream.request(self.command, self.path, body or None, dict(self.headers))
                answer = upstream.getresponse()
                content = answer.read()
            finally:
                upstream.close()
            seen(Exchange(self.command, self.path, answer.status, len(content)))
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _pass_on  # noqa: N815 - names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            # The demo prints a table, not an access log.
            pass

    return Handler
