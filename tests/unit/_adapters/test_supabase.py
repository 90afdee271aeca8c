"""
The door to supabase-py, and the contract on the public names that it reads.
"""

import asyncio
import inspect
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import supabase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from supabase import Client, ClientOptions

from supaopt._adapters.supabase import connect, is_async
from supaopt._wire import Request
from supaopt.errors import ConfigError, RequestError, RequestTimeoutError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
READ = Request(method="GET", path="students", params=(("select", "id"), ("id", "eq.1")))


def test_supabase_has_the_public_names_that_we_read(project: Any) -> None:
    """A client shows its PostgREST session, headers, URL and basic auth under public names."""
    postgrest = project.client.postgrest
    assert callable(postgrest.session.request)
    assert str(postgrest.base_url) == "https://project.supabase.co/rest/v1"
    assert postgrest.headers["apikey"] == "sb_publishable_not_a_secret"
    assert postgrest.basic_auth is None


@pytest.mark.parametrize(
    "name", ["AsyncClient", "AsyncClientOptions", "Client", "ClientOptions", "create_client"]
)
def test_supabase_exports_what_we_import(name: str) -> None:
    """The root of supabase-py exports the classes and makers that we use."""
    assert hasattr(supabase, name)


def test_a_session_takes_the_arguments_that_we_pass(project: Any) -> None:
    """A session's request method knows every keyword that the adapter uses."""
    known = inspect.signature(project.client.postgrest.session.request).parameters
    used = {"method", "url", "headers", "content", "auth", "timeout", "follow_redirects"}
    assert used <= known.keys()


def test_a_request_goes_out_as_it_was_written(project: Any) -> None:
    """Path, parameters and the client's own headers are sent."""
    project.run(connect(project.client).send(READ))
    assert str(project.sent.url) == (
        "https://project.supabase.co/rest/v1/students?select=id&id=eq.1"
    )
    assert project.sent.headers["apikey"] == "sb_publishable_not_a_secret"


# One project serves all examples: each looks at the last request alone.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(params=st.lists(st.tuples(TEXT.filter(bool), TEXT)))
def test_parameters_arrive_as_they_were_given(project: Any, params: list[tuple[str, str]]) -> None:
    """No character of a name or a value means anything on the way, and repeated names stay."""
    request = Request(method="GET", path="t", params=tuple(params))
    project.run(connect(project.client).send(request))
    arrived = parse_qsl(project.sent.url.query.decode(), keep_blank_values=True)
    assert params == arrived


def test_a_requests_own_headers_win(project: Any) -> None:
    """A header of the request replaces the client's, whatever the case of its name."""
    request = Request(method="GET", path="t", headers={"ApiKey": "other"})
    project.run(connect(project.client).send(request))
    assert project.sent.headers.get_list("apikey") == ["other"]


def test_a_schema_is_named_for_reading_and_for_writing(project: Any) -> None:
    """Both profile headers carry the request's schema."""
    project.run(connect(project.client).send(Request(method="GET", path="t", schema="shop")))
    assert project.sent.headers["accept-profile"] == "shop"
    assert project.sent.headers["content-profile"] == "shop"


def test_a_body_is_announced_as_json(project: Any) -> None:
    """A request with content names its type."""
    project.run(connect(project.client).send(Request(method="POST", path="t", content=b"{}")))
    assert project.sent.headers["content-type"] == "application/json"
    assert project.sent.content == b"{}"


def test_an_answer_comes_back_whole(project: Any) -> None:
    """Status, headers and body are handed on, refusals included."""
    project.answer({"code": "42501"}, status=403, content_range="*/0")
    response = project.run(connect(project.client).send(READ))
    assert response.status == 403
    assert response.headers["content-range"] == "*/0"
    assert response.content == b'{"code": "42501"}'


def test_a_token_set_later_on_a_shared_client_is_not_sent(project: Any) -> None:
    """A transport made for one user sends that user's token, whoever comes after."""
    project.client.postgrest.auth("token-of-ann")
    transport = connect(project.client)
    project.client.postgrest.auth("token-of-bob")
    project.run(transport.send(READ))
    assert project.sent.headers["authorization"] == "Bearer token-of-ann"


def test_a_redirect_is_not_followed(project: Any) -> None:
    """A key is not carried to where a redirect points."""
    project.answer(b"", status=307, location="https://elsewhere.example/rest/v1/students")
    response = project.run(connect(project.client).send(READ))
    assert response.status == 307
    assert len(project.requests) == 1


