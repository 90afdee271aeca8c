"""
Typed queries on both clients.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from supaopt.errors import (
    BadGatewayError,
    ConfigError,
    NotFoundError,
    PermissionDeniedError,
    RequestError,
    ResponseError,
)
from supaopt.selectors import Row, Selector, select

NIL = UUID(int=0)
ACME = {"id": str(NIL), "name": "Acme"}


class Client(Row, table="clients"):
    """A client."""

    id: UUID
    name: str


class Question(Row, table="assessment_module_questions"):
    """A row whose table has synonyms."""

    module_id: UUID
    sequence: int


class Order(Row, table="order lines", schema="shop"):
    """A row of another schema, with a name that needs care in a URL."""

    id: int


def test_rows_come_back_typed(project: Any) -> None:
    """The answer's bytes become rows of the selector's class."""
    project.answer([ACME])
    result = project.run(select(project.client, Selector(Client)).execute())
    assert result.data == [Client(id=NIL, name="Acme")]
    assert result.count is None


def test_a_row_class_will_do(project: Any) -> None:
    """A row class stands for its selector."""
    project.run(select(project.client, Client).eq("name", "a&b").limit(2).execute())
    assert project.sent.method == "GET"
    assert project.sent.url.path == "/rest/v1/clients"
    assert project.params == [("select", "id,name"), ("name", "eq.a&b"), ("limit", "2")]


def test_a_table_of_another_schema_is_asked_there(project: Any) -> None:
    """The row's schema becomes the request's profile, its table one segment of the path."""
    project.run(select(project.client, Order).execute())
    assert project.sent.headers["accept-profile"] == "shop"
    assert project.sent.url.raw_path.startswith(b"/rest/v1/order%20lines?")


def test_a_count_comes_with_the_rows_when_asked_for(project: Any) -> None:
    """`count=` is preferred in the request and read from Content-Range."""
    project.answer([ACME], content_range="0-0/57")
    result = project.run(select(project.client, Client, count="exact").limit(1).execute())
    assert project.sent.headers["prefer"] == "count=exact"
    assert result.count == 57


def test_rows_are_counted_without_fetching_one(project: Any) -> None:
    """`count()` asks for headers only and keeps the filters."""
    project.answer(b"", content_range="*/57")
    assert project.run(select(project.client, Client).eq("name", "Acme").count()) == 57
    assert project.sent.method == "HEAD"
    assert ("name", "eq.Acme") in project.params


def test_a_count_that_is_missing_is_an_error(project: Any) -> None:
    """An answer without a count is never taken for none."""
    with pytest.raises(BadGatewayError):
        project.run(select(project.client, Client).count())


@pytest.mark.parametrize(("rows", "expected"), [([], False), ([ACME], True)])
def test_existence_needs_one_row(project: Any, rows: list[object], expected: bool) -> None:  # noqa: FBT001
    """`exists()` asks for a single row."""
    project.answer(rows)
    assert project.run(select(project.client, Client).exists()) is expected
    assert ("limit", "1") in project.params


def test_the_one_row_is_returned(project: Any) -> None:
    """`single()` returns the row itself, and asks for two to notice a second."""
    project.answer([ACME])
    query = select(project.client, Client).eq("id", NIL)
    assert project.run(query.single().execute()) == Client(id=NIL, name="Acme")
    assert ("limit", "2") in project.params


def test_a_smaller_limit_stays(project: Any) -> None:
    """`limit(1).single()` takes the first of many."""
    project.answer([ACME])
    project.run(select(project.client, Client).limit(1).single().execute())
    assert ("limit", "1") in project.params


def test_no_row_where_one_must_be_is_not_found(project: Any) -> None:
    """`single()` names the table."""
    with pytest.raises(NotFoundError) as caught:
        project.run(select(project.client, Client).single().execute())
    assert str(caught.value) == "clients: no row where one was asked for [PGRST116]"


def test_no_row_may_be_none(project: Any) -> None:
    """`maybe_single()` returns None."""
    assert project.run(select(project.client, Client).maybe_single().execute()) is None


@pytest.mark.parametrize("method", ["single", "maybe_single"])
def test_a_second_row_is_refused(project: Any, method: str) -> None:
    """Two rows are never cut down to one silently."""
    project.answer([ACME, ACME])
    with pytest.raises(ResponseError) as caught:
        project.run(getattr(select(project.client, Client), method)().execute())
    assert "more than one row" in str(caught.value)
    assert not isinstance(caught.value, NotFoundError)


def test_an_unknown_column_comes_with_the_likely_one(project: Any) -> None:
    """42703 names the column of the row class that was probably meant."""
    project.refuse(400, "42703", "column assessment_module_questions.order_index does not exist")
    query = select(project.client, Question).order("order_index")
    with pytest.raises(NotFoundError) as caught:
        project.run(query.execute())
    assert caught.value.hint == "did you mean `sequence`?"
    assert caught.value.code == "42703"


def test_an_unknown_column_keeps_the_servers_hint(project: Any) -> None:
    """Where we have no better idea, Postgres's own hint stays."""
    project.refuse(400, "42703", "column clients.zzz does not exist", hint="Perhaps you meant x.")
    with pytest.raises(NotFoundError) as caught:
        project.run(select(project.client, Client).eq("zzz", 1).execute())
    assert caught.value.hint == "Perhaps you meant x."


