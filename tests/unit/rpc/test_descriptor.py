"""
Postgres functions as typed Python ones.
"""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import BaseModel

from supaopt.errors import (
    BadGatewayError,
    ConfigError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RequestTimeoutError,
    ResponseError,
    StatementTimeoutError,
)
from supaopt.rpc import Rpc, rpc
from supaopt.selectors import Row

NIL = UUID(int=0)


class Stats(BaseModel):
    """A result."""

    id: int
    name: str | None


@rpc(stable=True)
def get_stats(
    *, p_product_id: UUID | None = None, p_limit: int = 10, p_tags: list[str] | None = None
) -> list[Stats]:
    """
    Return statistics.
    """
    raise NotImplementedError


@rpc(stable=True, get=True, timeout=2.0, schema="reports", name="get stats/v2")
def get_by_url(*, p_id: UUID | None = None, p_flag: bool = False, p_tags: list[str] = []) -> int:  # noqa: B006
    """
    Return a number by GET.
    """
    raise NotImplementedError


@rpc
def one() -> Stats:
    """
    Return one row.
    """
    raise NotImplementedError


@rpc
def maybe(p_id: int) -> Stats | None:
    """
    Return a row or none.
    """
    raise NotImplementedError


@rpc
def scalar() -> Decimal:
    """
    Return a number.
    """
    raise NotImplementedError


@rpc
def maybe_scalar() -> int | None:
    """
    Return a number or none.
    """
    raise NotImplementedError


@rpc
def document() -> dict[str, Any]:
    """
    Return a JSON document.
    """
    raise NotImplementedError


@rpc
def nothing(p_hits: dict[str, int]) -> None:
    """
    Return nothing.
    """
    raise NotImplementedError


@rpc
def later() -> Later:
    """
    Return a class that is defined further down.
    """
    raise NotImplementedError


class Later(Row, table="later"):
    """A row."""

    id: int


def test_a_call_posts_the_arguments_that_were_passed(project: Any) -> None:
    """What is left out is left to the function's own default."""
    project.run(get_stats(project.client, p_product_id=NIL))
    assert project.sent.method == "POST"
    assert project.sent.url.path == "/rest/v1/rpc/get_stats"
    assert json.loads(project.sent.content) == {"p_product_id": str(NIL)}


def test_a_call_without_arguments_posts_an_empty_object(project: Any) -> None:
    """PostgREST wants a body all the same."""
    project.run(get_stats(project.client))
    assert project.sent.content == b"{}"


def test_an_explicit_none_is_null(project: Any) -> None:
    """None that is passed is sent, as it may differ from the default."""
    project.run(get_stats(project.client, p_product_id=None, p_limit=5))
    assert json.loads(project.sent.content) == {"p_product_id": None, "p_limit": 5}


def test_a_stable_function_may_go_by_get(project: Any) -> None:
    """Replicas and caches can answer a GET; its arguments are the query."""
    project.answer(7)
    assert project.run(get_by_url(project.client, p_id=NIL, p_flag=True, p_tags=["a", "b c"])) == 7
    assert project.sent.method == "GET"
    assert project.sent.url.raw_path.startswith(b"/rest/v1/rpc/get%20stats%2Fv2?")
    assert project.params == [("p_id", str(NIL)), ("p_flag", "true"), ("p_tags", '{a,"b c"}')]
    assert project.sent.headers["accept-profile"] == "reports"
    assert project.sent.extensions["timeout"]["read"] == 2.0


@rpc(stable=True, get=True)
def find(*, p_text: str) -> list[int]:
    """
    Search for a text.
    """
    raise NotImplementedError


@pytest.mark.parametrize("text", ["eq.1", "not.eq.1", "is.null", "fts(english).cat", "in.(1)"])
def test_an_argument_that_looks_like_a_filter_goes_by_post(project: Any, text: str) -> None:
    """PostgREST would filter the result by it and call the function without it."""
    project.run(find(project.client, p_text=text))
    assert (project.sent.method, json.loads(project.sent.content)) == ("POST", {"p_text": text})


@pytest.mark.parametrize("text", ["cat", "1.5", "Mr. Smith", "(x)", ""])
def test_any_other_argument_goes_by_get(project: Any, text: str) -> None:
    """Text that begins with no operator is an argument."""
    project.run(find(project.client, p_text=text))
    assert project.params == [("p_text", text)]


def test_a_none_goes_by_post(project: Any) -> None:
    """A URL cannot say null."""
    project.answer(7)
    project.run(get_by_url(project.client, p_id=None))
    assert (project.sent.method, project.sent.content) == ("POST", b'{"p_id":null}')


def test_a_call_can_have_its_own_options(project: Any) -> None:
    """`with_options` returns another way to call the same function."""
    hurried = get_stats.with_options(timeout=0.25, get=True)
    project.run(hurried(project.client, p_limit=1))
    assert project.sent.method == "GET"
    assert project.sent.extensions["timeout"]["read"] == 0.25
    assert (get_stats.timeout, get_stats.get) == (None, False)


