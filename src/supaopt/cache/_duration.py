"""
Lengths of time as people write them: strict, because a wrong one is a stale answer.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from difflib import get_close_matches
from typing import Final, TypeAlias

from supaopt.errors import ConfigError

Duration: TypeAlias = timedelta | float | str
"""A ``timedelta``, a number of seconds, or words such as ``"5 minutes"`` or ``"1 hour 30 min"``."""

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_SHORT: Final = {
    "s": "second",
    "sec": "second",
    "secs": "second",
    "min": "minute",
    "mins": "minute",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "d": "day",
    "w": "week",
}
_UNITS: Final = _SECONDS | {f"{unit}s": size for unit, size in _SECONDS.items()}
_PART: Final = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)")
_LONGEST: Final = timedelta(days=36_500)


def seconds(value: Duration, *, name: str = "duration", zero: bool = False) -> float:
    """
    Return *value* in seconds.

    Args:
        value: A ``timedelta``, seconds, or words with a unit each: ``"5 minutes"``, ``"1.5 h"``,
            ``"1 hour 30 minutes"``. Months and years have no fixed length and are refused.
        name: What the value is called in the message.
        zero: Whether zero is meant as "none".

    Raises:
        ConfigError: It is no length of time, or not above zero.
    """
    length = _length(value, name)
    lowest = "zero or more" if zero else "above zero"
    if not math.isfinite(length) or length < 0 or (length == 0 and not zero):
        raise ConfigError(
            f"{name} {value!r} must be {lowest}; write a length of time such as '5 minutes'"
        )
    if length > _LONGEST.total_seconds():
        raise ConfigError(f"{name} {value!r} is longer than a century; write it in smaller units")
    return length


def _length(value: Duration, name: str) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        return _worded(value, name)
    if type(value) in (int, float):  # a bool is no length of time
        return float(value)
    raise ConfigError(
        f"{name} {value!r} is a {type(value).__name__}; "
        "pass a timedelta, a number of seconds, or words such as '5 minutes'"
    )


def _worded(text: str, name: str) -> float:
    parts = _PART.findall(text)
    # What is left beside the parts was not understood.
    if not parts or _PART.sub("", text).strip(" \t,"):
        raise ConfigError(
            f"{name} {text!r} is not '<number> <unit>'; "
            "write '90 seconds', '5 minutes' or '1 hour 30 minutes'"
        )
    total = 0.0
    for number, unit in parts:
        if number.startswith("-"):
            raise ConfigError(
                f"{name} {text!r} is negative, and an entry cannot expire before it is stored; "
                f"write {text.replace('-', '')!r}"
            )
        total += float(number) * _unit(unit, text, name)
    return total


def _unit(word: str, text: str, name: str) -> int:
    unit = _SHORT.get(word.lower(), word.lower())
    if unit in _UNITS:
        return _UNITS[unit]
    if unit.removesuffix("s") in {"month", "year", "mon", "decade"}:
        reason = f"{word!r} has no fixed length; count in days or weeks"
    elif close := get_close_matches(unit, _UNITS, n=1, cutoff=0.6):
        reason = f"{word!r} is no unit; did you mean {text.replace(word, close[0])!r}?"
    else:
        reason = f"{word!r} is no unit; use seconds, minutes, hours, days or weeks"
    raise ConfigError(f"{name} {text!r}: {reason}")
