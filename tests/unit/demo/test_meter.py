"""
The counting proxy.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from supaopt.demo._meter import Exchange, Meter

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status = 409 if b"conflict" in body else 200
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-seen", self.headers.get("apikey", ""))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="meter")
def _meter() -> Iterator[Meter]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with Meter(f"http://127.0.0.1:{server.server_port}") as meter:
        yield meter
    server.shutdown()
    server.server_close()
    thread.join()


def test_requests_pass_unchanged_and_are_counted(meter: Meter) -> None:
    """
    A request reaches the server with its headers and body, and is counted with its answer's size.
    """
    with httpx.Client() as client:
        answer = client.post(f"{meter.url}/rest?a=1", content=b"hello", headers={"apikey": "k"})

    assert (200, b"hello", "k") == (answer.status_code, answer.content, answer.headers["x-seen"])
    assert [Exchange("POST", "/rest?a=1", 200, 5)] == meter.take()


def test_a_connection_carries_many_requests(meter: Meter) -> None:
    """
    Requests on one connection are counted one by one, refusals and empty answers too.
    """
    with httpx.Client() as client:
        client.get(f"{meter.url}/nothing")
        client.post(f"{meter.url}/rest", content=b"conflict")

    assert [204, 409] == [exchange.status for exchange in meter.take()]


def test_taking_starts_anew(meter: Meter) -> None:
    """
    What was taken is not counted again.
    """
    with httpx.Client() as client:
        client.get(meter.url)
    meter.take()

    assert [] == meter.take()