def test_a_call_that_does_not_answer_in_time_says_so(project: Any) -> None:
    """A timeout is told with the function's name."""
    project.fail(httpx.ReadTimeout("slow"))
    with pytest.raises(RequestTimeoutError) as caught:
        project.run(get_stats.with_options(timeout=0.25)(project.client))
    assert str(caught.value) == "POST rpc/get_stats: no answer within 0.25 s"


@pytest.mark.parametrize(
    ("function", "body", "expected"),
    [
        (get_stats, [{"id": 1, "name": None}], [Stats(id=1, name=None)]),
        (get_stats, [], []),
        (one, {"id": 1, "name": "x"}, Stats(id=1, name="x")),
        (one, [{"id": 1, "name": "x"}], Stats(id=1, name="x")),
        (scalar, 1.5, Decimal("1.5")),
        (scalar, "1.10", Decimal("1.10")),
        (maybe_scalar, None, None),
        (maybe_scalar, 3, 3),
        (document, {"a": [1]}, {"a": [1]}),
        (later, {"id": 1}, Later(id=1)),
    ],
)
def test_a_result_is_read_by_the_annotation(
    project: Any, function: Any, body: object, expected: object
) -> None:
    """Rows, one row, scalars and documents come back as they are declared."""
    project.answer(body)
    assert project.run(function(project.client)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], None),
        (None, None),
        ({"id": None, "name": None}, None),
        ({"id": 1, "name": None}, Stats(id=1, name=None)),
        ([{"id": 1, "name": "x"}], Stats(id=1, name="x")),
    ],
)
def test_no_row_is_none_however_it_is_written(project: Any, body: object, expected: object) -> None:
    """An empty list, null, and PostgREST's object of nulls are all no row."""
    project.answer(body)
    assert project.run(maybe(project.client, 1)) == expected


def test_a_row_asks_for_its_columns_alone(project: Any) -> None:
    """A `Row` narrows what a function returns, as it narrows a table; a model does not."""
    project.answer({"id": 1})
    project.run(later(project.client))
    assert project.params == [("select", "id")]
    project.answer([])
    project.run(get_stats(project.client))
    assert project.params == []


def test_a_void_function_returns_none(project: Any) -> None:
    """204 without a body is an answer."""
    project.answer(b"", status=204)
    assert project.run(nothing(project.client, {"k": 1})) is None
    assert json.loads(project.sent.content) == {"p_hits": {"k": 1}}


def test_a_missing_row_is_not_found(project: Any) -> None:
    """A function that must return a row and does not raises."""
    project.answer([])
    with pytest.raises(NotFoundError) as caught:
        project.run(one(project.client))
    assert str(caught.value) == "one: no row where one was asked for"


def test_several_rows_where_one_was_declared_are_refused(project: Any) -> None:
    """The remedy is the right annotation."""
    project.answer([{"id": 1, "name": None}, {"id": 2, "name": None}])
    with pytest.raises(ResponseError) as caught:
        project.run(one(project.client))
    assert caught.value.hint == "declare it -> list[Stats]"


def test_a_result_that_does_not_fit_names_the_field(project: Any) -> None:
    """The error is the declaration's, and shows no value."""
    project.answer([{"id": "ann@example.com", "name": None}])
    with pytest.raises(ConfigError) as caught:
        project.run(get_stats(project.client))
    assert "does not fit what get_stats returned: id in row 1: " in str(caught.value)
    assert "ann@example.com" not in str(caught.value)


def test_a_page_with_status_200_is_no_result(project: Any) -> None:
    """HTML from a proxy raises, where supabase-py returns it as data."""
    project.answer(b"<html>maintenance</html>", content_type="text/html")
    with pytest.raises(BadGatewayError):
        project.run(get_stats(project.client))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "PGRST202", NotFoundError),
        (404, "42883", NotFoundError),
        (300, "PGRST203", ResponseError),
        (403, "42501", PermissionDeniedError),
        (409, "23505", ConflictError),
        (500, "57014", StatementTimeoutError),
        (400, "25006", ResponseError),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    project: Any, status: int, code: str, expected: type[ResponseError]
) -> None:
    """Each refusal has its class, and those with a known remedy a hint."""
    project.refuse(status, code, "refused")
    with pytest.raises(expected) as caught:
        project.run(get_stats(project.client))
    assert (caught.value.status, caught.value.code) == (status, code)
    assert (caught.value.hint is None) == (code in {"23505", "42883"})


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("42883", "function public.get_stats(integer) does not exist", "no function `get_stats`"),
        ("42883", "operator does not exist: ltree = ltree", "None"),
        ("42501", "permission denied for function get_stats", "grant execute"),
        ("42501", 'new row violates row-level security policy for table "a"', "a policy keeps"),
    ],
)
def test_a_hint_is_of_what_was_refused(
    sync_project: Any, code: str, message: str, expected: str
) -> None:
    """What a function uses is not the function, and a policy is no grant."""
    sync_project.refuse(403, code, message)
    with pytest.raises(ResponseError) as caught:
        get_stats(sync_project.client, p_limit=1)
    assert str(caught.value.hint).startswith(expected)


