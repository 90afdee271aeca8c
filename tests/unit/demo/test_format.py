"""
Figures as people read them.
"""

from __future__ import annotations

import pytest

from supaopt.demo._format import milliseconds, part, size, times


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0087, "8.7 µs"),
        (0.9999, "1 ms"),
        (1.0, "1 ms"),
        (12.345, "12.3 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (61_000, "61.00 s"),
    ],
)
def test_times_carry_three_digits_and_a_unit(value: float, text: str) -> None:
    """
    A time is written with three digits in the largest unit that fits.
    """
    assert text == milliseconds(value)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (59_234, "59.2 kB"),
        (999_900, "1 MB"),
        (1_720_000, "1.72 MB"),
    ],
)
def test_sizes_carry_three_digits_and_a_unit(count: int, text: str) -> None:
    """
    A size is written with three digits in the largest unit that fits.
    """
    assert text == size(count)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(120, 10, "12 x"), (3, 2, "1.5 x"), (12_300, 4, "3,075 x"), (5, 0, "∞")],
)
def test_ratios_are_short(before: float, after: float, text: str) -> None:
    """
    A ratio has a decimal only below ten, and dividing by nothing is no crash.
    """
    assert text == times(before, after)


def test_a_share_of_nothing_is_a_dash() -> None:
    """
    A share is in percent, and a share of nothing is a dash.
    """
    assert ("7.5 %", "-") == (part(3, 40), part(0, 0))
