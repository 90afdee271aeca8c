"""
Making users: complete, or not at all, or once more.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest

from supaopt.auth import AsyncSupabaseAuth
from supaopt.errors import ConfigError, ConflictError, RequestError, ResponseError

USER = UUID("1b4e28ba-2fa1-4d1e-883f-0016d3cca427")
SECRET = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"


class AuthServer:
    """The admin API of Supabase Auth, as far as users can be made, seen and deleted."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.keys: set[str | None] = set()
        self.fail_deletes = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self, status: int, body: dict[str, Any]) -> None:
                outer.keys.add(self.headers["apikey"])
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("x-supabase-api-version", "2024-01-01")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                wanted = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if any(user["email"] == wanted["email"] for user in outer.users.values()):
                    self._answer(422, {"code": "email_exists", "message": "already registered"})
                    return
                self._answer(200, outer.add(wanted["id"], wanted["email"]))

            def do_GET(self) -> None:
                user = outer.users.get(self.path.rsplit("/", 1)[1])
                missing = {"code": "user_not_found", "message": "User not found"}
                self._answer(200 if user else 404, user or missing)

            def do_DELETE(self) -> None:
                self.rfile.read(int(self.headers["content-length"] or 0))
                if outer.fail_deletes:
                    self._answer(500, {"code": "unexpected_failure", "message": "no"})
                    return
                outer.users.pop(self.path.rsplit("/", 1)[1], None)
                self._answer(200, {})

            def log_message(self, *_: object) -> None:
                """Keep test output quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def add(self, user_id: str, email: str) -> dict[str, Any]:
        at = "2026-01-01T00:00:00Z"
        self.users[user_id] = {
            "id": user_id, "email": email, "aud": "authenticated", "app_metadata": {},
            "user_metadata": {}, "created_at": at, "updated_at": at,
        }  # fmt: skip
        return self.users[user_id]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture(name="server")
def _server() -> Iterator[AuthServer]:
    server = AuthServer()
    yield server
    server.close()


@pytest.fixture(name="create")
def _create(server: AuthServer, make_auth: Any) -> Callable[..., Any]:
    """Makes a user with a finish that is a plain function, in either colour."""
    auth = make_auth(url=server.url, secret_key=SECRET)

    def create(finish: Callable[[UUID], Any], **options: Any) -> Any:
        async def finish_async(user_id: UUID) -> Any:
            return finish(user_id)

        last = finish_async if isinstance(auth.real, AsyncSupabaseAuth) else finish
        options = {"email": "ada@example.com", "password": "p", "user_id": USER} | options
        return auth.call(lambda: auth.real.create_user(last, **options))

    return create


def _refuse(_: UUID) -> None:
    raise ResponseError("no such client", status=400, code="23503")


def test_a_user_is_made_and_finished(server: AuthServer, create: Callable[..., Any]) -> None:
    """The Auth user is there under the id that finish got, made with the secret key."""
    assert f"profile of {USER}" == create(lambda user_id: f"profile of {user_id}")
    assert ([str(USER)], {SECRET}) == (list(server.users), server.keys)


def test_a_user_who_cannot_be_finished_is_taken_back(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """When the transaction is refused no Auth user stays behind, and the error is finish's."""
    with pytest.raises(ResponseError, match="no such client"):
        create(_refuse)
    assert {} == server.users


def test_a_user_in_doubt_is_left(server: AuthServer, create: Callable[..., Any]) -> None:
    """When finish had no answer the user may be complete, so they stay, for another try."""

    def vanish(_: UUID) -> None:
        raise RequestError("no answer")

    with pytest.raises(RequestError):
        create(vanish)
    assert "done" == create(lambda _: "done")
    assert [str(USER)] == list(server.users)


def test_a_user_of_an_earlier_try_is_not_taken_back(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """A second try that is refused leaves alone what it did not make."""
    server.add(str(USER), "ada@example.com")
    with pytest.raises(ResponseError):
        create(_refuse)
    assert [str(USER)] == list(server.users)


def test_somebody_elses_address_is_a_conflict(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """An address that another user has is refused, and that user is never finished."""
    server.add("c0ffee00-21c5-4e0a-8a52-3ad4a2c5c7f1", "ada@example.com")
    finished: list[UUID] = []
    with pytest.raises(ConflictError):
        create(finished.append)
    assert ([], 1) == (finished, len(server.users))


def test_a_user_who_cannot_be_taken_back_is_told_of(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """When even the removal fails, the first error is raised and says who is left."""
    server.fail_deletes = True
    with pytest.raises(ResponseError, match="no such client") as caught:
        create(_refuse)
    assert [True] == [str(USER) in note for note in caught.value.__notes__]


def test_a_user_needs_an_address(create: Callable[..., Any]) -> None:
    """Without e-mail and phone nothing is sent."""
    with pytest.raises(ConfigError, match="email or phone"):
        create(lambda _: None, email=None)


def test_a_new_user_gets_an_id(server: AuthServer, create: Callable[..., Any]) -> None:
    """Without an id of the caller's choice a random one is given."""
    made = create(lambda user_id: user_id, user_id=None)
    assert [str(made)] == list(server.users)
