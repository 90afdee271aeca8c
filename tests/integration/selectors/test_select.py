"""
Typed queries against a live API.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from supaopt.errors import ConfigError, ConflictError, NotFoundError, ResponseError
from supaopt.selectors import (
    SELECTORS,
    Col,
    Row,
    Selector,
    delete,
    insert,
    select,
    update,
    upsert,
    where,
)
from supaopt.selectors import lms as sets

USER = SELECTORS.USER


def every_selector() -> list[Selector[Any, Any]]:
    """Return every selector of the example."""
    groups = [group for name, group in vars(sets.SELECTORS).items() if name.isupper()]
    return [each for group in groups for name, each in vars(group).items() if name.isupper()]


class ClientUsers(Row, table="clients"):
    """A client with its users."""

    name: str
    profiles: list[sets.UserList]


class UserOfClient(Row, table="profiles"):
    """A user that has a client."""

    id: UUID
    client: Annotated[sets.ClientDropdown, Col(inner=True)]


class UserClientName(Row, table="profiles"):
    """A user with a column lifted out of its client."""

    id: UUID
    client_name: Annotated[str | None, Col("name", spread="clients")]


class ModuleTitle(Row, table="modules"):
    """A JSON path, a cast and another name."""

    title: Annotated[str | None, Col("name")]
    place: Annotated[str | None, Col("sequence", cast="text")]
    instructions: Annotated[str | None, Col("configuration->>instructions")]


class Score(Row, table="job_readiness_submissions"):
    """A number that is read as it is."""

    score: Decimal | None


class Attacked(Row, table="profiles"):
    """A path that tries to reach another table."""

    id: Annotated[str | None, Col("id),secret:students(email")]


class Misfit(Row, table="profiles"):
    """A row of the wrong types."""

    id: int


class Attempt(Row, table="assessment_progress"):
    """A row with a column that is called otherwise."""

    started_at: str | None
    start_time: str | None


@pytest.mark.parametrize("selector", every_selector(), ids=lambda each: each.row.__name__)
def test_every_set_of_the_example_is_answered(lms: Any, selector: Selector[Any, Any]) -> None:
    """Columns, embeds and types fit the schema."""
    rows = lms.run(select(lms.client, selector).limit(50).execute()).data
    assert len(rows) > 0
    assert {type(row) for row in rows} == {selector.row}


def test_supabase_py_takes_a_selector_as_it_is(sync_lms: Any) -> None:
    """The same columns come back untyped."""
    rows = sync_lms.client.table("profiles").select(USER.LIST).limit(1).execute().data
    assert ",".join(rows[0]) == str(USER.LIST)


def test_rows_can_be_counted_with_and_without_them(lms: Any) -> None:
    """All three ways agree with the database."""
    ((expected,),) = lms.execute("select count(*) from profiles where client_id is null")
    query = select(lms.client, USER.LIST, count="exact").eq("client_id", None)
    result = lms.run(query.limit(2).execute())
    assert (result.count, len(result.data)) == (expected, 2)
    assert lms.run(query.count()) == expected
    assert lms.run(select(lms.client, USER.LIST).neq("client_id", None).count()) == 40 - expected


def test_one_row_is_found_by_its_key(lms: Any) -> None:
    """single, maybe_single and exists agree."""
    first = lms.run(select(lms.client, USER.LIST).limit(1).single().execute())
    by_id = select(lms.client, USER.LIST).eq("id", first.id)
    assert lms.run(by_id.single().execute()) == first
    assert lms.run(by_id.maybe_single().execute()) == first
    assert lms.run(by_id.exists()) is True


def test_a_row_that_is_not_there_is_not_found(lms: Any) -> None:
    """None, False or NotFoundError, as it was asked for."""
    nobody = select(lms.client, USER.LIST).eq("full_name", "nobody, (at all)")
    assert lms.run(nobody.maybe_single().execute()) is None
    assert lms.run(nobody.exists()) is False
    with pytest.raises(NotFoundError):
        lms.run(nobody.single().execute())


def test_several_rows_are_not_one(lms: Any) -> None:
    """A query that matches many is refused."""
    with pytest.raises(ResponseError):
        lms.run(select(lms.client, USER.LIST).single().execute())


# The local API reads no backslash escapes in a logic tree, which PostgREST does.
@pytest.mark.parametrize(("name", "in_trees"), [("a,b (c.d):{e}", True), ('O"H\\ara', False)])
def test_values_with_reserved_characters_are_one_value(
    lms: Any,
    name: str,
    in_trees: bool,  # noqa: FBT001
) -> None:
    """Commas, quotes and brackets in a value match themselves."""
    lms.execute(f"insert into clients (name) select $q${name}$q$")
    query = select(lms.client, SELECTORS.CLIENT.DROPDOWN)
    found = [
        query.eq("name", name),
        query.in_("name", ["other", name]),
        query.not_.neq("name", name),
        query.match({"name": name}),
    ]
    if in_trees:
        found.append(query.or_(where.eq("name", name), where.eq("name", "other")))
    names = [{row.name for row in lms.run(each.execute()).data} for each in found]
    lms.execute(f"delete from clients where name = $q${name}$q$")
    assert names == [{name}] * len(found)


def test_an_empty_list_matches_no_row(lms: Any) -> None:
    """`in_` with no values is no filter that passes all."""
    query = select(lms.client, SELECTORS.CLIENT.DROPDOWN)
    assert lms.run(query.in_("name", []).execute()).data == []


def test_alternatives_and_negations_are_understood(lms: Any) -> None:
    """An `or` of chains, and its opposite, split the table in two."""
    alternatives = (where.eq("role", "Viewer").not_.is_("client_id", None), "role.eq.Staff")
    either = select(lms.client, USER.LIST).or_(*alternatives)
    neither = select(lms.client, USER.LIST).not_.or_(*alternatives)
    ((expected,),) = lms.execute("select count(*) from profiles where role in ('Viewer', 'Staff')")
    assert lms.run(either.count()) == expected
    assert lms.run(neither.count()) == 40 - expected


def test_rows_are_ordered_and_cut(lms: Any) -> None:
    """Two sort keys and a window are what the database says."""
    expected = lms.execute(
        "select full_name from profiles order by role desc, full_name, id offset 2 limit 3"
    )
    query = select(lms.client, USER.LIST).order("role", desc=True).order("full_name").order("id")
    rows = lms.run(query.range(2, 4).execute()).data
    assert [(row.full_name,) for row in rows] == expected


def test_rows_are_ordered_by_an_embeds_column(lms: Any) -> None:
    """A to-one embed's column sorts the rows themselves."""
    ordered = select(lms.client, UserOfClient).order("client.name").order("id")
    names = [row.client.name for row in lms.run(ordered.execute()).data]
    expected = lms.execute(
        "select c.name from profiles p join clients c on c.id = p.client_id order by c.name, p.id"
    )
    assert [(name,) for name in names] == expected


