"""
Bar charts as inline SVG.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from supaopt.demo._charts import Bar, chart

_SVG = "{http://www.w3.org/2000/svg}"


def _parse(svg: str) -> ET.Element:
    # Inside HTML the namespace is implied; an XML parser wants it told.
    return ET.fromstring(svg.replace("<svg ", f'<svg xmlns="{_SVG[1:-1]}" ', 1))


def _widths(svg: str, kind: str) -> list[str]:
    found = [rect for rect in _parse(svg).iter(f"{_SVG}rect") if rect.get("class") == kind]
    return [rect.get("width", "") for rect in found if rect.get("width", "").endswith("%")]


def test_the_longest_bar_fills_the_width() -> None:
    """
    A bar is as wide as its share of the longest.
    """
    svg = chart("Times", [Bar("a", 4, "4 ms", "before"), Bar("b", 1, "1 ms", "after")])

    assert (["100.00%"], ["25.00%"]) == (_widths(svg, "before"), _widths(svg, "after"))


def test_a_given_scale_wins() -> None:
    """
    A chart with a scale of its own measures its bars by that.
    """
    assert ["45.00%"] == _widths(chart("Left", [Bar("a", 45, "", "after")], longest=100), "after")


def test_a_tiny_value_stays_visible_and_nothing_stays_empty() -> None:
    """
    A value above nothing has two pixels at least, and nothing has none.
    """
    svg = chart("Tiny", [Bar("a", 1e6, "", "before"), Bar("b", 1e-3, "", "after")])
    empty = chart("None", [Bar("a", 1, "", "before"), Bar("b", 0, "", "after")])

    assert '<rect class="after" width="2"' in svg
    assert 'class="after"' not in empty


@pytest.mark.parametrize("values", [[], [0.0, 0.0]])
def test_a_chart_of_nothing_is_drawn(values: list[float]) -> None:
    """
    No bars, or bars of nothing, give a chart all the same.
    """
    svg = chart("Nothing", [Bar("a", value, "0", "after") for value in values])

    assert "Nothing" == _parse(svg).findtext(f"{_SVG}title")


def test_labels_cannot_break_out() -> None:
    """
    Markup in a title, a label or a value is shown as text.
    """
    svg = chart("<b>&", [Bar("<script>", 1, '"</text>', "after")])

    texts = [text.text for text in _parse(svg).iter(f"{_SVG}text")]
    assert ["<script>", '"</text>'] == texts
    assert "<script" not in svg
