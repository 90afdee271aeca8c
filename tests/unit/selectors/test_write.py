"""
Typed writes on both clients.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from supaopt.errors import ConfigError, ConflictError, NotFoundError
from supaopt.selectors import Row, Selector, delete, insert, update, upsert

NIL = UUID(int=0)


class Client(Row, table="clients"):
    """A client."""

    id: UUID
    name: str


CLIENT = Selector(Client)
ACME = {"id": str(NIL), "name": "Acme"}


class Elsewhere(Row, table="order lines", schema="shop"):
    """A row of another schema."""

    id: int


def test_an_insert_returns_the_rows_of_its_selector(project: Any) -> None:
    """Values of every type are sent, and the selector's columns come back typed."""
    project.answer([ACME], status=201)
    values = {"id": NIL, "at": datetime(2026, 1, 2, tzinfo=UTC), "price": Decimal("1.10")}
    result = project.run(insert(project.client, CLIENT, values).execute())
    assert result.data == [Client(id=NIL, name="Acme")]
    assert project.sent.method == "POST"
    assert json.loads(project.sent.content) == [
        {"id": str(NIL), "at": "2026-01-02T00:00:00Z", "price": "1.10"}
    ]
    assert project.params == [("select", "id,name"), ("columns", "id,at,price")]
    assert project.sent.headers["prefer"] == "return=representation,missing=default"


def test_rows_may_leave_out_columns(project: Any) -> None:
    """All columns are named, and a missing one gets its default, not null."""
    project.run(insert(project.client, CLIENT, [{"id": 1}, {"name": "x"}]).execute())
    assert ("columns", "id,name") in project.params
    assert json.loads(project.sent.content) == [{"id": 1}, {"name": "x"}]


def test_a_write_need_not_return_anything(project: Any) -> None:
    """`returning=False` asks for no row and needs no right to read."""
    project.answer(b"", status=201)
    result = project.run(insert(project.client, CLIENT, ACME, returning=False).execute())
    assert result.data == []
    assert "select" not in dict(project.params)
    assert project.sent.headers["prefer"].startswith("return=minimal")


@pytest.mark.parametrize(("ignore", "expected"), [(False, "merge"), (True, "ignore")])
def test_an_upsert_goes_by_a_constraint(project: Any, ignore: bool, expected: str) -> None:  # noqa: FBT001
    """Duplicates are merged or left alone."""
    write = upsert(
        project.client, CLIENT, ACME, on_conflict=["client id", "name"], ignore_duplicates=ignore
    )
    project.run(write.execute())
    assert ("on_conflict", '"client id",name') in project.params
    assert f"resolution={expected}-duplicates" in project.sent.headers["prefer"]


def test_an_update_reaches_what_its_filters_match(project: Any) -> None:
    """Values go into the body, filters into the query."""
    project.run(update(project.client, CLIENT, {"name": None}).eq("id", NIL).execute())
    assert project.sent.method == "PATCH"
    assert json.loads(project.sent.content) == {"name": None}
    assert project.params == [("select", "id,name"), ("id", f"eq.{NIL}")]


def test_a_delete_returns_what_it_removed(project: Any) -> None:
    """The rows that are gone come back typed."""
    project.answer([ACME])
    result = project.run(delete(project.client, Client).eq("id", NIL).execute())
    assert (project.sent.method, result.data) == ("DELETE", [Client(id=NIL, name="Acme")])


@pytest.mark.parametrize(
    "write",
    [lambda client: update(client, CLIENT, {"name": "x"}), lambda client: delete(client, CLIENT)],
)
def test_a_write_without_a_filter_is_refused(project: Any, write: Any) -> None:
    """A forgotten filter reaches no row; whoever means every row says so."""
    with pytest.raises(ConfigError) as caught:
        project.run(write(project.client).execute())
    assert "would reach every row" in str(caught.value)
    assert project.requests == []
    project.run(write(project.client).everything().execute())
    assert len(project.requests) == 1


@pytest.mark.parametrize(
    "narrow",
    [
        lambda write: write.filter("client.name", "eq", "x"),
        lambda write: write.or_("name.eq.x", reference_table="client"),
        lambda write: write.filter("prefs->>a.b", "eq", "x"),
        lambda write: write.eq("id", 1).filter("client.name", "eq", "x"),
    ],
)
def test_a_filter_that_does_not_limit_a_write_is_refused(project: Any, narrow: Any) -> None:
    """PostgREST leaves filters on embeds aside, so the write would reach every row."""
    with pytest.raises(ConfigError, match="aside"):
        project.run(narrow(delete(project.client, CLIENT)).execute())
    assert project.requests == []


def test_a_filter_that_was_left_open_is_no_filter(project: Any) -> None:
    """`not_` alone narrows nothing."""
    with pytest.raises(ConfigError):
        project.run(delete(project.client, CLIENT).not_.execute())


def test_the_server_can_be_told_how_much_to_change(project: Any) -> None:
    """`max_affected` is a strict preference."""
    project.run(delete(project.client, CLIENT).eq("name", "x").max_affected(1).execute())
    assert project.sent.headers["prefer"].endswith("handling=strict,max-affected=1")


def test_a_table_of_another_schema_is_written_there(project: Any) -> None:
    """Profile and path are the selector's."""
    project.run(insert(project.client, Selector(Elsewhere), {"id": 1}).execute())
    assert project.sent.headers["content-profile"] == "shop"
    assert project.sent.url.raw_path.startswith(b"/rest/v1/order%20lines?")


@pytest.mark.parametrize(
    "call",
    [
        lambda client: insert(client, CLIENT, [1]),
        lambda client: insert(client, CLIENT, {"a": object()}),
        lambda client: insert(client, CLIENT, {'a"b': 1}),
        lambda client: update(client, CLIENT, {}),
        lambda client: update(client, CLIENT, [{"a": 1}]),
        lambda client: upsert(client, CLIENT, ACME, on_conflict="id"),
        lambda client: insert(client, "clients", ACME),
    ],
)
def test_a_write_that_cannot_be_meant_is_refused(project: Any, call: Any) -> None:
    """Mistakes raise where they are made."""
    with pytest.raises(ConfigError):
        call(project.client)


def test_a_constraint_is_a_conflict(project: Any) -> None:
    """23505 is told as what to do next."""
    project.refuse(409, "23505", "duplicate key value violates unique constraint")
    with pytest.raises(ConflictError):
        project.run(insert(project.client, CLIENT, ACME).execute())


def test_an_unknown_column_comes_with_the_likely_one(project: Any) -> None:
    """PGRST204 names the column that was probably meant."""
    project.refuse(400, "PGRST204", "Could not find the 'nmae' column of 'clients'")
    with pytest.raises(NotFoundError) as caught:
        project.run(insert(project.client, CLIENT, {"nmae": "x"}).execute())
    assert caught.value.hint == "did you mean `name`?"


def test_no_step_changes_the_write_it_is_called_on(project: Any) -> None:
    """A filter that is added later does not reach an earlier write."""
    start = delete(project.client, CLIENT).eq("id", 1)
    start.eq("name", "x").everything()
    project.run(start.execute())
    assert project.params == [("select", "id,name"), ("id", "eq.1")]


def test_a_write_hides_its_values(project: Any) -> None:
    """The repr names columns and no value."""
    text = repr(update(project.client, CLIENT, {"name": "secret"}).eq("id", "hidden"))
    assert text.endswith("(PATCH clients, filtered by: id)")
