"""
The connections that threads share.
"""

from __future__ import annotations

import gc
from typing import Any

import httpx
import pytest
from supabase import create_client
from supabase.lib.client_options import SyncClientOptions

from supaopt._adapters import threads
from supaopt._adapters.threads import ThreadsTransport
from supaopt._wire import Request

RealClient = httpx.Client
URL = "http://127.0.0.1:1"
REQUEST = Request(method="POST", path="rpc/f", content=b"{}")


@pytest.fixture(name="made")
def _made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """
    Note how connections are made, and let them lead to a server in this process.
    """
    made: list[dict[str, Any]] = []

    def make(**options: Any) -> httpx.Client:
        made.append(options)
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json=1))
        return RealClient(transport=transport)

    monkeypatch.setattr(threads.httpx, "Client", make)
    return made


def test_they_speak_http_1(made: list[dict[str, Any]]) -> None:
    """
    HTTP/2 is off, whatever the client's own connections speak, and they are made once.
    """
    transport = ThreadsTransport(create_client(URL, "sb_secret_abc"))
    assert [b"1", b"1"] == [transport.send(REQUEST).content for _ in range(2)]
    assert [(True, False)] == [(options["http1"], options["http2"]) for options in made]


def test_a_clients_own_connections_are_kept(made: list[dict[str, Any]]) -> None:
    """
    Who brings connections, for a proxy say, has them used.
    """
    answers = httpx.MockTransport(lambda request: httpx.Response(200, json=2))
    with RealClient(transport=answers) as own:
        client = create_client(URL, "sb_secret_abc", SyncClientOptions(httpx_client=own))
        assert b"2" == ThreadsTransport(client).send(REQUEST).content
    assert [] == made


def test_a_forked_process_opens_its_own(
    made: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A child process does not write into its parent's sockets.
    """
    transport = ThreadsTransport(create_client(URL, "sb_secret_abc"))
    transport.send(REQUEST)
    monkeypatch.setattr(threads.os, "getpid", lambda: -7)
    transport.send(REQUEST)
    assert 2 == len(made)


def test_they_are_closed_with_the_transport(made: list[dict[str, Any]]) -> None:
    """
    Letting go of the cache leaves no connection open.
    """
    transport: Any = ThreadsTransport(create_client(URL, "sb_secret_abc"))
    transport.send(REQUEST)
    http = transport._session.session
    del transport
    gc.collect()
    assert http.is_closed