def test_a_timeout_says_what_did_not_answer(project: Any) -> None:
    """A timeout becomes an error that may be retried, and names no parameter."""
    project.fail(httpx.ReadTimeout("timed out"))
    request = Request(method="GET", path="students", params=(("email", "eq.a@b.c"),), timeout=0.5)
    with pytest.raises(RequestTimeoutError) as caught:
        project.run(connect(project.client).send(request))
    assert str(caught.value) == "GET students: no answer within 0.5 s"


def test_a_broken_connection_may_be_retried(project: Any) -> None:
    """A failure of the network becomes a RequestError."""
    project.fail(httpx.ConnectError("connection refused"))
    with pytest.raises(RequestError) as caught:
        project.run(connect(project.client).send(READ))
    assert str(caught.value) == "GET students: ConnectError: connection refused"


def _lose_first(project: Any, error: Exception) -> None:
    """Lose the first request, and answer the next."""

    def reply(_request: httpx.Request) -> httpx.Response:
        if len(project.requests) == 1:
            raise error
        return httpx.Response(200, json=[])

    project.reply = reply


LOST = httpx.RemoteProtocolError("Server disconnected without sending a response.")


@pytest.mark.parametrize("error", [LOST, httpx.ReadError("reset"), httpx.WriteError("pipe")])
def test_a_read_on_a_closed_connection_is_sent_again(project: Any, error: Exception) -> None:
    """A kept connection that the server has closed costs a read nothing."""
    _lose_first(project, error)
    assert project.run(connect(project.client).send(READ)).status == 200
    assert len(project.requests) == 2


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_write_is_never_sent_again(project: Any, method: Any) -> None:
    """Whether a lost write was done is not known."""
    _lose_first(project, LOST)
    with pytest.raises(RequestError):
        project.run(connect(project.client).send(Request(method=method, path="students")))
    assert len(project.requests) == 1


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_a_server_that_does_not_answer_is_asked_once(project: Any, error: Exception) -> None:
    """Neither a refused connection nor a timeout is a connection that was closed."""
    _lose_first(project, error)
    with pytest.raises(RequestError):
        project.run(connect(project.client).send(READ))
    assert len(project.requests) == 1


def test_a_url_that_no_client_can_send_is_a_mistake_of_the_program(project: Any) -> None:
    """Filters of more than 64 kB cannot be sent; the error says what to do."""
    request = Request(method="GET", path="students", params=(("id", "x" * 70_000),))
    with pytest.raises(ConfigError) as caught:
        project.run(connect(project.client).send(request))
    assert "fewer or shorter values" in str(caught.value)


def test_a_mistake_in_our_own_code_is_not_disguised(project: Any) -> None:
    """An error that is none of httpx's passes unchanged."""
    project.fail(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        project.run(connect(project.client).send(READ))


def test_the_timeout_of_a_request_reaches_the_connection(project: Any) -> None:
    """A limit given with the request replaces the client's own."""
    project.run(connect(project.client).send(Request(method="GET", path="t", timeout=1.5)))
    assert project.sent.extensions["timeout"]["read"] == 1.5


def test_basic_auth_of_a_client_is_sent() -> None:
    """A client with basic auth sends it."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=[])

    with httpx.Client(transport=httpx.MockTransport(answer)) as pool:
        client = Client(
            "https://p.supabase.co", "sb_publishable_x", ClientOptions(httpx_client=pool)
        )
        client.postgrest.auth(None, username="ann", password="pw")
        connect(client).send(READ)
    assert sent[0].headers["authorization"].startswith("Basic ")


def test_the_colour_of_a_client_is_known(sync_project: Any, async_project: Any) -> None:
    """An AsyncClient is told from a Client by its class."""
    assert not is_async(sync_project.client)
    assert is_async(async_project.client)


def test_a_stranger_is_refused_with_its_type() -> None:
    """Anything but a Supabase client is refused by name."""
    with pytest.raises(ConfigError) as caught:
        connect("https://project.supabase.co")  # type: ignore[call-overload]
    assert "got str" in str(caught.value)


def test_a_coroutine_in_place_of_a_client_is_refused() -> None:
    """An AsyncClient that was not awaited is refused with the remedy."""

    async def make() -> None:
        """Stand for acreate_client."""

    coroutine = make()
    with pytest.raises(ConfigError) as caught:
        is_async(coroutine)
    assert "await acreate_client" in str(caught.value)
    asyncio.run(coroutine)
