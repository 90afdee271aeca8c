"""
Many callers on one pool of connections: none ever sends what is another's.
"""

import asyncio
import gc
import os
import threading
import warnings
import weakref
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import supabase

from supaopt._adapters.pool import AsyncPool, Pool
from supaopt.auth._settings import Settings
from supaopt.errors import ConfigError


class Server(ThreadingHTTPServer):
    """A server that a hundred callers may reach at the same moment."""

    daemon_threads = True
    request_queue_size = 256


class Recorder:
    """A server that sets a cookie for whoever asks, and keeps each request's headers."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.rfile.read(int(headers.get("content-length", 0)))
                seen.append(headers | {"path": self.path, "version": self.request_version})
                self.send_response(200)
                self.send_header("set-cookie", f"session={headers.get('authorization')}; Path=/")
                self.send_header("content-type", "application/json")
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"[]")

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def log_message(self, *_: object) -> None:
                """Keep test output quiet."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(name="server")
def _server() -> Iterator[Recorder]:
    server = Recorder()
    yield server
    server.close()


@pytest.fixture(name="pool")
def _pool(server: Recorder) -> Iterator[Pool]:
    pool = Pool(Settings(url=server.url, publishable_key="sb_publishable_x", timeout=5))
    yield pool
    pool.close()


def test_a_caller_gets_a_real_client(pool: Pool) -> None:
    """What callers hold is a supabase.Client."""
    assert isinstance(pool.client("a"), supabase.Client)


def test_every_service_acts_as_the_caller(pool: Pool, server: Recorder) -> None:
    """Tables, functions, storage and edge functions all send the caller's token and our key."""
    client = pool.client("alice")
    client.table("t").select("id").execute()
    client.rpc("f", {}).execute()
    client.schema("other").table("t").select("id").execute()
    client.storage.list_buckets()
    client.functions.invoke("hello", {"body": {}})
    sent = [(r["authorization"], r["apikey"]) for r in server.seen]
    assert [("Bearer alice", "sb_publishable_x")] * 5 == sent


def test_no_cookie_is_ever_sent(pool: Pool, server: Recorder) -> None:
    """A cookie that the server set for one caller is sent neither for the next nor for them."""
    for token in ("alice", "bob", "alice"):
        pool.client(token).table("t").select("id").execute()
    assert [None] * 3 == [request.get("cookie") for request in server.seen]


def test_the_wire_is_http_1_1(pool: Pool, server: Recorder) -> None:
    """Connections that threads share speak HTTP/1.1, and offer nothing else under TLS."""
    pool.client("alice").table("t").select("id").execute()
    connections: Any = pool.http._transport
    assert ("HTTP/1.1", False) == (server.seen[0]["version"], connections._pool._http2)


def test_clients_share_their_connections(pool: Pool) -> None:
    """A hundred callers cost one pool."""
    sessions = {id(pool.client(str(number)).postgrest.session) for number in range(100)}
    assert 1 == len(sessions)


def test_one_callers_postgrest_auth_is_no_other_callers(pool: Pool, server: Recorder) -> None:
    """supabase-py's `postgrest.auth()` on one client leaves the others as they are."""
    alice, bob = pool.client("alice"), pool.client("bob")
    alice.postgrest.auth("mallory")
    bob.table("t").select("id").execute()
    assert "Bearer bob" == server.seen[0]["authorization"]


@pytest.mark.parametrize(
    "call",
    [
        lambda auth: auth.sign_in_with_password({"email": "a", "password": "b"}),
        lambda auth: auth.sign_up({}),
        lambda auth: auth.sign_out(),
        lambda auth: auth.set_session("a", "b"),
        lambda auth: auth.refresh_session(),
        lambda auth: auth.admin.list_users(),
        lambda auth: auth.get_user(),
    ],
)
def test_sessions_are_refused_on_a_callers_client(call: Any, pool: Pool, server: Recorder) -> None:
    """Whatever could change whom a client acts as raises, and sends nothing."""
    with pytest.raises(ConfigError, match="change whom the client acts as"):
        call(pool.client("alice").auth)
    assert [] == server.seen