@pytest.mark.parametrize("code", ["PGRST201", "PGRST123"])
def test_a_refusal_that_has_a_known_remedy_tells_it(project: Any, code: str) -> None:
    """Ambiguous foreign keys and switched-off aggregates come with what to do."""
    project.refuse(300, code, "no")
    with pytest.raises(ResponseError) as caught:
        project.run(select(project.client, Client).execute())
    assert caught.value.hint is not None


def test_a_url_that_is_too_long_is_told(project: Any) -> None:
    """A gateway's 414 says nothing of why; the hint does."""
    project.answer(b"<html>", status=414, content_type="text/html")
    with pytest.raises(ResponseError) as caught:
        project.run(select(project.client, Client).in_("id", range(3_000)).execute())
    assert "fewer values to in_" in str(caught.value.hint)


def test_a_refusal_of_rls_or_grants_is_told(project: Any) -> None:
    """A missing grant is PermissionDeniedError."""
    project.refuse(403, "42501", "permission denied for table clients")
    with pytest.raises(PermissionDeniedError):
        project.run(select(project.client, Client).execute())


def test_a_row_that_does_not_fit_names_column_and_reason(project: Any) -> None:
    """The error is the program's, and shows no value."""
    project.answer([{"id": str(NIL), "name": None}, {"id": "ann@example.com", "name": "x"}])
    with pytest.raises(ConfigError) as caught:
        project.run(select(project.client, Client).execute())
    assert "Client does not fit what clients returned: name in row 1: " in str(caught.value)
    assert "; id in row 2: " in str(caught.value)
    assert "ann@example.com" not in str(caught.value)


def test_an_answer_that_is_cut_short_is_a_bad_gateway(project: Any) -> None:
    """Half a body is never half the rows."""
    project.answer(json.dumps([ACME]).encode()[:-2])
    with pytest.raises(BadGatewayError):
        project.run(select(project.client, Client).execute())


def test_a_broken_connection_may_be_retried(project: Any) -> None:
    """No answer is RequestError."""
    project.fail(httpx.ConnectError("refused"))
    with pytest.raises(RequestError):
        project.run(select(project.client, Client).execute())


def test_a_query_has_its_own_timeout(project: Any) -> None:
    """`timeout=` limits this query alone."""
    project.run(select(project.client, Client, timeout=0.5).execute())
    assert project.sent.extensions["timeout"]["read"] == 0.5


def test_a_query_is_sent_with_the_credentials_it_was_made_with(project: Any) -> None:
    """A token that is set on the shared client later does not become this query's."""
    project.client.postgrest.auth("token-of-ann")
    query = select(project.client, Client)
    project.client.postgrest.auth("token-of-bob")
    project.run(query.execute())
    assert project.sent.headers["authorization"] == "Bearer token-of-ann"


def test_a_query_names_the_tables_it_depends_on(project: Any) -> None:
    """A cache can tag an answer without being told."""
    assert select(project.client, Client).tables == {"clients"}


@pytest.mark.parametrize("count", ["all", True, ""])
def test_an_unknown_way_to_count_is_refused(project: Any, count: Any) -> None:
    """The three ways are named."""
    with pytest.raises(ConfigError) as caught:
        select(project.client, Client, count=count)
    assert "exact, planned, estimated" in str(caught.value)


@pytest.mark.parametrize("what", ["id,name", None, Row])
def test_what_is_no_column_set_is_refused(project: Any, what: Any) -> None:
    """A plain string has no row class."""
    with pytest.raises(ConfigError):
        select(project.client, what)


def test_what_is_no_client_is_refused() -> None:
    """The error names the type."""
    with pytest.raises(ConfigError):
        select("https://project.supabase.co", Client)  # type: ignore[call-overload]
