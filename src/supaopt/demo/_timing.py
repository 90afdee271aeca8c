"""
How long things take: medians, because one slow run says more about the machine than about us.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_NS_PER_MS: Final = 1_000_000


def median_ms(call: Callable[[], object], *, runs: int) -> float:
    """
    Return the median time of *call* in milliseconds.

    Args:
        call: What to measure; it is called once more, before the first run, to warm up.
        runs: Number of measured calls, at least 1.

    Returns:
        Milliseconds, to the nanosecond.
    """
    return medians_ms(Measured(call), runs=runs)[0]


@dataclass(frozen=True, slots=True)
class Measured:
    """
    Something to measure.

    Attributes:
        call: What to measure.
        before: What to do before every call, outside the measured time.
    """

    call: Callable[[], object]
    before: Callable[[], object] = lambda: None


def medians_ms(*measured: Measured, runs: int) -> list[float]:
    """
    Return the median times of several things in milliseconds.

    They take turns, so that a machine that is busy for a while is busy for all of them.

    Args:
        measured: What to measure; the first round warms up and does not count.
        runs: Number of measured rounds, at least 1.

    Returns:
        Milliseconds, to the nanosecond, in the order of *measured*.
    """
    rounds = [[_elapsed_ns(one) for one in measured] for _ in range(runs + 1)]
    return [round(median(times) / _NS_PER_MS, 6) for times in zip(*rounds[1:], strict=True)]


def _elapsed_ns(measured: Measured) -> int:
    measured.before()
    start = perf_counter_ns()
    measured.call()
    return perf_counter_ns() - start


def saved_percent(before: int, after: int) -> float:
    """
    Return by how much *after* is smaller than *before*, in percent to one decimal.

    Examples:
        >>> saved_percent(200, 50)
        75.0
    """
    # Adding zero makes a negative zero positive.
    return round(100 * (1 - after / before), 1) + 0.0 if before else 0.0
