"""
Fetching a key set: bounded in size, time and direction.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from supaopt._adapters import jwks
from supaopt.errors import KeysUnavailableError

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


class RawServer:
    """Answers every connection with the same bytes, then goes on as it is told."""

    def __init__(self, answer: bytes, drip: bytes = b"") -> None:
        self.answer, self.drip = answer, drip
        self.seen: list[bytes] = []
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/keys"

    def close(self) -> None:
        self._stop.set()
        socket.create_connection(self._socket.getsockname()).close()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            connection, _ = self._socket.accept()
            with connection:
                self.seen.append(connection.recv(65_536))
                try:
                    connection.sendall(self.answer)
                    while self.drip and not self._stop.wait(0.01):
                        connection.sendall(self.drip)
                except OSError:
                    continue


@pytest.fixture(name="serve")
def _serve() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def start(*args: bytes) -> RawServer:
        servers.append(RawServer(*args))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _sync(url: str) -> bytes:
    with httpx.Client() as client:
        return jwks.fetch(client, url)


def _async(url: str) -> bytes:
    async def main() -> bytes:
        async with httpx.AsyncClient() as client:
            return await jwks.afetch(client, url)

    return asyncio.run(main())


@pytest.fixture(name="fetch", params=[_sync, _async], ids=["sync", "async"])
def _fetch(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_the_document_is_returned_as_it_is(fetch: Any, serve: Any) -> None:
    """The body comes back byte for byte."""
    server = serve(OK + b'content-length: 11\r\n\r\n{"keys":[]}')
    assert b'{"keys":[]}' == fetch(server.url)


@pytest.mark.parametrize("status", [b"204 No Content", b"404 Not Found", b"500 Oops", b"304 Same"])
def test_another_status_is_refused(status: bytes, fetch: Any, serve: Any) -> None:
    """Only 200 brings keys."""
    server = serve(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")
    with pytest.raises(KeysUnavailableError, match=status.split()[0].decode()):
        fetch(server.url)


def test_a_redirect_is_not_followed(fetch: Any, serve: Any) -> None:
    """An endpoint that points elsewhere brings no keys from there."""
    elsewhere = serve(OK + b'content-length: 11\r\n\r\n{"keys":[]}')
    location = elsewhere.url.encode()
    server = serve(
        b"HTTP/1.1 302 Found\r\nlocation: " + location + b"\r\ncontent-length: 0\r\n\r\n"
    )
    with pytest.raises(KeysUnavailableError, match="302"):
        fetch(server.url)
    assert [] == elsewhere.seen


def test_an_endless_document_is_cut_off(fetch: Any, serve: Any) -> None:
    """A body beyond the limit is refused before it is whole."""
    server = serve(
        OK + b"transfer-encoding: chunked\r\n\r\n", b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    )
    with pytest.raises(KeysUnavailableError, match="more than"):
        fetch(server.url)


def test_a_compressed_document_counts_unpacked(fetch: Any, serve: Any) -> None:
    """A small answer that unpacks to a large one is refused as the large one."""
    import gzip

    bomb = gzip.compress(b"a" * 5_000_000)
    length = str(len(bomb)).encode()
    server = serve(OK + b"content-encoding: gzip\r\ncontent-length: " + length + b"\r\n\r\n" + bomb)
    with pytest.raises(KeysUnavailableError, match="more than"):
        fetch(server.url)


def test_a_dripping_document_is_cut_off(
    fetch: Any, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sends a byte now and then cannot hold a caller beyond the deadline."""
    monkeypatch.setattr(jwks, "DEADLINE", 0.05)
    server = serve(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n")
    with pytest.raises(KeysUnavailableError, match="longer than"):
        fetch(server.url)


def test_a_silent_endpoint_is_given_up(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the request and never answers costs a bounded time."""
    monkeypatch.setattr(jwks, "DEADLINE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:  # connections queue, nobody reads
        url = f"http://127.0.0.1:{server.getsockname()[1]}/keys"
        with pytest.raises((KeysUnavailableError, httpx.TimeoutException)):
            fetch(url)


def test_a_document_that_stalls_is_given_up(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that falls silent half-way costs a bounded time."""
    monkeypatch.setattr(jwks, "DEADLINE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/keys"
        half = threading.Thread(target=_answer_half, args=[server])
        half.start()
        with pytest.raises((KeysUnavailableError, httpx.TimeoutException)):
            fetch(url)
        half.join()


def _answer_half(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(OK + b'content-length: 500\r\n\r\n{"keys":')
        connection.recv(1)  # until the other side hangs up


def test_a_hung_up_connection_is_an_error(fetch: Any, serve: Any) -> None:
    """An answer that stops half-way is not taken for a whole one."""
    server = serve(OK + b'content-length: 500\r\n\r\n{"keys":[]}')
    with pytest.raises(httpx.HTTPError):
        fetch(server.url)