def test_embeds_come_back_as_rows(lms: Any) -> None:
    """To-many embeds are lists that can be ordered and limited."""
    query = select(lms.client, ClientUsers).order("full_name", foreign_table="profiles")
    rows = lms.run(query.limit(2, foreign_table="profiles").execute()).data
    names = [[user.full_name for user in row.profiles] for row in rows]
    assert max(map(len, names)) == 2
    assert names == [sorted(each) for each in names]


def test_an_inner_embed_leaves_rows_out(lms: Any) -> None:
    """A filter on an inner embed filters the rows themselves."""
    ((name,),) = lms.execute(
        "select c.name from clients c join profiles p on p.client_id = c.id limit 1"
    )
    rows = lms.run(select(lms.client, UserOfClient).filter("client.name", "eq", name).execute())
    assert {row.client.name for row in rows.data} == {name}


def test_a_spread_lifts_a_column(lms: Any) -> None:
    """The client's name stands in the user's row."""
    rows = lms.run(select(lms.client, UserClientName).not_.is_("client_id", None).execute()).data
    assert all(row.client_name for row in rows)


def test_paths_casts_and_names_are_understood(lms: Any) -> None:
    """A JSON path is text, a cast changes the type, the field's name is the key."""
    row = lms.run(select(lms.client, ModuleTitle).neq("sequence", None).limit(1).execute()).data[0]
    assert row.place.isdigit()
    assert row.title


