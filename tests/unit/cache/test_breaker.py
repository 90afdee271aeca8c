"""
A tier that does not answer is left alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from supaopt.cache._breaker import AFTER, LONGEST, SHORTEST, Breaker


@pytest.fixture(name="breaker")
def _breaker(clock: Any) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, times: int = AFTER) -> None:
    """
    Let so many calls fail.
    """
    for _ in range(times):
        breaker.failed()


def test_single_failures_do_not_open_it(breaker: Breaker) -> None:
    """
    A failure now and then is no reason to stop asking.
    """
    for _ in range(10):
        fail(breaker, AFTER - 1)
        breaker.succeeded()
    assert breaker.allows()


def test_failures_in_a_row_open_it(breaker: Breaker, clock: Any) -> None:
    """
    After some failures in a row nobody asks until the rest is over, and then one.
    """
    fail(breaker)
    assert not breaker.allows()
    clock.now += SHORTEST
    assert [True, False, False] == [breaker.allows() for _ in range(3)]


def test_a_single_failure_opens_it_where_that_is_said(clock: Any) -> None:
    """
    A tier that one read asks several times is left alone at once.
    """
    breaker = Breaker(clock, after=1)
    breaker.failed()
    assert not breaker.allows()
    clock.now += SHORTEST
    assert [True, False] == [breaker.allows() for _ in range(2)]


def test_a_successful_trial_closes_it(breaker: Breaker, clock: Any) -> None:
    """
    One answer is enough to go on.
    """
    fail(breaker)
    clock.now += SHORTEST
    assert breaker.allows()
    breaker.succeeded()
    assert [True, True] == [breaker.allows() for _ in range(2)]


def test_failing_trials_lengthen_the_rest(breaker: Breaker, clock: Any) -> None:
    """
    Rests double up to a limit.
    """
    fail(breaker)
    rests = []
    for _ in range(8):
        start = clock.now
        while not breaker.allows():
            clock.now += SHORTEST / 2
        rests.append(clock.now - start)
        breaker.failed()
    assert [1, 2, 4, 8, 16, LONGEST, LONGEST, LONGEST] == rests