def test_a_missing_function_is_told_with_the_likely_one(project: Any) -> None:
    """What the server suggests comes first, then what was passed and how to reload."""
    said = "Perhaps you meant to call the function public.get_statistics"
    project.refuse(404, "PGRST202", "Could not find the function public.get_stats", hint=said)
    with pytest.raises(NotFoundError) as caught:
        project.run(get_stats(project.client, p_limit=1, p_product_id=NIL))
    assert str(caught.value.hint).startswith(f"{said}; no function `get_stats` takes p_limit, ")
    assert "reload schema" in str(caught.value.hint)


def test_a_mapped_error_crosses_a_process_pool(project: Any) -> None:
    """It unpickles with hint and status."""
    project.refuse(403, "42501", "permission denied for function get_stats")
    with pytest.raises(PermissionDeniedError) as caught:
        project.run(get_stats(project.client))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.status) == (str(caught.value), 403)


def test_a_wrong_argument_is_a_type_error(project: Any) -> None:
    """A call that Python would refuse is refused before anything is sent."""
    with pytest.raises(TypeError, match="p_prod"):
        get_stats(project.client, p_prod=NIL)  # type: ignore[call-overload]
    assert project.requests == []


def test_what_is_no_client_is_refused() -> None:
    """The error names the type."""
    with pytest.raises(ConfigError):
        get_stats("client")  # type: ignore[call-overload]


def test_an_argument_that_has_no_json_is_refused(project: Any) -> None:
    """Nothing is sent that Postgres could not read."""
    with pytest.raises(ConfigError):
        maybe(project.client, object())  # type: ignore[call-overload]
    assert project.requests == []


def no_annotation():  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return who knows what."""


def variadic(*values: int) -> int:
    """Take any number of arguments."""
    raise NotImplementedError


def positional(value: int, /) -> int:
    """Take an argument without a name."""
    raise NotImplementedError


def reserved(*, select: str) -> int:
    """Take an argument called like a parameter of PostgREST."""
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "options", "reason"),
    [
        (no_annotation, {}, "needs a return annotation"),
        (variadic, {}, "has no name that Postgres could know"),
        (positional, {}, "has no name that Postgres could know"),
        (one, {"get": True}, "say stable=True"),
        (reserved, {"get": True, "stable": True}, "`select` means something else"),
    ],
)
def test_a_declaration_that_cannot_be_called_is_refused(
    function: Any, options: dict[str, Any], reason: str
) -> None:
    """Mistakes raise where the function is declared."""
    with pytest.raises(ConfigError) as caught:
        rpc(**options)(inspect.unwrap(function))
    assert reason in str(caught.value)


def test_a_function_called_like_a_parameter_may_be_posted() -> None:
    """In a body the name means nothing else."""
    assert rpc(reserved).request(select="x").content == b'{"select":"x"}'


def test_a_type_that_cannot_be_found_is_named(project: Any) -> None:
    """A local class is out of reach when the answer is read."""

    class Local(BaseModel):
        id: int

    @rpc
    def local() -> Local:
        raise NotImplementedError

    with pytest.raises(ConfigError) as caught:
        local(project.client)
    assert "'Local' is not defined" in str(caught.value)


def test_a_type_that_json_cannot_become_is_named(project: Any) -> None:
    """A return type that pydantic does not know raises with the function's name."""

    def strange() -> Any:
        raise NotImplementedError

    strange.__annotations__["return"] = type("Strange", (), {})
    with pytest.raises(ConfigError) as caught:
        rpc(strange)(project.client)
    assert str(caught.value).startswith("strange: its return type cannot be read")


@pytest.mark.parametrize("clone", [lambda f: pickle.loads(pickle.dumps(f)), copy.copy])
def test_a_function_can_be_pickled_with_its_options(clone: Any) -> None:
    """It comes back by name, and keeps timeout and method."""
    again = clone(get_stats.with_options(timeout=3.0, get=True))
    assert (again.name, again.timeout, again.get, again.stable) == ("get_stats", 3.0, True, True)


def test_a_function_keeps_its_documentation() -> None:
    """Name and docstring are those of the declaration."""
    assert get_stats.__name__ == "get_stats"
    assert get_stats.__doc__ is not None
    assert get_stats.__doc__.strip() == "Return statistics."
    assert repr(get_stats).startswith("Rpc(get_stats(*, p_product_id")


def test_a_request_and_its_answer_can_be_handled_apart(project: Any) -> None:
    """A cache may send the request itself."""
    request = get_stats.request(p_limit=3)
    assert (request.path, request.content) == ("rpc/get_stats", b'{"p_limit":3}')
    assert isinstance(get_stats, Rpc)


def test_values_of_every_type_are_sent(project: Any) -> None:
    """Intervals and UUIDs go as Postgres reads them."""

    @rpc
    def many(*, at_most: timedelta, who: UUID) -> None:
        raise NotImplementedError

    project.run(many(project.client, at_most=timedelta(minutes=5), who=NIL))
    assert json.loads(project.sent.content) == {"at_most": "PT5M", "who": str(NIL)}
