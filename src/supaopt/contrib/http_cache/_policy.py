"""
Who may keep an answer, and for how long: RFC 9111's Cache-Control, RFC 9213's for CDNs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from supaopt.cache._duration import Duration, seconds
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.cache import Entry

Audience: TypeAlias = Literal["nobody", "browser", "everybody"]

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_WHO_ASKS: Final = ("Authorization", "Cookie", "apikey")


@dataclass(frozen=True, slots=True, init=False)
class EdgePolicy:
    """
    Who beside us may keep an answer.

    Args:
        audience: ``nobody``, unless said otherwise; the caller's own ``browser``; or
            ``everybody``, CDNs included.
        browser: How long a browser may answer without asking; at 0 it asks each time, and a 304
            answers. Nobody can take back what it keeps.
        edge: How long a CDN may; as long as the cache itself would if left out, and never longer.
        stale_while_revalidate: How long after that a CDN may answer while it asks anew.
        same_for_all: Whether the answer is the same whoever asks, so that signed-in callers may
            have it from a CDN too. Otherwise requests with credentials get answers that nobody
            keeps.
        vary: Names of request headers that change the answer.

    Raises:
        ConfigError: A length of time that is none, no such audience, or no name of a header.

    Examples:
        >>> EdgePolicy("everybody", browser="30 seconds").browser
        30.0
    """

    audience: Audience
    browser: float
    edge: float | None
    stale_while_revalidate: float
    same_for_all: bool
    vary: tuple[str, ...]

    def __init__(
        self,
        audience: Audience = "nobody",
        *,
        browser: Duration = 0,
        edge: Duration | None = None,
        stale_while_revalidate: Duration = 0,
        same_for_all: bool = False,
        vary: Iterable[str] = ("Accept-Encoding",),
    ) -> None:
        stale = seconds(stale_while_revalidate, name="stale_while_revalidate", zero=True)
        values = {
            "audience": audience,
            "browser": seconds(browser, name="browser", zero=True),
            "edge": None if edge is None else seconds(edge, name="edge"),
            "stale_while_revalidate": stale,
            "same_for_all": same_for_all,
            "vary": _header_names(vary),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # frozen: assigned once, here
        if audience not in {"nobody", "browser", "everybody"}:
            raise ConfigError(
                f"audience {audience!r} is none of 'nobody', 'browser' and 'everybody'"
            )


def freshness(entry: Entry[Any], policy: EdgePolicy, audience: Audience) -> dict[str, str]:
    """
    Return the headers that say who may keep an answer, and for how long.

    Lifetimes count from now, and no ``Age`` is told: whoever takes it off, and who does not, keeps
    nothing longer than the cache itself.

    Args:
        entry: The answer.
        policy: What was wished.
        audience: Who may keep this very answer.
    """
    if audience == "everybody":
        return _shared(entry, policy)
    if audience == "nobody":
        kept = "private, no-store"
    elif policy.browser:
        kept = f"private, max-age={_lifetime(entry, policy.browser)}, must-revalidate"
    else:
        kept = "private, no-cache"
    # A CDN told to keep everything passes Cache-Control by, hence its own headers.
    return {
        "cache-control": kept,
        "cdn-cache-control": "no-store",
        "surrogate-control": "no-store",
    }


def _shared(entry: Entry[Any], policy: EdgePolicy) -> dict[str, str]:
    edge = f"max-age={_lifetime(entry, entry.left if policy.edge is None else policy.edge)}"
    if policy.stale_while_revalidate and entry.left:
        # What is past its duration already is nothing to answer with while asking.
        edge += f", stale-while-revalidate={int(policy.stale_while_revalidate)}"
    if entry.grace >= 1:
        edge += f", stale-if-error={int(entry.grace)}"
    # Grace is for caches that hear of purges, and browsers do not.
    return {
        "cache-control": f"public, max-age={_lifetime(entry, policy.browser)}, must-revalidate",
        "cdn-cache-control": edge,
        "surrogate-control": edge,
    }


def _lifetime(entry: Entry[Any], wanted: float) -> int:
    return int(min(wanted, entry.left))


def vary(policy: EdgePolicy, audience: Audience) -> str:
    """
    Return which request headers tell answers to one URL apart.
    """
    names = policy.vary
    if audience == "browser" or not policy.same_for_all:
        # The next person at a browser must not be shown what the last one was.
        names += _WHO_ASKS
    return ", ".join({name.lower(): name for name in names}.values())


def _header_names(names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise ConfigError(f"vary {names!r} must be a list of names; write [{names!r}]")
    checked = tuple(names)
    for name in checked:
        if not _TOKEN.fullmatch(name) or name == "*":
            raise ConfigError(
                f"vary {name!r} is no name of a header; name the request headers that change "
                "the answer, such as 'Accept-Language'"
            )
    return checked


NOBODY: Final = EdgePolicy()
"""What holds where nothing is said."""