def test_a_decimal_keeps_every_digit(lms: Any) -> None:
    """A number passes through no float on its way, which would lose its last digits."""
    rows = lms.run(select(lms.client, Score).neq("score", None).limit(5).execute()).data
    assert rows
    assert {-2} == {row.score.as_tuple().exponent for row in rows}


def test_a_path_cannot_reach_another_table(lms: Any) -> None:
    """The attack is one column, which does not exist."""
    with pytest.raises(NotFoundError) as caught:
        lms.run(select(lms.client, Attacked).execute())
    assert caught.value.code == "42703"


@pytest.mark.parametrize("column", ["id),secret:students(email", "select", "or", "order", "limit"])
def test_a_column_from_outside_cannot_change_the_query(lms: Any, column: str) -> None:
    """A filter on a hostile name is refused by the server or matches by that name alone."""
    query = select(lms.client, USER.LIST).filter(column, "eq", "x").limit(1)
    with pytest.raises(ResponseError):
        lms.run(query.execute())


def test_a_wrong_column_comes_with_the_right_one(lms: Any) -> None:
    """The plan's own mistakes are answered with what it found out."""
    with pytest.raises(NotFoundError) as ordered:
        lms.run(select(lms.client, SELECTORS.MODULE.LIST).filter("order_index", "gt", 1).execute())
    with pytest.raises(NotFoundError) as selected:
        lms.run(select(lms.client, Attempt).execute())
    assert ordered.value.hint == "did you mean `sequence`?"
    assert selected.value.hint == "did you mean `started_at`?"


def test_a_row_of_the_wrong_types_is_told(lms: Any) -> None:
    """A UUID is no int, and the error says where."""
    with pytest.raises(ConfigError) as caught:
        lms.run(select(lms.client, Misfit).limit(1).execute())
    assert "Misfit does not fit what profiles returned: id in row 1: " in str(caught.value)


def test_all_rows_come_page_by_page(lms: Any) -> None:
    """Going through a table by key returns each row once, in order."""
    expected = [row[0] for row in lms.execute("select id from students order by created_at, id")]
    rows = select(lms.client, SELECTORS.STUDENT.LIST).iterate("created_at", "id", size=17)
    assert [row.id for row in lms.run(_collected(rows))] == expected


async def _collected(rows: Any) -> list[Any]:
    return list(rows) if isinstance(rows, Iterator) else [row async for row in rows]


def test_rows_are_written_and_come_back_typed(lms: Any) -> None:
    """Insert, upsert, update and delete return what they did."""
    new = {"id": uuid4(), "name": "Written, (once)"}
    by_id = SELECTORS.CLIENT.DROPDOWN
    (inserted,) = lms.run(insert(lms.client, by_id, new).execute()).data
    assert inserted.model_dump() == new
    with pytest.raises(ConflictError):
        lms.run(insert(lms.client, by_id, new).execute())
    again = upsert(lms.client, by_id, {**new, "name": "Twice"}, on_conflict=["id"])
    assert [row.name for row in lms.run(again.execute()).data] == ["Twice"]
    changed = update(lms.client, by_id, {"name": "Thrice"}).eq("id", new["id"])
    assert [row.name for row in lms.run(changed.execute()).data] == ["Thrice"]
    gone = delete(lms.client, by_id).eq("id", new["id"])
    assert [row.name for row in lms.run(gone.execute()).data] == ["Thrice"]
    assert lms.run(gone.execute()).data == []


def test_a_user_sees_its_own_rows_only(untouched_stack: Any, sync_lms: Any) -> None:
    """A query runs under row-level security as the client's token says."""
    from supaopt.testing import SigningKey, mint
    from supaopt.testing._clients import client

    ((student,),) = sync_lms.execute("select id from students order by id limit 1")
    key = SigningKey.from_jwk(untouched_stack.signing_jwk)
    token = mint(key, {"iss": untouched_stack.issuer, "sub": str(student), "user_role": "student"})
    with client(untouched_stack.url, untouched_stack.publishable_key, token) as own:
        rows = select(own, SELECTORS.STUDENT.PROGRESS).execute().data
    assert [row.id for row in rows] == [student]
