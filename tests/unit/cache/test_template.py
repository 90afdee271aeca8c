"""
Keys and tags made from calls.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.cache._template import Call, for_key, for_tag
from supaopt.errors import ConfigError

ID = UUID("a0000000-0000-4000-8000-000000000001")


class Level(StrEnum):
    """A choice."""

    HIGH = "high"


def pair(a: Any, b: Any = None) -> None:
    """Take two parameters."""


def call(key: str = "{a}:{b}", **options: Any) -> Call:
    """
    Return what is known of `pair`'s calls.
    """
    return Call(pair, key=key, **({"tags": (), "ignore": ()} | options))


def key(*args: Any, **kwargs: Any) -> str:
    """
    Return the key of one call of `pair`.
    """
    one = call()
    return one.key(one.values(args, kwargs))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (17, "17"),
        ("a b", "a b"),
        ("1:2", "1%3A2"),
        ("50%", "50%25"),
        ("*", "%2A"),
        (None, "~none"),
        (True, "~true"),
        ("~none", "%7Enone"),
        (ID, str(ID)),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.50"), "1.50"),
        (1.5, "1.5"),
        (Level.HIGH, "high"),
    ],
)
def test_key_values_are_quoted(value: object, expected: str) -> None:
    """
    A value in a key is readable and cannot be mistaken for the template or another value.
    """
    assert expected == for_key(value, "a")


def test_values_side_by_side_are_told_apart() -> None:
    """
    Values that hold the separator make another key than values that do not.
    """
    assert key("1:2", "3") != key("1", "2:3")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    [":", "%3A", "~none", "~true", "~", "none", "{a}", "%", "1:2"]
)
VALUES = TEXTS | st.none() | st.booleans()


@given(VALUES, VALUES, VALUES, VALUES)
def test_keys_are_injective(a: object, b: object, c: object, d: object) -> None:
    """
    Two calls have one key only if they have the same arguments.
    """
    assert ((a, b) == (c, d)) == (key(a, b) == key(c, d))


def test_however_it_is_called_the_key_is_one() -> None:
    """
    Positional, named and default arguments make the same key.
    """
    assert key("x") == key(a="x") == key("x", None) == key(b=None, a="x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a b:c", "a b:c"), (True, "true"), (ID, str(ID)), (17, "17"), (Level.HIGH, "high")],
)
def test_tag_values_are_postgres(value: object, expected: str) -> None:
    """
    A value in a tag is written as the trigger writes it.
    """
    assert expected == for_tag(value, "a")


def test_a_tag_needs_a_value() -> None:
    """
    A tag of no row is refused, as no write would end it.
    """
    one = call(tags=["student:{b}"])
    with pytest.raises(ConfigError, match="b is None, and no write ends"):
        one.tags(one.values(("x",), {}))


@pytest.mark.parametrize("value", [object(), [1], {"a": 1}, b"x"])
def test_refuses_values_without_a_text_of_their_own(value: object) -> None:
    """
    An object whose text may be another object's is refused.
    """
    with pytest.raises(ConfigError, match="whose text may not tell two values apart"):
        for_key(value, "a")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{a.__class__}:{b}", "more than a parameter's name"),
        ("{a[0]}:{b}", "more than a parameter's name"),
        ("{a!r}:{b}", "more than a parameter's name"),
        ("{a:>10}:{b}", "more than a parameter's name"),
        ("{}:{b}", "more than a parameter's name"),
        ("{aa}:{b}", "no parameter 'aa'; did you mean 'a'"),
        ("{zzz}:{b}", "no parameter 'zzz'; it has a, b"),
        ("{a", "no template"),
        ("{a}", r"leaves out b: calls that differ in it would share an answer; add '\{b\}'"),
    ],
)
def test_refuses_templates(template: str, words: str) -> None:
    """
    A template reads parameters' names and nothing else, and all of them.
    """
    with pytest.raises(ConfigError, match=words):
        call(template)


def test_a_parameter_may_be_ignored() -> None:
    """
    What does not change the answer may stay out of the key.
    """
    one = call("{a}", ignore=("b",))
    assert one.key(one.values(("x", "y"), {})) == one.key(one.values(("x", "z"), {})) == "x"


def test_refuses_functions_without_names() -> None:
    """
    A function whose parameters have no names, or are an object, makes no key.
    """

    def many(*args: int) -> None: ...

    def method(self: object) -> None: ...

    with pytest.raises(ConfigError, match=r"takes \*args"):
        Call(many, key="k", tags=(), ignore=())
    with pytest.raises(ConfigError, match="is a method"):
        Call(method, key="k", tags=(), ignore=())
