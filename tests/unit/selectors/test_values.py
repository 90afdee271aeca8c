"""
Python values as Postgres reads them.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from supaopt.errors import ConfigError
from supaopt.selectors import _values

if TYPE_CHECKING:
    from collections.abc import Callable


class Level(StrEnum):
    """An enum whose str() is not its value."""

    LOW = "low"


class Size(IntEnum):
    """An enum of numbers."""

    S = 1


class Prefs(BaseModel):
    """A JSON document."""

    theme: str
    owner: UUID


NIL = UUID(int=0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a,b", "a,b"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (1.5, "1.5"),
        (Decimal("10.00"), "10.00"),
        (NIL, "00000000-0000-0000-0000-000000000000"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(minutes=5), "300000000 microseconds"),
        (timedelta(days=-1), "-86400000000 microseconds"),
        (Level.LOW, "low"),
        (Size.S, "1"),
        (b"\x00\xff", "\\x00ff"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        (Prefs(theme="x", owner=NIL), f'{{"theme":"x","owner":"{NIL}"}}'),
        ([1, 2], "{1,2}"),
        (("a b", "c,d", "", "null", None), '{"a b","c,d","","null",NULL}'),
        ([[1, 2], [3]], "{{1,2},{3}}"),
        (['x"y', "a\\b"], '{"x\\"y","a\\\\b"}'),
    ],
)
def test_a_value_becomes_the_text_that_postgres_reads(value: object, expected: str) -> None:
    """Every type that columns have is written so that Postgres reads the same value."""
    assert _values.text(value) == expected


@pytest.mark.parametrize("value", [object(), 1j, print, iter([])])
def test_a_value_of_a_strange_type_is_refused_by_name(value: object) -> None:
    """The error names the type and not the value."""
    with pytest.raises(ConfigError) as caught:
        _values.text(value)
    assert f"a {type(value).__name__} cannot be sent" in str(caught.value)


@pytest.mark.parametrize("call", [_values.text, _values.json, lambda value: _values.array([value])])
def test_text_that_is_no_unicode_is_refused(call: Callable[[str], object]) -> None:
    """Half a surrogate pair cannot be encoded; the error comes before anything is sent."""
    with pytest.raises(ConfigError):
        call("a\ud800")


@pytest.mark.parametrize("value", ["a", "a1", "a_b-c", "é"])
def test_a_plain_item_needs_no_quotes(value: str) -> None:
    """Words stay readable in a list."""
    assert _values.item(value) == value


@pytest.mark.parametrize("value", ["", "a,b", "a b", "a.b", "(a)", 'a"b', "a\\b", "{a}", "a:b"])
def test_an_item_with_reserved_characters_is_quoted(value: str) -> None:
    """What PostgREST could read as syntax is quoted."""
    assert _values.item(value) == json.dumps(value, ensure_ascii=False)


def _unquote(item: str) -> str:
    if not item.startswith('"'):
        return item
    plain, escaped = "", False
    for char in item[1:-1]:
        if char == "\\" and not escaped:
            escaped = True
            continue
        plain, escaped = plain + char, False
    return plain


@given(st.lists(st.text(), min_size=1))
def test_a_list_of_any_texts_reads_back(
    split: Callable[[str], list[str]], values: list[str]
) -> None:
    """A reader of PostgREST's lists finds the same values, whatever they hold."""
    listed = ",".join(_values.item(value) for value in values)
    assert [_unquote(item) for item in split(listed)] == values


@given(st.lists(st.text(), min_size=1))
def test_an_array_of_any_texts_reads_back(
    split: Callable[[str], list[str]], values: list[str]
) -> None:
    """Inside its braces an array literal is such a list, with brackets bare."""
    inner = _values.array(values)[1:-1]
    bare = inner.replace("(", "\x01").replace(")", "\x02")
    back = [_unquote(item).replace("\x01", "(").replace("\x02", ")") for item in split(bare)]
    assert back == [value.replace("\x01", "(").replace("\x02", ")") for value in values]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"id": NIL, "n": Decimal("1.10")}, {"id": str(NIL), "n": "1.10"}),
        ({"at": datetime(2026, 1, 2, tzinfo=UTC)}, {"at": "2026-01-02T00:00:00Z"}),
        ({"for": timedelta(minutes=5)}, {"for": "PT5M"}),
        ([Level.LOW, Size.S], ["low", 1]),
        ({"x": float("inf"), "y": [float("nan")]}, {"x": "inf", "y": ["nan"]}),
        ({"b": b"\x01"}, {"b": "\\x01"}),
        ([Prefs(theme="x", owner=NIL)], [{"theme": "x", "owner": str(NIL)}]),
        (None, None),
    ],
)
def test_a_body_is_json_that_postgres_reads(value: Any, expected: Any) -> None:
    """Bodies hold JSON's own types where it has them, and text where it has not."""
    assert json.loads(_values.json(value)) == expected


def test_a_body_of_a_strange_type_is_refused() -> None:
    """A type without JSON form raises before anything is sent."""
    with pytest.raises(ConfigError):
        _values.json({"x": object()})
