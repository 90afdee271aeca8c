"""
What a row class may look like.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import pytest
from pydantic import ValidationError, computed_field

from supaopt.errors import ConfigError
from supaopt.selectors import Row, Selector
from supaopt.selectors._row import column_of


class Plain(Row, table="plain"):
    """A row."""

    id: int
    name: str | None


T = TypeVar("T")


class Page(Row, Generic[T], table="pages"):
    """A generic row."""

    id: int
    item: T


def test_a_subclass_has_its_parents_columns_and_table() -> None:
    """Inheritance extends a column set and keeps its table."""

    class More(Plain):
        extra: bool

    assert str(Selector(More)) == "id,name,extra"
    assert Selector(More).table == "plain"


def test_a_mixin_without_a_table_adds_columns() -> None:
    """Columns that many tables share can be written once."""

    class Stamps(Row):
        created_at: str

    class Stamped(Stamps, Plain):
        pass

    assert str(Selector(Stamped)) == "id,name,created_at"
    assert Selector(Stamped).table == "plain"


def test_a_subclass_may_read_another_table() -> None:
    """The same columns can be those of a view."""

    class Active(Plain, table="active_plain", schema="reporting"):
        pass

    assert (Selector(Active).table, Selector(Active).schema) == ("active_plain", "reporting")
    assert (Selector(Plain).table, Selector(Plain).schema) == ("plain", None)


def test_a_generic_row_can_be_filled_in() -> None:
    """A parametrised class is a column set of the same table."""
    assert str(Selector(Page[int])) == "id,item"
    assert Selector(Page[int]).table == "pages"


@pytest.mark.parametrize("name", ["json", "schema", "copy", "dict", "construct", "model_dump"])
def test_a_column_that_would_hide_the_models_own_is_refused(name: str) -> None:
    """The error names the field and its remedy, and no warning comes before it."""
    with pytest.raises(ConfigError) as caught:
        type("Hiding", (Row,), {"__annotations__": {name: int}, "__module__": __name__}, table="t")
    assert f"call the field `{name}_`" in str(caught.value)


def test_a_colliding_name_takes_a_trailing_underscore() -> None:
    """`schema_` selects `schema`, `class_` selects `class`; `total_` is a name of its own."""

    class Collides(Row, table="t"):
        schema_: str
        class_: str
        total_: int

    assert str(Selector(Collides)) == "schema_:schema,class_:class,total_"
    assert [column_of(name) for name in ("copy_", "from_", "x_", "x")] == [
        "copy",
        "from",
        "x_",
        "x",
    ]


def test_a_field_with_an_underscore_in_front_is_refused() -> None:
    """Pydantic would make a private attribute of it, and the column would be lost."""
    with pytest.raises(ConfigError) as caught:

        class Hidden(Row, table="t"):
            id: int
            _secret: int

    assert 'Col("_secret")' in str(caught.value)


def test_a_column_cannot_be_removed_by_a_class_variable() -> None:
    """A subclass that has fewer columns than its parent would not be one."""
    with pytest.raises(ConfigError) as caught:

        class Less(Plain):
            name: ClassVar[str] = ""  # type: ignore[misc]

    assert "Less.name: a column of Plain cannot be removed" in str(caught.value)


def test_a_column_cannot_be_removed_by_none() -> None:
    """A field of type None is no column."""

    class Less(Plain):
        name: None = None

    with pytest.raises(ConfigError) as caught:
        Selector(Less)
    assert "Less.name: None is no column type" in str(caught.value)


def test_a_computed_field_is_no_column() -> None:
    """What Python computes is not asked of the server."""

    class Named(Row, table="t"):
        first: str
        last: str

        @computed_field
        @property
        def full(self) -> str:
            return f"{self.first} {self.last}"

    assert str(Selector(Named)) == "first,last"
    assert Named(first="Ann", last="Lee").full == "Ann Lee"


@pytest.mark.parametrize("option", [{"table": ""}, {"table": 'a"b'}, {"schema": "\n"}])
def test_a_table_that_cannot_be_one_is_refused(option: dict[str, Any]) -> None:
    """Table and schema are checked when the class is written."""
    with pytest.raises(ConfigError):
        type("Bad", (Row,), {"__annotations__": {"id": int}, "__module__": __name__}, **option)


def test_a_row_cannot_be_changed() -> None:
    """Rows are values: they may be shared between requests."""
    row = Plain(id=1, name="Ann")
    with pytest.raises(ValidationError):
        row.name = "Bob"  # type: ignore[misc]


def test_an_error_shows_no_value() -> None:
    """A validation error of a row never prints what the row held."""
    with pytest.raises(ValidationError) as caught:
        Plain.model_validate({"id": "ann@example.com"})
    assert "ann@example.com" not in str(caught.value)


def test_an_unknown_column_in_the_answer_is_ignored() -> None:
    """A view that gains a column breaks no reader."""
    assert Plain.model_validate({"id": 1, "name": None, "new": 2}) == Plain(id=1, name=None)


def test_a_null_where_none_is_allowed_is_required_all_the_same() -> None:
    """A column that the server left out is a mistake, not a None."""
    with pytest.raises(ValidationError):
        Plain.model_validate({"id": 1})


def test_a_row_may_use_any_type_that_pydantic_reads() -> None:
    """Columns of JSON may be plain dicts."""

    class Documents(Row, table="t"):
        id: UUID
        body: dict[str, Any]

    assert str(Selector(Documents)) == "id,body"