def test_threads_never_mix_callers(pool: Pool, server: Recorder) -> None:
    """A hundred users on twenty threads each send their own token with their own path."""
    users = iter(range(100))
    start = threading.Barrier(20)

    def work() -> None:
        start.wait()
        for user in users:
            pool.client(f"u{user}").table(f"u{user}").select("id").execute()

    lock = threading.Lock()

    class Locked:
        def __init__(self, inner: Iterator[int]) -> None:
            self._inner = inner

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> int:
            with lock:
                return next(self._inner)

    users = Locked(users)  # type: ignore[assignment]  # a generator is not safe across threads
    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = [r for r in server.seen if f"/{r['authorization'].split()[1]}?" not in r["path"]]
    assert (100, []) == (len(server.seen), wrong)


def test_tasks_never_mix_callers(server: Recorder) -> None:
    """A hundred users in tasks of one loop each send their own token with their own path."""
    pool = AsyncPool(Settings(url=server.url, publishable_key="sb_publishable_x", timeout=5))

    async def main() -> None:
        async def one(user: str) -> None:
            await pool.client(user).table(user).select("id").execute()

        await asyncio.gather(*(one(f"u{number}") for number in range(100)))
        await pool.aclose()

    asyncio.run(main())
    wrong = [r for r in server.seen if f"/{r['authorization'].split()[1]}?" not in r["path"]]
    assert (100, []) == (len(server.seen), wrong)


def test_async_callers_get_a_real_client_without_cookies(server: Recorder) -> None:
    """The async twin hands out AsyncClients that keep no cookie and refuse sessions."""
    pool = AsyncPool(Settings(url=server.url, publishable_key="sb_publishable_x", timeout=5))

    async def main() -> bool:
        for token in ("alice", "bob"):
            client = pool.client(token)
            await client.table("t").select("id").execute()
            await client.storage.list_buckets()
        with pytest.raises(ConfigError):
            await client.auth.get_user()
        await pool.aclose()
        return isinstance(client, supabase.AsyncClient)

    assert asyncio.run(main())
    assert [None] * 4 == [request.get("cookie") for request in server.seen]


def test_every_loop_has_its_own_connections(server: Recorder) -> None:
    """One pool serves loop after loop, and loops at once, on threads."""
    pool = AsyncPool(Settings(url=server.url, publishable_key="sb_publishable_x", timeout=5))

    async def main() -> int:
        await pool.client("alice").table("t").select("id").execute()
        session = id(pool.http)
        await pool.aclose()
        return session

    asyncio.run(main())
    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 5 == len(server.seen)


def test_connections_of_closed_loops_are_dropped(server: Recorder) -> None:
    """A pool that nobody closes, on loop after loop, keeps the connections of one alone."""
    pool = AsyncPool(Settings(url=server.url, publishable_key="sb_publishable_x", timeout=5))

    async def main() -> weakref.ref[asyncio.AbstractEventLoop]:
        await pool.client("alice").table("t").select("id").execute()
        return weakref.ref(asyncio.get_running_loop())

    with warnings.catch_warnings():
        # What asyncio says of every connection that is dropped unclosed.
        warnings.simplefilter("ignore", ResourceWarning)
        loops = [asyncio.run(main()) for _ in range(5)]
        gc.collect()
        kept = [loop for loop in loops if loop() is not None]
        pool._https.clear()
        gc.collect()
    assert 1 >= len(kept)


def test_a_closed_pool_opens_again(pool: Pool, server: Recorder) -> None:
    """Closing ends the connections, not the object."""
    first = pool.http
    pool.close()
    pool.client("alice").table("t").select("id").execute()
    assert (True, 1) == (first.is_closed, len(server.seen))


def test_a_forked_process_opens_its_own_connections(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fork the parent's sockets are neither used nor closed."""
    parent = pool.http
    pid = os.getpid() + 1
    monkeypatch.setattr("supaopt._adapters.pool.os.getpid", lambda: pid)
    child = pool.http
    assert (False, False) == (parent is child, parent.is_closed)


def test_every_request_has_a_timeout(pool: Pool) -> None:
    """No step of a request may wait for ever."""
    timeout = pool.http.timeout
    assert (5, 5, 5, 5) == (timeout.connect, timeout.read, timeout.write, timeout.pool)
