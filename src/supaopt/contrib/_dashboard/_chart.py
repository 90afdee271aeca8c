"""
The dashboard's two drawings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.contrib._dashboard._markup import Html, element, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from supaopt.contrib._dashboard._summary import Process, Step

_WIDTH: Final = 960
_HEIGHT: Final = 120
_BARS: Final = 120


def answered(process: Process) -> Html:
    """
    Return which tiers answered all reads so far, as one bar with its legend.
    """
    reads = process["reads"]
    parts = [(each["tier"], each["hits"]) for each in process["tiers"]]
    parts.append(("computed", process["computed"]))
    if not reads:
        return element("p", "No reads yet.", class_="soft")
    bars: list[Html] = []
    left = 0.0
    for name, count in parts:
        width = _WIDTH * count / reads
        bars.append(
            element("rect", x=round(left, 2), y=0, width=round(width, 2), height=18, class_=name)
        )
        left += width
    said = ", ".join(f"{name} {count / reads:.1%}" for name, count in parts)
    drawing = _drawing(bars, height=18, said=f"Answered by: {said}")
    return join(drawing, element("ul", *_legend(parts, reads), class_="legend"))


def _legend(parts: Sequence[tuple[str, int]], reads: int) -> Iterator[Html]:
    for name, count in parts:
        yield element(
            "li",
            element("i", class_=name),
            element("b", name),
            f" {100 * count / reads:.1f} % ",
            element("span", f"{count:,}", class_="soft"),
        )


def course(steps: Sequence[Step]) -> Html:
    """
    Return how many reads a second there were lately, and how many of them were computed.
    """
    shown = steps[-_BARS:]
    rates = [(step["hits"] / step["seconds"], step["computed"] / step["seconds"]) for step in shown]
    most = max((hit + computed for hit, computed in rates), default=0)
    if not most:
        return element("p", "No reads while somebody was looking.", class_="soft")
    step_width = _WIDTH / _BARS
    first = _BARS - len(rates)
    bars: list[Html] = []
    for number, (hit, computed) in enumerate(rates, first):
        low, high = (_HEIGHT * part / most for part in (hit, computed))
        at = {"x": round(number * step_width, 2), "width": round(step_width - 1, 2)}
        bars += [
            element("rect", **at, y=round(_HEIGHT - low, 2), height=round(low, 2), class_="hits"),
            element(
                "rect",
                **at,
                y=round(_HEIGHT - low - high, 2),
                height=round(high, 2),
                class_="computed",
            ),
        ]
    said = f"Reads a second, at most {most:,.1f}"
    return join(
        _drawing(bars, height=_HEIGHT, said=said),
        element("p", f"{said}. The upper part of a bar was computed.", class_="soft"),
    )


def _drawing(bars: Sequence[Html], *, height: int, said: str) -> Html:
    return element(
        "svg",
        *bars,
        viewBox=f"0 0 {_WIDTH} {height}",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
        height=height,
    )
