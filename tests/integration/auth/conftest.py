"""
Auth objects of both colours on the local learning platform, and a network that loses answers.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from supaopt.auth import AsyncSupabaseAuth, CustomJWTClaims, SupabaseAuth
from supaopt.rpc import create_user_and_profile_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from supaopt.local import LocalSupabase

_HOP_BY_HOP = {"connection", "content-encoding", "content-length", "transfer-encoding", "host"}


class Accounts:
    """Makes users in either colour behind blocking calls, and looks at what came of it."""

    def __init__(self, stack: LocalSupabase, kind: type[Any], opened: ExitStack) -> None:
        self.stack = stack
        self._kind = kind
        self._opened = opened
        self._runner = opened.enter_context(asyncio.Runner())
        self.client_id: UUID = self.rows("select id from public.clients order by id limit 1")[0][0]
        self.auth = self.open(stack.url)

    def open(self, url: str, **options: Any) -> Any:
        """Make an auth object of this colour, which is closed at the end."""
        settings = {
            "publishable_key": self.stack.publishable_key,
            "secret_key": self.stack.secret_key,
            "claims": CustomJWTClaims,
        } | options
        auth = self._kind(url, **settings)
        close = auth.close if isinstance(auth, SupabaseAuth) else auth.aclose
        self._opened.callback(lambda: self.wait(close()))
        return auth

    def wait(self, value: Any) -> Any:
        """Return *value*, awaited if need be."""
        return self._runner.run(value) if asyncio.iscoroutine(value) else value

    def create(self, auth: Any = None, **options: Any) -> Any:
        """Make a user and their profile; `role` and `client_id` are those of the profile."""
        return self.wait(self._created(auth or self.auth, **options))

    def create_all(self, wanted: list[dict[str, Any]]) -> list[Any]:
        """Make several users at once; return results and errors in order."""
        if self._kind is AsyncSupabaseAuth:
            results: list[Any] = self.wait(self._gathered(wanted))
            return results

        def attempt(options: dict[str, Any]) -> Any:
            try:
                return self._created(self.auth, **options)
            except Exception as error:  # noqa: BLE001 - it is the result that the test looks at
                return error

        with ThreadPoolExecutor(len(wanted)) as threads:
            return list(threads.map(attempt, wanted))

    async def _gathered(self, wanted: list[dict[str, Any]]) -> list[Any]:
        attempts = (self._created(self.auth, **options) for options in wanted)
        return await asyncio.gather(*attempts, return_exceptions=True)

    def _created(
        self, auth: Any, *, role: Any = "student", client_id: UUID | None = None, **attributes: Any
    ) -> Any:
        def finish(user_id: UUID) -> Any:
            return create_user_and_profile_atomic(
                auth.admin_client,
                p_user_id=user_id,
                p_role=role,
                p_full_name="Ada",
                p_client_id=client_id or self.client_id,
            )

        return auth.create_user(finish, email_confirm=True, **attributes)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query by the owner of the database returns."""
        with psycopg.connect(self.stack.db_url) as database:
            cursor = database.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def found(self, email: str) -> list[tuple[UUID, bool]]:
        """Return the Auth users who have an address, and whether they are students."""
        return self.rows(
            "select u.id, exists (select from public.students as s where s.id = u.id)"
            " from auth.users as u where u.email = %s",
            email,
        )


@pytest.fixture(name="accounts", params=[SupabaseAuth, AsyncSupabaseAuth], ids=["sync", "async"])
def _accounts(request: pytest.FixtureRequest, lms_stack: LocalSupabase) -> Iterator[Accounts]:
    with ExitStack() as opened:
        yield Accounts(lms_stack, request.param, opened)


class LossyNetwork:
    """A proxy in front of the stack that delivers every request, and loses the answers to some."""

    def __init__(self, target: str) -> None:
        self.losing: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"] or 0))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
                answer = outer.http.request(
                    self.command, self.path, headers=headers, content=content
                )
                lost = next((part for part in outer.losing if part in self.path), None)
                if lost:
                    outer.losing.remove(lost)
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name not in _HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                """Keep test output quiet."""

        for method in ("GET", "POST", "PUT", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.handle_call)
        self.http = httpx.Client(base_url=target, timeout=30)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.http.close()


@pytest.fixture(name="network")
def _network(lms_stack: LocalSupabase) -> Iterator[LossyNetwork]:
    network = LossyNetwork(lms_stack.url)
    yield network
    network.close()


@pytest.fixture(name="undeletable")
def _undeletable(lms_stack: LocalSupabase) -> Iterator[Callable[[str], None]]:
    """Has the database refuse to delete the Auth user with an address."""

    def execute(statement: str) -> None:
        with psycopg.connect(lms_stack.db_url) as database:
            database.execute(statement.encode())

    def protect(email: str) -> None:
        execute(f"""
            create function public.keep_user() returns trigger language plpgsql as $$
            begin raise exception 'kept'; end $$;
            create trigger keep_user before delete on auth.users for each row
              when (old.email = '{email}') execute function public.keep_user();
        """)

    yield protect
    execute("drop function if exists public.keep_user cascade")
