"""
Medians and percentages.
"""

from __future__ import annotations

import pytest

from supaopt.demo import _timing
from supaopt.demo._timing import Measured, median_ms, medians_ms, saved_percent


def test_each_run_is_prepared_and_the_first_round_is_not_counted() -> None:
    """
    Three runs of two things call each four times, in turns, prepared before each call.
    """
    order: list[str] = []

    medians = medians_ms(
        Measured(lambda: order.append("call a"), before=lambda: order.append("prepare a")),
        Measured(lambda: order.append("call b")),
        runs=3,
    )

    assert ["prepare a", "call a", "call b"] * 4 == order
    assert 2 == len(medians)


def test_the_median_is_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The middle of three runs counts, in milliseconds, and the warm-up does not.
    """
    took = iter([9_000_000, 5_000_000, 1_500_000, 2_000_000])
    now = [0]

    def call() -> None:
        now[0] += next(took)

    monkeypatch.setattr(_timing, "perf_counter_ns", lambda: now[0])

    assert 2.0 == median_ms(call, runs=3)


@pytest.mark.parametrize(
    ("before", "after", "saved"), [(200, 50, 75.0), (3, 3, 0.0), (3, 2, 33.3), (0, 0, 0.0)]
)
def test_saving_is_told_in_percent(before: int, after: int, saved: float) -> None:
    """
    A saving is in percent to one decimal, and nothing is saved of nothing.
    """
    assert saved == saved_percent(before, after)


def test_nothing_saved_is_not_less_than_nothing() -> None:
    """
    A saving that rounds to zero has no minus sign.
    """
    assert "0.0" == str(saved_percent(10_000, 10_001))
