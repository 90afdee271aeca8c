"""
HTML that nobody's text can break out of.
"""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.contrib._dashboard._markup import Html, element, join, visible


class Reader(HTMLParser):
    """Notes what a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[object] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element with its attributes."""
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.seen.append(data)


@given(text=st.text(min_size=1), value=st.text())
def test_any_text_stays_text(text: str, value: str) -> None:
    """Children and attributes come back from a parser as what may be seen of them."""
    markup = element("td", text, title=value)
    assert [("td", {"title": visible(value)}), visible(text)] == Reader(markup).seen


@given(text=st.text())
def test_what_is_shown_can_be_shown(text: str) -> None:
    """No text has characters that hide, reorder or break lines, or is longer than a line or two."""
    shown = visible(text)
    assert (True, True) == (shown.isprintable(), len(shown) <= 1000)
    assert shown == shown.encode().decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("products", "products"),
        ("schüler:7", "schüler:7"),
        ("a\u202eb", "a\\u202eb"),
        ("a\n\x00", "a\\n\\x00"),
        ("\ud800", "\\ud800"),
        ("a" * 101, "a" * 99 + "…"),
    ],
)
def test_strange_characters_are_spelt_out(text: str, shown: str) -> None:
    """Letters of any script stay; what cannot be seen is written as an escape."""
    assert shown == visible(text)


def test_markup_is_escaped_once() -> None:
    """What was made by these functions is not escaped again."""
    inner = element("b", "a & b")
    assert "<p><b>a &amp; b</b>&lt;i&gt;</p>" == element("p", inner, "<i>")


def test_a_join_with_text_is_markup() -> None:
    """Joining escapes what is not markup, so that the whole is."""
    assert (True, "&lt;1") == (isinstance(join("<", 1), Html), join("<", 1))
