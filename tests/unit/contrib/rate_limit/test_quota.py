"""
So many in such a time, whenever they come.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.contrib.rate_limit._quota import Quota, Use, count, quotas, use

MILLISECONDS = 1000


@pytest.mark.parametrize(
    ("allowance", "expected"),
    [
        ("100/minute", [(100, 60)]),
        ("100 per minute", [(100, 60)]),
        ("1000/hour; 10/second", [(10, 1), (1000, 3600)]),
        ("10/5 minutes", [(10, 300)]),
        ("3 / DAY", [(3, 86_400)]),
        ("3/hour; 3/1 hour", [(3, 3600)]),
    ],
)
def test_allowances_are_read(allowance: str, expected: list[tuple[int, int]]) -> None:
    """An allowance is a number and a time, or several of them, each of which counts once."""
    assert expected == list(quotas(allowance))


@given(
    st.integers(min_value=1, max_value=60),
    st.lists(st.integers(min_value=0, max_value=400), min_size=1, max_size=200),
)
def test_attack_no_stretch_of_a_window_holds_more_than_is_allowed(
    amount: int, pauses: list[int]
) -> None:
    """However requests are timed, no second lets more through than a second may."""
    quota = Quota(amount, 1)
    steps: dict[int, int] = {}
    passed: list[int] = []
    now = 0
    for pause in pauses:
        now += pause
        used = use(steps, quota, now).used
        assert used <= amount
        if used < amount:
            count(steps, quota, now)
            passed.append(now)
            recent = [at for at in passed if at > now - MILLISECONDS]
            assert len(recent) <= amount
        assert len(steps) <= 22


def test_few_come_back_to_the_millisecond() -> None:
    """A quota of up to 20 remembers each of them as it came."""
    steps: dict[int, int] = {}
    count(steps, Quota(20, 1), 1234)
    assert Use(1, 1000) == use(steps, Quota(20, 1), 1234)


def test_who_has_used_nothing_waits_for_nothing() -> None:
    """A quota that is whole does not get more."""
    assert Use(0, 0) == use({}, Quota(1, 60), 1_000_000)


@given(st.integers(min_value=1, max_value=10_000), st.integers(min_value=0, max_value=10**13))
def test_who_waits_as_told_is_let_in(amount: int, now: int) -> None:
    """After the time that a refusal names, and at most a twentieth late, there is room again."""
    quota = Quota(amount, 60)
    steps: dict[int, int] = {}
    for _ in range(amount):
        count(steps, quota, now)
    full = use(steps, quota, now)
    assert amount == full.used
    assert quota.span <= full.wait < quota.span + quota.step
    assert 0 == use(steps, quota, now + full.wait).used
