"""
The HTML report.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from supaopt.demo import DemoResult, to_html

if TYPE_CHECKING:
    from collections.abc import Callable


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(tag)


@pytest.fixture(name="text")
def _text(result: DemoResult) -> Callable[[], str]:
    def read() -> str:
        page = to_html(result).split("</style>", 1)[1]
        return " ".join(re.sub(r"<[^>]*>", " ", page).split())

    return read


def test_the_page_is_well_formed(result: DemoResult) -> None:
    """
    Every element that opens is closed, in order.
    """
    balance = _Balance()

    balance.feed(to_html(result))

    assert ([], []) == (balance.errors, balance.open)


def test_the_page_needs_nothing_else(result: DemoResult) -> None:
    """
    The page asks for no script, style sheet, font or image of another place.
    """
    page = to_html(result)

    assert not re.search(r"<script|<link|<img|@import|url\(|https?://", page)


def test_the_headline_figures_are_there(text: Callable[[], str]) -> None:
    """
    The page opens with requests, bytes and stale answers before and after.
    """
    page = text()

    for figure in ("2 → 0", "21 → 1", "97 %", "73 → 0", "14.2 ms → 8.7 µs"):
        assert figure in page


def test_a_selector_that_saves_nothing_is_flagged(result: DemoResult) -> None:
    """
    A selector that is ``*`` by another name stands out in chart and table.
    """
    page = to_html(result)

    assert 1 == page.count(">saves nothing<")
    assert '<td class="flag">MODULE ADMIN</td>' in page


def test_a_wrong_answer_is_not_hidden(result: DemoResult) -> None:
    """
    A loop and a function that disagree are reported as such.
    """
    differing = result.n_plus_one.model_copy(update={"equal": False})

    page = to_html(result.model_copy(update={"n_plus_one": differing}))

    assert "The two answers differ" in page


def test_text_from_outside_is_escaped(result: DemoResult) -> None:
    """
    Markup in a name of the environment is shown as text.
    """
    hostile = result.environment.model_copy(update={"system": "<script>alert(1)</script>"})

    page = to_html(result.model_copy(update={"environment": hostile}))

    assert "<script" not in page


def test_a_result_survives_json(result: DemoResult) -> None:
    """
    A result read back from its JSON is the same.
    """
    assert result == DemoResult.model_validate_json(result.model_dump_json())
