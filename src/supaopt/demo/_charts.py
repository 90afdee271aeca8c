"""
Bar charts as inline SVG.

Widths are percentages and text keeps its size, so one drawing serves a phone and a desk. Colours
come from the page's style sheet by class: ``before``, ``plan`` and ``after``.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["before", "plan", "after"]

_ROW: Final = 40
_LABEL_BASELINE: Final = 13
_BAR_TOP: Final = 20
_BAR: Final = 12
_VALUE_BASELINE: Final = 31

# A share of the width is kept free of bars, so that values have room on a narrow screen.
_BARS_WIDTH: Final = "66%"


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar, with what is written above it and beside it.

    Attributes:
        label: What was measured.
        value: Length, in the unit that all bars of a chart share.
        text: The value as people read it.
        kind: Which colour it has.
    """

    label: str
    value: float
    text: str
    kind: Kind


def chart(title: str, bars: Sequence[Bar], *, longest: float | None = None) -> str:
    """
    Return a chart of horizontal bars, one below the other.

    Args:
        title: What a screen reader says of it.
        bars: The bars from top to bottom.
        longest: Value that fills the width; the largest of *bars* unless given.
    """
    full = longest or max((bar.value for bar in bars), default=0) or 1
    rows = "".join(_row(bar, index * _ROW, full) for index, bar in enumerate(bars))
    return (
        f'<svg class="chart" role="img" width="100%" height="{len(bars) * _ROW}">'
        f"<title>{escape(title)}</title>{rows}</svg>"
    )


def _row(bar: Bar, top: int, full: float) -> str:
    percent = min(100.0, 100 * bar.value / full)
    beside = f'x="{_BARS_WIDTH}" dx="10" y="{top + _VALUE_BASELINE}"'
    return (
        f'<text x="0" y="{top + _LABEL_BASELINE}">{escape(bar.label)}</text>'
        f'<text class="value" {beside}>{escape(bar.text)}</text>'
        f'<svg y="{top + _BAR_TOP}" width="{_BARS_WIDTH}" height="{_BAR}">'
        f'<rect class="track" width="100%" height="{_BAR}" rx="3"/>'
        f"{_fill(bar.kind, percent)}</svg>"
    )


def _fill(kind: Kind, percent: float) -> str:
    if percent <= 0:
        return ""
    # A value that is too small for a pixel still shows, two pixels wide.
    return (
        f'<rect class="{kind}" width="{percent:.2f}%" height="{_BAR}" rx="3"/>'
        f'<rect class="{kind}" width="2" height="{_BAR}"/>'
    )
