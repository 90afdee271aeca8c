"""
How a row class becomes the text of a select.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from supaopt.errors import ConfigError
from supaopt.selectors import Col, Row, Selector
from supaopt.selectors._shape import Column, Embed, shape_of, star_of

ATTACK = "id),secret:profiles(password"


class Late(Row, table="late"):
    """A row that names one further down."""

    id: int
    other: Optional[Later]  # noqa: UP045 - the older spelling has to work too


class Later(Row, table="later"):
    """The one further down."""

    id: int


class Node(Row, table="nodes"):
    """A row that embeds itself."""

    id: int
    parent: Node | None


class Leaf(Row, table="leaves"):
    """A small row."""

    id: int


class Quiz(BaseModel):
    """A JSON column's content."""

    questions: list[str]


class Level(Enum):
    """An enum column."""

    LOW = "low"


class NoTable(Row):
    """A mixin."""

    id: int


MaybeLeaf = TypeAliasType("MaybeLeaf", Annotated[Leaf | None, "note"])


def make(name: str, **annotations: Any) -> type[Row]:
    """Return a row class of the given fields."""
    namespace = {"__annotations__": annotations, "__module__": __name__}
    return type(name, (Row,), namespace, table="t")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, "x"),
        (Literal["a", "b"], "x"),
        (Level | None, "x"),
        (dict[str, Any], "x"),
        (Quiz | None, "x"),
        (list[Quiz], "x"),
        (Any, "x"),
        (int | str | None, "x"),
        (Annotated[str | None, Col("prefs->>theme")], "x:prefs->>theme"),
        (Annotated[str, Col("x")], "x"),
        (Annotated[str, Col(cast="text")], "x::text"),
        (Annotated[str, Col("y", cast="text")], "x:y::text"),
        (Decimal, "x::text"),
        (Decimal | None, "x::text"),
        (list[Decimal], "x"),
        (Annotated[Decimal | None, "note"], "x::text"),
        (Annotated[Decimal, Col("y", cast="numeric")], "x:y::numeric"),
        (Annotated[Decimal, Col("y", agg="sum")], "x:y.sum()::text"),
        (Annotated[Decimal, Col("d->v")], "x:d->v"),
        (Annotated[int, Col(agg="count")], "x:count()"),
        (Annotated[float, Col("amount", agg="sum")], "x:amount.sum()"),
        (Annotated[float, Col("d->v", agg="max", cast="float8")], "x:d->v.max()::float8"),
        (Annotated[str, Col("name", spread="clients")], "...clients(x:name)"),
        (Annotated[str, Col(spread="clients", fk="a_fk", inner=True)], "...clients!a_fk!inner(x)"),
        (Annotated[str, Field(alias="y")], "y:x"),
        (Annotated[str, Col(ATTACK)], f'x:"{ATTACK}"'),
        (Annotated[str, Field(alias=ATTACK)], f'"{ATTACK}":x'),
        (Leaf, "x:leaves(id)"),
        (Leaf | None, "x:leaves(id)"),
        (Optional[Leaf], "x:leaves(id)"),  # noqa: UP045 - the older spelling has to work too
        (MaybeLeaf, "x:leaves(id)"),
        (list[Leaf], "x:leaves(id)"),
        (list[Leaf] | None, "x:leaves(id)"),
        (tuple[Leaf, ...], "x:leaves(id)"),
        (list[Annotated[Leaf, "note"]], "x:leaves(id)"),
        (Annotated[Leaf | None, Col(fk="t_leaf_fk")], "x:leaves!t_leaf_fk(id)"),
        (Annotated[Leaf, Col(inner=True)], "x:leaves!inner(id)"),
        (Annotated[list[Leaf], Col(fk="k", inner=True)], "x:leaves!k!inner(id)"),
        (Annotated[Leaf | None, Col("leaf_id")], "x:leaf_id(id)"),
        (Annotated[Leaf | None, Col(fk=ATTACK)], f'x:leaves!"{ATTACK}"(id)'),
    ],
)
def test_a_field_is_written_as_postgrest_reads_it(annotation: Any, expected: str) -> None:
    """Columns, paths, casts, aggregates, spreads and embeds have their own; Decimals are text."""
    assert str(Selector(make("Written", x=annotation))) == expected


def test_an_embed_named_like_its_relation_needs_no_alias() -> None:
    """`leaves(id)` says it all."""
    assert str(Selector(make("Bare", leaves=list[Leaf]))) == "leaves(id)"


def test_a_bare_count_named_count_needs_no_alias() -> None:
    """PostgREST calls it `count` by itself."""
    assert str(Selector(make("Counted", count=Annotated[int, Col(agg="count")]))) == "count()"


def test_columns_spread_from_one_relation_go_together() -> None:
    """One spread per relation and foreign key, at the place of its first column."""
    row = make(
        "Spread",
        a=Annotated[str, Col("name", spread="clients")],
        id=int,
        b=Annotated[str, Col("city", spread="clients", inner=True)],
        c=Annotated[str, Col("name", spread="clients", fk="other")],
    )
    assert str(Selector(row)) == "...clients!inner(a:name,b:city),id,...clients!other(c:name)"


