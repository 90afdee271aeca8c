"""
Operators and operands.
"""

from typing import Any

import pytest

from supaopt.errors import ConfigError
from supaopt.selectors import _conditions
from supaopt.selectors._conditions import Condition


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", 1, "eq.1"),
        ("eq", None, "is.null"),
        ("neq", None, "not.is.null"),
        ("gt", "a,b", "gt.a,b"),
    ],
)
def test_a_comparison_with_none_asks_for_null(operator: str, value: object, expected: str) -> None:
    """`eq.null` would compare with the word; nobody means that."""
    assert _conditions.compare(operator, value).alone() == expected


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
def test_an_order_with_none_is_refused(operator: str) -> None:
    """Nothing is greater or less than null."""
    with pytest.raises(ConfigError):
        _conditions.compare(operator, None)


def test_a_condition_in_a_tree_is_quoted() -> None:
    """Commas and brackets of a value do not end its alternative."""
    assert _conditions.compare("eq", "a,b)").in_tree() == 'eq."a,b)"'
    assert _conditions.compare("eq", "a,b)").alone() == "eq.a,b)"


def test_a_list_is_quoted_once() -> None:
    """The items of a list are quoted, the list is not."""
    condition = _conditions.among(["a", "b,c", 3])
    assert condition.alone() == condition.in_tree() == 'in.(a,"b,c",3)'


def test_an_empty_list_matches_nothing() -> None:
    """`in.()` is PostgREST's empty list."""
    assert _conditions.among([]).alone() == "in.()"


@pytest.mark.parametrize("values", ["abc", b"abc", 7, None, ["a", None]])
def test_what_is_no_list_of_values_is_refused(values: Any) -> None:
    """A string would be its letters, and null is never among values."""
    with pytest.raises(ConfigError):
        _conditions.among(values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "is.null"), (True, "is.true"), (False, "is.false"), ("unknown", "is.unknown")],
)
def test_is_takes_what_postgres_takes(value: object, expected: str) -> None:
    """None, booleans, and the words for them."""
    assert _conditions.identity(value).alone() == expected


@pytest.mark.parametrize("value", [1, "yes", "null,x"])
def test_is_takes_nothing_else(value: object) -> None:
    """1 is not true here, and no word carries a second filter."""
    with pytest.raises(ConfigError):
        _conditions.identity(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["a", "b c"], 'cs.{a,"b c"}'), ({"a": 1}, 'cs.{"a":1}'), ("[1,5)", "cs.[1,5)")],
)
def test_containment_reads_lists_dicts_and_ranges(value: object, expected: str) -> None:
    """A list is an array, a dict is JSON, text is a range."""
    assert _conditions.containment("cs", value).alone() == expected


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        (None, None, "fts.cat"),
        ("plain", None, "plfts.cat"),
        ("phrase", "english", "phfts(english).cat"),
        ("web_search", "german", "wfts(german).cat"),
    ],
)
def test_a_text_search_has_a_kind_and_a_language(kind: Any, config: Any, expected: str) -> None:
    """Each kind has its operator."""
    assert _conditions.search("cat", kind=kind, config=config).alone() == expected


@pytest.mark.parametrize(("kind", "config"), [("fuzzy", None), (None, "en).x"), (None, "")])
def test_a_text_search_of_unknown_kind_is_refused(kind: Any, config: Any) -> None:
    """Kind and configuration are checked."""
    with pytest.raises(ConfigError):
        _conditions.search("cat", kind=kind, config=config)


@pytest.mark.parametrize(
    ("operator", "criteria", "expected"),
    [
        ("eq", 1, "eq.1"),
        ("not.is", None, "not.is.null"),
        ("in", [1, 2], "in.(1,2)"),
        ("in", "(1,2)", "in.(1,2)"),
        ("like(any)", "{a*,b*}", "like(any).{a*,b*}"),
        ("not.wfts(german)", "hund", "not.wfts(german).hund"),
        ("isdistinct", 1, "isdistinct.1"),
    ],
)
def test_any_operator_can_be_named(operator: str, criteria: object, expected: str) -> None:
    """`filter` reaches those that have no method."""
    assert _conditions.raw(operator, criteria).alone() == expected


@pytest.mark.parametrize("operator", ["", "eq.1,x", "EQ", "eq)", "equals", "in(any)", None])
def test_an_operator_carries_nothing_else(operator: Any) -> None:
    """What PostgREST does not know it would leave aside, and pass every row."""
    with pytest.raises(ConfigError):
        _conditions.raw(operator, 1)


def test_negating_twice_is_nothing() -> None:
    """The opposite of the opposite is the condition itself."""
    condition = Condition("is", "null")
    assert condition.negated().operator == "not.is"
    assert condition.negated().negated() == condition


@pytest.mark.parametrize("value", [1, None, ["a%"]])
def test_a_pattern_is_text(value: Any) -> None:
    """A pattern of another type is a mistake."""
    with pytest.raises(ConfigError):
        _conditions.pattern("like", value)
