"""
Selectors and entities.
"""

from __future__ import annotations

import copy
import pickle
from typing import Annotated, Any

import httpx
import pytest

from supaopt.errors import ConfigError
from supaopt.selectors import Col, Entity, Row, Selector, lms


class Secretive(Row, table="profiles"):
    """A row that asks for too much."""

    id: int
    password: str


class ByPath(Row, table="profiles"):
    """The same through a JSON path under another name."""

    harmless: Annotated[str, Col("password->>hash")]


class BySpread(Row, table="clients"):
    """The same through a spread."""

    harmless: Annotated[str, Col("password", spread="profiles")]


class Through(Row, table="clients"):
    """The same through an embed."""

    id: int
    users: list[Secretive]


class Back(Row, table="profiles"):
    """The entity comes back through another table."""

    id: int
    client: Through | None


def test_a_selector_is_a_string_that_supabase_takes(project: Any) -> None:
    """supabase-py sends it as it is, quoted names included."""

    class Spaced(Row, table="t"):
        full: Annotated[str, Col("full name")]

    project.run(project.client.table("t").select(Selector(Spaced)).execute())
    assert project.params == [("select", 'full:"full name"')]


def test_a_selector_composes_like_a_string(client_dropdown: Selector[Any]) -> None:
    """It goes into an f-string, where it becomes plain text."""
    assert f"id,client:clients({client_dropdown})" == "id,client:clients(id,name)"


def test_a_selector_knows_what_it_selects(user_list: Selector[Any]) -> None:
    """Row class, table, schema and every relation it reads."""
    assert user_list.row.__name__ == "UserList"
    assert (user_list.table, user_list.schema) == ("profiles", None)
    assert user_list.tables == {"profiles", "clients"}
    assert repr(user_list) == (
        "Selector(UserList: 'id,full_name,client:clients(id,name)' from profiles)"
    )


def test_a_spread_relation_is_read_too() -> None:
    """A cache must know every table that an answer depends on."""
    assert Selector(BySpread).tables == {"clients", "profiles"}


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_a_copy_is_the_same_selector(clone: Any) -> None:
    """Copies and pickles keep the row class."""
    again = clone(lms.SELECTORS.USER.LIST)
    assert again == lms.SELECTORS.USER.LIST
    assert again.row is lms.UserList
    assert again.table == "profiles"


def test_selectors_of_two_tables_can_be_told_apart() -> None:
    """Equal text does not make them equal as keys of (row, text)."""

    class Role(Row, table="roles"):
        id: int
        name: str

    class Tag(Row, table="tags"):
        id: int
        name: str

    one, two = Selector(Role), Selector(Tag)
    assert one == two
    assert (one.row, one) != (two.row, two)


@pytest.mark.parametrize("row", [int, "clients", None, Row])
def test_what_is_no_row_class_is_refused(row: Any) -> None:
    """The error says what was passed."""
    with pytest.raises(ConfigError):
        Selector(row)


def test_an_entity_hands_out_selectors_of_its_table() -> None:
    """They are those that `Selector` makes."""
    assert Entity("clients").selector(lms.ClientDropdown) == Selector(lms.ClientDropdown)


def test_a_row_of_another_table_is_refused() -> None:
    """A selector cannot land in the wrong group."""
    with pytest.raises(ConfigError) as caught:
        Entity("products").selector(lms.ClientDropdown)
    assert str(caught.value) == "ClientDropdown is a row of clients, not of products"


@pytest.mark.parametrize("row", [Secretive, ByPath, Back])
def test_a_column_never_to_be_selected_is_refused(row: type[Row]) -> None:
    """The deny-list holds under another name, in a JSON path, and through an embed."""
    entity = Entity("profiles", never=["password"])
    with pytest.raises(ConfigError) as caught:
        entity.selector(row)
    assert "profiles.password must never be selected" in str(caught.value)


def test_a_deny_list_of_one_string_is_refused() -> None:
    """A string would deny its letters."""
    with pytest.raises(ConfigError):
        Entity("profiles", never="password")


def test_an_entity_says_its_table() -> None:
    """Its repr is short."""
    assert repr(Entity("profiles")) == "Entity('profiles')"


def test_supabase_gets_rows_for_a_selector(sync_project: Any) -> None:
    """A selector in supabase-py's own query returns plain dicts, as before."""
    sync_project.reply = lambda _request: httpx.Response(200, json=[{"id": "1", "name": "Acme"}])
    selector = lms.SELECTORS.CLIENT.DROPDOWN
    rows = sync_project.client.table(selector.table).select(selector).execute().data
    assert rows == [{"id": "1", "name": "Acme"}]
