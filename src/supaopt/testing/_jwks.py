"""
A key set served over real HTTP on loopback.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.testing.tokens import SigningKey

_PATH = "/auth/v1/.well-known/jwks.json"


class JwksServer:
    """
    Publishes signing keys where Supabase Auth does, and counts who asks.

    Args:
        *keys: Keys published at first.

    Attributes:
        hits: How many requests for the key set arrived.
        status: HTTP status to answer with; set it to 500 to act a failure.
        body: Answer to send in place of the key set, or None.

    Examples:
        >>> from supaopt.testing import SigningKey
        >>> with JwksServer(SigningKey.es256()) as server:
        ...     server.issuer.endswith("/auth/v1")
        True
    """

    def __init__(self, *keys: SigningKey) -> None:
        self.hits: int = 0
        self.status = 200
        self.body: bytes | None = None
        self._keys = keys
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answer))
        # The default of half a second between looks would be paid by every test at its end.
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """
        The project's URL, as ``create_client`` takes it.
        """
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def issuer(self) -> str:
        """
        What a token of this project carries as ``iss``.
        """
        return f"{self.url}/auth/v1"

    @property
    def jwks_url(self) -> str:
        """
        Where the key set is.
        """
        return self.url + _PATH

    def rotate(self, *keys: SigningKey) -> None:
        """
        Publish *keys* in place of those before.
        """
        self._keys = keys

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """
        Stop serving and free the port.
        """
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, path: str) -> tuple[int, bytes]:
        if path != _PATH:
            return 404, b"{}"
        self.hits += 1
        document = {"keys": [key.jwk() for key in self._keys]}
        return self.status, json.dumps(document).encode() if self.body is None else self.body


def _handler(answer: Callable[[str], tuple[int, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
            """
            Keep test output quiet.
            """

    return Handler
