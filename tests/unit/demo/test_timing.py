"""
Medians and percentages.
"""

from __future__ import annotations

import pytest

from supaopt.demo._timing import median_ms, saved_percent


def test_each_run_is_prepared_and_the_first_call_is_not_counted() -> None:
    """
    A measurement of three runs calls four times, and prepares before each call.
    """
    order: list[str] = []

    median = median_ms(
        lambda: order.append("call"), runs=3, before_each=lambda: order.append("prepare")
    )

    assert ["prepare", "call"] * 4 == order
    assert median >= 0


@pytest.mark.parametrize(
    ("before", "after", "saved"), [(200, 50, 75.0), (3, 3, 0.0), (3, 2, 33.3), (0, 0, 0.0)]
)
def test_saving_is_told_in_percent(before: int, after: int, saved: float) -> None:
    """
    A saving is in percent to one decimal, and nothing is saved of nothing.
    """
    assert saved == saved_percent(before, after)
