"""
So many in such a time, and what is left of it: pure.

What passed is remembered in at most `_STEPS` steps of a window, each until its end. So no stretch
of time of a window's length ever holds more than is allowed, however long the window is and
however much it allows, and a step costs a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from supaopt.cache._duration import seconds
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STEPS: Final = 20
_ONE: Final = re.compile(r"([0-9]+)\s*(?:/|per\s)\s*([0-9]*)\s*([A-Za-z]+)", re.IGNORECASE)


class Quota(NamedTuple):
    """
    So many in such a time.

    Attributes:
        amount: How many.
        seconds: In how long.
    """

    amount: int
    seconds: int

    @property
    def span(self) -> int:
        """
        Its time in milliseconds.
        """
        return 1000 * self.seconds

    @property
    def step(self) -> int:
        """
        Milliseconds that are remembered as one; few are remembered exactly.
        """
        return 1 if self.amount <= _STEPS else self.span // _STEPS


class Use(NamedTuple):
    """
    What is used of a quota.

    Attributes:
        used: How many.
        wait: Milliseconds until there are more again.
    """

    used: int
    wait: int


def quotas(allowance: str) -> tuple[Quota, ...]:
    """
    Read ``"10/second; 1000/hour"``; the shortest first.

    Raises:
        ConfigError: It cannot be read, or lets nobody through.
    """
    if not isinstance(allowance, str):
        raise ConfigError(_unreadable(allowance))
    found = sorted(set(_quotas(allowance)), key=lambda quota: (quota.seconds, quota.amount))
    if any(quota.amount < 1 for quota in found):
        raise ConfigError(f"allowance {allowance!r} lets nobody through; allow at least 1")
    return tuple(found)


def _quotas(allowance: str) -> Iterator[Quota]:
    for part in allowance.split(";"):
        read = _ONE.fullmatch(part.strip())
        if read is None:
            raise ConfigError(_unreadable(allowance))
        amount, count, unit = read.groups()
        length = seconds(f"{count or 1} {unit}", name=f"the time of allowance {allowance!r},")
        yield Quota(int(amount), int(length))


def _unreadable(allowance: object) -> str:
    return f"allowance {allowance!r} cannot be read; write '100/minute' or '10/second; 1000/hour'"


def use(steps: Mapping[int, int], quota: Quota, now: int) -> Use:
    """
    Return what is used of *quota*.

    Args:
        steps: How many passed, by the end of their step.
        quota: What is allowed.
        now: Milliseconds.
    """
    held = {end: count for end, count in steps.items() if end + quota.span > now}
    return Use(sum(held.values()), min(held, default=now - quota.span) + quota.span - now)


def count(steps: dict[int, int], quota: Quota, now: int) -> None:
    """
    Note one more in *steps*, and forget those whose time is over.
    """
    for end in [end for end in steps if end + quota.span <= now]:
        del steps[end]
    end = -(-now // quota.step) * quota.step  # rounded up
    steps[end] = steps.get(end, 0) + 1
