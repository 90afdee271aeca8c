"""
Names and constants as SQL.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import pytest

from supaopt.errors import ConfigError
from supaopt.rpc._new import quote


class Mood(Enum):
    """Words."""

    NEW = "new"


class Level(IntEnum):
    """Numbers."""

    HIGH = 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", "orders"),
        ("_x1", "_x1"),
        ("order", '"order"'),
        ("Orders", '"Orders"'),
        ("order lines", '"order lines"'),
        ("1st", '"1st"'),
        ('a"; drop table x; --', '"a""; drop table x; --"'),
    ],
)
def test_a_name_is_quoted_where_it_must_be(text: str, expected: str) -> None:
    """Plain names stay bare; whatever else is one quoted name."""
    assert expected == quote.name(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (-3, "-3"),
        (Level.HIGH, "3"),
        (Decimal("1E+2"), "100"),
        (Decimal("NaN"), "'NaN'"),
        (1.5, "'1.5'"),
        (Mood.NEW, "'new'"),
        ("it's", "'it''s'"),
        ("a\\b", "E'a\\\\b'"),
        (["a", None], "'{a,NULL}'"),
        (UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
        (date(2026, 1, 2), "'2026-01-02'"),
        (datetime(2026, 1, 2, tzinfo=UTC), "'2026-01-02T00:00:00+00:00'"),
        (b"\x00", "E'\\\\x00'"),
    ],
)
def test_a_constant_is_one_constant(value: Any, expected: str) -> None:
    """Numbers stand bare, everything else in quotes that it cannot leave."""
    assert expected == quote.constant(value)


def test_a_json_constant_is_encoded() -> None:
    """Text in a JSON column is a JSON string."""
    assert "'\"it''s\"'" == quote.constant("it's", as_json=True)
    assert "'{\"a\":[1,null]}'" == quote.constant({"a": [1, None]}, as_json=True)


def test_a_null_character_is_refused() -> None:
    """Postgres's text cannot hold it."""
    with pytest.raises(ConfigError) as caught:
        quote.string("a\x00b")
    assert "null character" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "tag"), [("select 1", "$$"), ("'$$'", "$body1$"), ("$$ $body1$", "$body2$")]
)
def test_a_body_cannot_end_its_own_quotes(line: str, tag: str) -> None:
    """The tag of the dollar quotes is one that the body does not hold."""
    assert f"as {tag}\n{line}\n{tag};" == quote.body([line])