def test_embeds_nest() -> None:
    """An embed may have embeds."""
    inner = make("Inner", id=int, leaf=Leaf | None)
    assert str(Selector(make("Outer", many=list[inner]))) == "many:t(id,leaf:leaves(id))"


def test_a_row_may_name_a_class_further_down() -> None:
    """Forward references are resolved when the selector is made."""
    assert str(Selector(Late)) == "id,other:later(id)"


def test_an_alias_generator_names_the_keys_of_the_answer() -> None:
    """The field is the column, the alias is the key that the server answers with."""

    class Camel(Row, table="t"):
        model_config = ConfigDict(alias_generator=to_camel)
        full_name: str

    assert str(Selector(Camel)) == "fullName:full_name"


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (Leaf | Later, "one row class"),
        (dict[str, Leaf], "one row class"),
        (list[list[Leaf]], "one row class"),
        (set[Leaf], "one row class"),
        (tuple[Leaf, Leaf], "one row class"),
        (list[Annotated[Leaf, Col(fk="x")]], "put one Col outermost"),
        (Annotated[Leaf, Col()] | None, "put one Col outermost"),
        (Annotated[int, Col("a"), Col("b")], "put one Col outermost"),
        (NoTable, "names no table"),
        (None, "None is no column type"),
        (Annotated[int, Col(fk="x")], "fk and inner belong"),
        (Annotated[int, Col(inner=True)], "fk and inner belong"),
        (Annotated[Leaf, Col(cast="text")], "an embed takes path, fk and inner"),
        (Annotated[Leaf, Col(agg="count")], "an embed takes path, fk and inner"),
        (Annotated[Leaf, Col(spread="leaves")], "an embed takes path, fk and inner"),
        (Annotated[int, Field(validation_alias=AliasChoices("a", "b"))], "must be one name"),
    ],
)
def test_a_field_that_is_neither_column_nor_embed_is_refused(annotation: Any, reason: str) -> None:
    """The error names the class, the field and the remedy."""
    row = make("Odd", x=annotation)
    with pytest.raises(ConfigError) as caught:
        Selector(row)
    assert str(caught.value).startswith("Odd.x: ")
    assert reason in str(caught.value)


def test_a_row_that_embeds_itself_is_refused() -> None:
    """Its select would never end; the chain is shown."""
    with pytest.raises(ConfigError) as caught:
        Selector(Node)
    assert str(caught.value).startswith("Node -> Node: ")


def test_an_undefined_class_is_named() -> None:
    """The error says which name is missing."""
    with pytest.raises(ConfigError) as caught:
        Selector(make("Dangling", x="Nowhere"))
    assert "`Nowhere` is not defined" in str(caught.value)


def test_a_type_that_json_cannot_become_is_named() -> None:
    """A class that pydantic does not know is refused when the selector is made."""
    with pytest.raises(ConfigError) as caught:
        Selector(make("Strange", x=Callable[[], object] | Row.__class__))
    assert str(caught.value).startswith("Strange: ")


def test_threads_that_meet_at_a_new_row_build_it_once() -> None:
    """The second thread waits for the first, and finds the class complete."""
    second = threading.Event()
    built: list[str] = []

    class Fresh(Row, table="t"):
        id: int

        @classmethod
        def model_rebuild(cls, **options: Any) -> bool | None:
            second.wait()
            built.append(threading.current_thread().name)
            return super().model_rebuild(**options)

    def meet() -> None:
        second.set()
        Selector(Fresh)

    first = threading.Thread(target=Selector, args=(Fresh,), name="first")
    other = threading.Thread(target=meet, name="second")
    first.start()
    other.start()
    first.join()
    other.join()
    assert len(built) == 1


def test_a_row_without_fields_is_refused() -> None:
    """An empty select would mean every column."""
    with pytest.raises(ConfigError) as caught:
        Selector(make("Empty"))
    assert "nothing to select" in str(caught.value)


def test_a_shape_can_be_compared_with_everything() -> None:
    """The same embeds with `*` at every level; a spread stays as it is."""
    inner = make("Inner", id=int, leaf=Leaf | None)
    row = make("Outer", id=int, many=list[inner], x=Annotated[str, Col("name", spread="clients")])
    assert star_of(shape_of(row)) == "*,many:t(*,leaf:leaves(*)),...clients(x:name)"


def test_the_shape_is_there_to_be_read() -> None:
    """Columns and embeds are values that a drift check can walk."""
    (column, embed) = shape_of(make("Read", a=int, b=list[Leaf]))
    assert isinstance(column, Column)
    assert isinstance(embed, Embed)
    assert (column.key, column.path, column.annotation) == ("a", "a", int)
    assert (embed.key, embed.relation, embed.many, embed.row) == ("b", "leaves", True, Leaf)


@given(path=st.text(max_size=30), alias=st.text(max_size=30), fk=st.text(max_size=30))
def test_no_annotation_widens_the_select(
    split: Callable[[str], list[str]], path: str, alias: str, fk: str
) -> None:
    """Whatever an annotation holds is refused, or the row still selects its two items."""
    try:
        row = make(
            "Attacked",
            a=Annotated[str, Col(path), Field(alias=alias)],
            b=Annotated[Leaf, Col(fk=fk)],
        )
        text = str(Selector(row))
    except ConfigError:
        return
    assert len(split(text)) == 2
