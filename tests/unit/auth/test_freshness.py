"""
What the age of a key set demands.
"""

import json

import pytest

from supaopt.auth._freshness import Freshness, JwksPolicy, Need
from supaopt.auth._token import Header
from supaopt.testing import SigningKey

POLICY = JwksPolicy(ttl=600, refresh_after=480, max_stale=3_600, cooldown=30, retry_after=5)
KNOWN = Header("ES256", "known")
CONTENT = json.dumps(SigningKey.es256("known").jwks()).encode()


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, Need.NOTHING),
        (479.9, Need.NOTHING),
        (480, Need.REFRESH_BEHIND),
        (599.9, Need.REFRESH_BEHIND),
        (600, Need.FETCH_FIRST),
        (10_000, Need.FETCH_FIRST),
    ],
)
def test_age_decides(age: float, expected: Need) -> None:
    """Each age of a key set has its one consequence."""
    state = Freshness(POLICY)
    state.asked(0.0)
    state.accept(CONTENT, 0.0)
    assert expected is state.need(KNOWN, age)


def test_keys_are_fresh_until_they_age() -> None:
    """Fresh keys are handed out at one look, for names that they hold, until they begin to age."""
    state = Freshness(POLICY)
    assert state.fresh(KNOWN, 0.0) is None
    state.accept(CONTENT, 0.0)
    assert state.ring is state.fresh(KNOWN, 479.9)
    assert state.fresh(KNOWN, 480.0) is None
    assert state.fresh(Header("ES256", "unknown"), 0.0) is None


def test_failures_do_not_prolong_freshness() -> None:
    """Keys that could not be replaced age by when they were fetched, not by when it was tried."""
    state = Freshness(POLICY)
    state.accept(CONTENT, 0.0)
    state.asked(500.0)
    state.failed(OSError("down"))
    assert state.fresh(KNOWN, 500.0) is None


def test_forgotten_keys_are_not_fresh() -> None:
    """After forget nothing is handed out, even to a name that the set held a moment ago."""
    state = Freshness(POLICY)
    state.accept(CONTENT, 0.0)
    state.forget()
    assert state.fresh(KNOWN, 0.0) is None
    assert Need.FETCH_FIRST is state.need(KNOWN, 0.0)
