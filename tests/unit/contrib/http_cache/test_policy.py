"""
Who may keep an answer, and for how long.
"""

from typing import Any

import pytest

from supaopt.cache import Entry
from supaopt.contrib.http_cache import EdgePolicy
from supaopt.contrib.http_cache._policy import freshness, vary
from supaopt.errors import ConfigError

FIVE_MINUTES = Entry(value=1, tags=("products",), left=300.0)
OLD = Entry(value=1, tags=("products",), left=200.9, age=99.1)
GRACEFUL = Entry(value=1, tags=("products",), left=300.0, grace=3600.0)


@pytest.mark.parametrize(
    ("entry", "policy", "browser", "edge"),
    [
        (FIVE_MINUTES, EdgePolicy("everybody"), 0, "max-age=300"),
        (FIVE_MINUTES, EdgePolicy("everybody", browser=30), 30, "max-age=300"),
        (OLD, EdgePolicy("everybody", browser=30), 30, "max-age=200"),
        (
            FIVE_MINUTES,
            EdgePolicy("everybody", browser="1 day", edge="1 day"),
            300,
            "max-age=300",
        ),
        (FIVE_MINUTES, EdgePolicy("everybody", edge=60), 0, "max-age=60"),
        (GRACEFUL, EdgePolicy("everybody"), 0, "max-age=300, stale-if-error=3600"),
        (
            GRACEFUL,
            EdgePolicy("everybody", stale_while_revalidate=20),
            0,
            "max-age=300, stale-while-revalidate=20, stale-if-error=3600",
        ),
    ],
)
def test_everybody_may_keep_what_is_left_at_most(
    entry: Entry[int], policy: EdgePolicy, browser: int, edge: str
) -> None:
    """Lifetimes count from now; only CDNs may serve the past."""
    assert {
        "cache-control": f"public, max-age={browser}, must-revalidate",
        "cdn-cache-control": edge,
        "surrogate-control": edge,
    } == freshness(entry, policy, "everybody")


@pytest.mark.parametrize(
    ("audience", "policy", "kept"),
    [
        ("nobody", EdgePolicy("everybody", browser=30), "private, no-store"),
        ("browser", EdgePolicy("browser"), "private, no-cache"),
        ("browser", EdgePolicy("browser", browser=30), "private, max-age=30, must-revalidate"),
    ],
)
def test_nobody_and_browsers_are_no_cdns(audience: Any, policy: EdgePolicy, kept: str) -> None:
    """A CDN is told in its own headers too, which one set to keep everything still obeys."""
    assert {
        "cache-control": kept,
        "cdn-cache-control": "no-store",
        "surrogate-control": "no-store",
    } == freshness(GRACEFUL, policy, audience)


def test_answers_differ_by_who_asks_unless_said_otherwise() -> None:
    """A browser's next user is somebody else, and so may be a CDN's next caller."""
    assert "Accept-Encoding, Authorization, Cookie, apikey" == vary(
        EdgePolicy("everybody"), "everybody"
    )
    same = EdgePolicy("everybody", same_for_all=True, vary=["Accept-Language", "accept-language"])
    assert "accept-language" == vary(same, "everybody")
    assert "Authorization" in vary(same, "browser")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"audience": "public"}, "audience 'public' is none of"),
        ({"browser": -1}, "browser -1 must be zero or more"),
        ({"edge": 0}, "edge 0 must be above zero"),
        ({"stale_while_revalidate": "soon"}, "stale_while_revalidate 'soon'"),
        ({"vary": "Cookie"}, r"vary 'Cookie' must be a list"),
        ({"vary": ["*"]}, r"vary '\*' is no name"),
        ({"vary": ["X\r\nSet-Cookie: a=b"]}, "is no name of a header"),
        ({"vary": ["a, b"]}, "is no name of a header"),
    ],
)
def test_wrong_policies_are_refused(options: Any, message: str) -> None:
    """What cannot be meant, or would become a header of its own, is named."""
    with pytest.raises(ConfigError, match=message):
        EdgePolicy(**options)
