"""
Names in a query stay names.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.errors import ConfigError
from supaopt.selectors import _names

ATTACKS = [
    "id),secret:profiles(password",
    "id,password",
    "*",
    "id&select=*",
    "...profiles(password)",
    "id::text,password",
    "password:id",
]


@pytest.mark.parametrize("name", ["id", "full_name", "_x", "Camel", "a1"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    """Letters, digits and underscores need no quotes."""
    assert _names.quoted(name) == name


@pytest.mark.parametrize("name", ["full name", "a.b", "naïve", "日本", "1st", "a-b", *ATTACKS])
def test_any_other_name_is_quoted(name: str) -> None:
    """Everything that PostgREST could read as syntax is quoted as one name."""
    assert _names.quoted(name) == f'"{name}"'


@pytest.mark.parametrize("name", ["", 'a"b', "a\\b", "a\x00b", "a\nb", "a\ud800", None, 7])
def test_a_name_that_cannot_be_quoted_is_refused(name: object) -> None:
    """A quote, backslash or control character, and what is no text, raise with the value."""
    with pytest.raises(ConfigError) as caught:
        _names.quoted(name)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("prefs->>theme", "prefs->>theme"),
        ("prefs->ui->>theme", "prefs->ui->>theme"),
        ("items->0->>name", "items->0->>name"),
        ("items->-1", "items->-1"),
        ("job level->>min x", '"job level"->>"min x"'),
        ("prefs -> ui ->> theme", "prefs->ui->>theme"),
        ("a->b),secret:x(y", 'a->"b),secret:x(y"'),
    ],
)
def test_a_json_path_is_quoted_part_by_part(path: str, expected: str) -> None:
    """Arrows are syntax, what is between them are names and indexes."""
    assert _names.field(path) == expected


@pytest.mark.parametrize("path", ["a->>b->c", "->a", "a->", 'a->b"c'])
def test_a_json_path_that_leads_nowhere_is_refused(path: str) -> None:
    """Text has no members, and every part needs a name."""
    with pytest.raises(ConfigError):
        _names.field(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("client.name", "client.name"),
        ("a.b.c->>d", "a.b.c->>d"),
        ("client.x),y(z", 'client."x),y(z"'),
        ("prefs->>a.b", 'prefs->>"a.b"'),
    ],
)
def test_a_filter_reaches_into_embeds_by_dots(path: str, expected: str) -> None:
    """Dots before the first arrow lead into embeds."""
    assert _names.filtered(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name", "name"),
        ("prefs->>theme", "prefs->>theme"),
        ("client.name", "client(name)"),
        ("client(name)", "client(name)"),
        ("my client.first name", '"my client"("first name")'),
        ("client.x),y(z", 'client("x),y(z")'),
    ],
)
def test_an_order_reaches_into_an_embed(path: str, expected: str) -> None:
    """PostgREST writes the column of an embed in brackets."""
    assert _names.ordered(path) == expected


def test_an_order_reaches_no_deeper() -> None:
    """A column of an embed's embed cannot be sorted by."""
    with pytest.raises(ConfigError):
        _names.ordered("a.b.c")


@pytest.mark.parametrize("name", sorted(_names.RESERVED))
def test_a_column_named_like_a_parameter_is_told_apart(name: str) -> None:
    """A filter on a column called `select` must never become the select."""
    assert _names.filtered(name) == f'"{name}"'
    assert _names.filtered(f"client.{name}") == f'client."{name}"'


@given(st.text(max_size=40))
def test_whatever_is_passed_stays_one_name(split: Callable[[str], list[str]], name: str) -> None:
    """Any text is refused, or is one item of a select to a reader that knows PostgREST's syntax."""
    for render in (_names.quoted, _names.field, _names.filtered, _names.ordered):
        try:
            text = render(name)
        except ConfigError:
            continue
        assert split(text) == [text]


@pytest.mark.parametrize("name", ["text", "int4", "numeric", "_int4", "MyEnum"])
def test_a_type_to_cast_to_is_one_word(name: str) -> None:
    """A type name passes unchanged."""
    assert _names.cast(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "double precision", "text,password", "text)", "numeric(5,2)", "a::b", "int4[]", None],
)
def test_a_cast_cannot_carry_anything_else(name: object) -> None:
    """What is no single word is refused: it could widen the select."""
    with pytest.raises(ConfigError):
        _names.cast(name)


@pytest.mark.parametrize(
    ("table", "expected"),
    [("students", "students"), ("a b", "a%20b"), ("../rpc/x", "..%2Frpc%2Fx"), ("a?b", "a%3Fb")],
)
def test_a_table_is_one_segment_of_the_url(table: str, expected: str) -> None:
    """Slashes and question marks of a name do not leave the segment."""
    assert _names.path(table) == expected


@pytest.mark.parametrize("table", [".", ".."])
def test_a_table_cannot_climb_the_url(table: str) -> None:
    """A name that a URL reads as a step is refused."""
    with pytest.raises(ConfigError):
        _names.path(table)
