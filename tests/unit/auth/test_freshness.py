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
