"""
How long things take: medians, because one slow run says more about the machine than about us.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_NS_PER_MS: Final = 1_000_000


def median_ms(
    call: Callable[[], object], *, runs: int, before_each: Callable[[], object] | None = None
) -> float:
    """
    Return the median time of *call* in milliseconds.

    Args:
        call: What to measure; it is called once more, before the first run, to warm up.
        runs: Number of measured calls, at least 1.
        before_each: What to do before every call, outside the measured time.

    Returns:
        Milliseconds, to the nanosecond.
    """
    times = []
    for _ in range(runs + 1):
        if before_each is not None:
            before_each()
        start = perf_counter_ns()
        call()
        times.append(perf_counter_ns() - start)
    return round(median(times[1:]) / _NS_PER_MS, 6)


def saved_percent(before: int, after: int) -> float:
    """
    Return by how much *after* is smaller than *before*, in percent to one decimal.

    Examples:
        >>> saved_percent(200, 50)
        75.0
    """
    return round(100 * (1 - after / before), 1) if before else 0.0
