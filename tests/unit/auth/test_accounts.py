"""
Making users: complete, or not at all, or once more.
"""

import json
import threading
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from copy import copy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from traceback import format_exception
from typing import Any
from uuid import UUID

import httpx
import pytest

from supaopt.auth import AsyncSupabaseAuth, SupabaseAuth
from supaopt.errors import (
    BadGatewayError,
    ConfigError,
    ConflictError,
    RequestError,
    ResponseError,
    SupaoptError,
)

USER = UUID("1b4e28ba-2fa1-4d1e-883f-0016d3cca427")
PASSWORD = "s3cret-of-ada"
OTHER = "c0ffee00-21c5-4e0a-8a52-3ad4a2c5c7f1"
SECRET = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
DATABASE_ERROR = '{"code": "unexpected_failure", "message": "Database error creating new user"}'


class AuthServer:
    """The admin API of Supabase Auth, as far as users can be made, seen, touched and deleted."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.keys: set[str | None] = set()
        self.calls: list[str] = []
        # What the next calls of a method are answered instead; None to hang up once it is done.
        self.instead: dict[str, list[tuple[int, str] | None]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle_call(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"] or 0))
                outer.keys.add(self.headers["apikey"])
                outer.calls.append(self.command)
                scripted = outer.instead.get(self.command, [])
                answer = scripted.pop(0) if scripted else ()
                if answer:
                    self._answer(*answer)
                    return
                status, body = outer.answer(
                    self.command, self.path.rsplit("/", 1)[1], json.loads(content or "{}")
                )
                if answer is None:
                    self.close_connection = True
                else:
                    self._answer(status, json.dumps(body))

            def _answer(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("x-supabase-api-version", "2024-01-01")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Keep test output quiet."""

        for method in ("GET", "POST", "PUT", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.handle_call)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, method: str, user_id: str, body: dict[str, Any]) -> tuple[int, Any]:
        if method == "POST":
            return self._create(body)
        if user_id not in self.users:
            return 404, {"code": "user_not_found", "message": "User not found"}
        if method == "DELETE":
            del self.users[user_id]
            return 200, {}
        if method == "PUT":
            self.touch(user_id)
        return 200, self.users[user_id]

    def _create(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        if any(user["email"] == wanted["email"] for user in self.users.values()):
            return 422, {"code": "email_exists", "message": "already registered"}
        if wanted["id"] in self.users:
            return 500, json.loads(DATABASE_ERROR)
        return 200, self.add(wanted["id"], wanted["email"])

    def add(self, user_id: str, email: str) -> dict[str, Any]:
        at = "2026-01-01T00:00:00Z"
        self.users[user_id] = {
            "id": user_id, "email": email, "aud": "authenticated", "app_metadata": {},
            "user_metadata": {}, "created_at": at, "updated_at": at,
        }  # fmt: skip
        return self.users[user_id]

    def touch(self, user_id: str) -> None:
        self.users[user_id]["updated_at"] = "2026-01-01T00:00:01Z"

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
        options = {"email": "ada@example.com", "password": PASSWORD, "user_id": USER} | options
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


@pytest.mark.parametrize(
    "doubt",
    [
        RequestError("no answer"),
        BadGatewayError("cut short", status=200),
        httpx.ReadTimeout("no answer"),
        ConnectionResetError("no answer"),
    ],
)
def test_a_user_in_doubt_is_left(
    server: AuthServer, create: Callable[..., Any], doubt: Exception
) -> None:
    """When finish had no answer the user may be complete, so they stay, for another try."""

    def vanish(_: UUID) -> None:
        raise copy(doubt)

    with pytest.raises(type(doubt)) as caught:
        create(vanish)
    assert [True] == [f"user_id={USER}" in note for note in caught.value.__notes__]
    assert "done" == create(lambda _: "done")
    assert [str(USER)] == list(server.users)


def test_a_cancelled_call_leaves_the_user(server: AuthServer, create: Callable[..., Any]) -> None:
    """Whoever is interrupted cannot know whether the user is complete, so they stay."""

    def interrupt(_: UUID) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        create(interrupt)
    assert [str(USER)] == list(server.users)


def test_a_lost_answer_can_be_asked_for_again(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """When the answer that the user was made is lost, the same id finds them, not a second one."""
    server.instead["POST"] = [None]
    finished: list[UUID] = []
    with pytest.raises(RequestError) as caught:
        create(finished.append)
    assert [True] == [f"user_id={USER}" in note for note in caught.value.__notes__]
    create(finished.append)
    assert ([USER], [str(USER)]) == (finished, list(server.users))


def test_a_user_of_an_earlier_try_is_not_taken_back(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """A second try that is refused leaves alone what it did not make, and says so."""
    server.add(str(USER), "Ada@example.com")
    with pytest.raises(ResponseError) as caught:
        create(_refuse)
    assert [str(USER)] == list(server.users)
    assert [True] == [str(USER) in note for note in caught.value.__notes__]


def test_a_user_whom_another_try_took_over_is_left(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """Of two tries with one id the one that made the user leaves them to the one that went on."""

    def overtaken(_: UUID) -> None:
        assert "second" == create_again(lambda _: "second")
        raise ResponseError("canceled", status=500, code="57014")

    def create_again(finish: Callable[[UUID], Any]) -> Any:
        result: list[Any] = []
        thread = threading.Thread(target=lambda: result.append(_second_try(server, finish)))
        thread.start()
        thread.join()
        return result[0]

    with pytest.raises(ResponseError, match="canceled") as caught:
        create(overtaken)
    assert [str(USER)] == list(server.users)
    assert [True] == [str(USER) in note for note in caught.value.__notes__]


def _second_try(server: AuthServer, finish: Callable[[UUID], Any]) -> Any:
    with SupabaseAuth(server.url, publishable_key="k", secret_key=SECRET) as auth:
        return auth.create_user(finish, user_id=USER, email="ada@example.com")


def test_a_user_who_is_gone_already_needs_no_taking_back(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """A user whom somebody else removed meanwhile is no trouble."""

    def removed(_: UUID) -> None:
        server.users.clear()
        _refuse(USER)

    with pytest.raises(ResponseError, match="no such client") as caught:
        create(removed)
    assert not hasattr(caught.value, "__notes__")


def test_somebody_elses_address_is_a_conflict(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """An address that another user has is refused, and that user is never finished."""
    server.add(OTHER, "ada@example.com")
    finished: list[UUID] = []
    with pytest.raises(ConflictError):
        create(finished.append)
    assert ([], [OTHER]) == (finished, list(server.users))


def test_somebody_elses_id_is_a_conflict(server: AuthServer, create: Callable[..., Any]) -> None:
    """The id of a user with another address is refused, and that user is never finished."""
    server.add(str(USER), "grace@example.com")
    finished: list[UUID] = []
    with pytest.raises(ConflictError, match=str(USER)):
        create(finished.append)
    server.add(OTHER, "ada@example.com")
    with pytest.raises(ConflictError, match=str(USER)):
        create(finished.append)
    assert ([], [str(USER), OTHER]) == (finished, list(server.users))


def test_a_lost_race_is_a_conflict(server: AuthServer, create: Callable[..., Any]) -> None:
    """The database refuses a race's loser for no stated reason; asked again, there is one."""
    server.add(OTHER, "ada@example.com")
    server.instead["POST"] = [(500, DATABASE_ERROR)]
    with pytest.raises(ConflictError, match="already registered"):
        create(lambda _: None)
    assert [OTHER] == list(server.users)


def test_a_database_that_refuses_is_no_conflict(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """When the database refuses twice, as a trigger does, that is what is raised."""
    server.instead["POST"] = [(500, DATABASE_ERROR)] * 2
    with pytest.raises(ResponseError, match="Database error creating new user") as caught:
        create(lambda _: None)
    assert (500, "unexpected_failure") == (caught.value.status, caught.value.code)
    assert (["POST", "POST", "GET"], {}) == (server.calls, server.users)


@pytest.mark.parametrize("status", [200, 500])
def test_a_proxys_page_is_no_answer(
    server: AuthServer, create: Callable[..., Any], status: int
) -> None:
    """What is not Supabase Auth's answer says nothing about the user, and is not repeated."""
    server.instead["POST"] = [(status, f"<html>{PASSWORD}</html>")]
    with pytest.raises(RequestError, match="not Supabase Auth's") as caught:
        create(lambda _: None)
    assert PASSWORD not in "".join(format_exception(caught.value))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("answer", [None, (500, '{"code": "unexpected_failure", "message": "no"}')])
def test_a_user_who_cannot_be_taken_back_is_told_of(
    server: AuthServer, create: Callable[..., Any], method: str, answer: tuple[int, str] | None
) -> None:
    """When even the removal fails, the first error is raised and says who is left."""
    server.instead[method] = [answer]
    with pytest.raises(ResponseError, match="no such client") as caught:
        create(_refuse)
    assert [True] == [str(USER) in note for note in caught.value.__notes__]


def test_no_error_tells_the_password(
    server: AuthServer, create: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, neither error, notes, causes nor logs hold what the user types."""
    caplog.set_level("DEBUG")
    weak = {"code": "weak_password", "message": "too weak", "weak_password": {"reasons": []}}
    for answers in ([(422, json.dumps(weak))], [(500, DATABASE_ERROR)] * 2, [None], []):
        server.instead["POST"] = list(answers)
        with pytest.raises(SupaoptError) as caught:
            create(_refuse, user_id=None)
        told = "".join(format_exception(caught.value)) + repr(caught.value) + caplog.text
        assert PASSWORD not in told


def test_a_user_needs_an_address(create: Callable[..., Any]) -> None:
    """Without e-mail and phone nothing is sent."""
    with pytest.raises(ConfigError, match="email or phone"):
        create(lambda _: None, email=None)


def test_a_new_user_gets_an_id(server: AuthServer, create: Callable[..., Any]) -> None:
    """Without an id of the caller's choice a random one is given."""
    made = create(lambda user_id: user_id, user_id=None)
    assert [str(made)] == list(server.users)


def test_an_attribute_that_does_not_exist_is_refused(
    server: AuthServer, create: Callable[..., Any]
) -> None:
    """A misspelt attribute would be passed over, and the user get another password."""
    with pytest.raises(ConfigError, match="'passwort'"):
        create(lambda _: None, passwort="x")
    assert [] == server.calls


def test_users_are_made_with_the_secret_key_alone(server: AuthServer, make_auth: Any) -> None:
    """An object without a secret key makes nobody."""
    auth = make_auth(url=server.url)
    with pytest.raises(ConfigError, match="SUPABASE_SECRET_KEY"):
        auth.call(lambda: auth.real.create_user(lambda _: None, email="ada@example.com"))
    assert [] == server.calls


def test_a_synchronous_object_wants_a_plain_function(server: AuthServer) -> None:
    """A coroutine would be returned as if it had made anything, so it is refused in time."""

    async def never(_: UUID) -> None:
        """Is not awaited."""

    finish: Any = never
    with (
        SupabaseAuth(server.url, publishable_key="k", secret_key=SECRET) as auth,
        pytest.raises(ConfigError, match="AsyncSupabaseAuth"),
    ):
        auth.create_user(finish, email="ada@example.com")
    assert {} == server.users
