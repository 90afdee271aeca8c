"""
Decimals that cannot be asked for as text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter

from supaopt.selectors import Col, Row, select
from supaopt.selectors._decimals import holds_decimal
from supaopt.selectors._decode import _is_exact

LONG = b"12345678901234567890.123456789"


class Node(BaseModel):
    """A model that holds itself, and a Decimal further down."""

    amount: Decimal | None = None
    below: list[Node] = []


class Priced(Row, table="products"):
    """A price in a JSON document, a list of them, and one that is asked for as text."""

    price: Decimal
    listed: Annotated[Decimal | None, Col("config->price")]
    history: list[Decimal]


class Plain(Row, table="products"):
    """A price that is asked for as text, in an embed too."""

    price: Decimal | None
    parent: PlainParent | None


class PlainParent(Row, table="products"):
    """The embedded one."""

    price: Decimal


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Decimal, True),
        (dict[str, list[Decimal | None]], True),
        (Node, True),
        (list[Node] | None, True),
        (float, False),
        (dict[str, Any], False),
        (Annotated[int, "Decimal"], False),
    ],
)
def test_a_decimal_is_found_at_any_depth(kind: Any, expected: bool) -> None:  # noqa: FBT001
    """In models that hold themselves, too."""
    assert expected is holds_decimal(TypeAdapter(kind))


def test_digits_arrive_where_no_cast_can_be_asked_for(project: Any) -> None:
    """JSON paths and arrays are numbers in the answer, and keep their digits all the same."""
    body = b'[{"price":"%b","listed":%b,"history":[%b,1]}]' % (LONG, LONG, LONG)
    project.answer(body)
    [row] = project.run(select(project.client, Priced).execute()).data
    long = Decimal(LONG.decode())
    assert (long, long, [long, Decimal(1)]) == (row.price, row.listed, row.history)
    assert ("select", "price::text,listed:config->price,history") in project.params


@pytest.mark.parametrize(("row", "expected"), [(Priced, True), (Plain, False)])
def test_answers_are_searched_only_where_it_is_needed(row: Any, expected: bool) -> None:  # noqa: FBT001
    """Decimals that arrive as text cost nothing."""
    assert expected is _is_exact(row)
