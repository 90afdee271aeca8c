"""
Figures and times as people read them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

UNKNOWN: Final = "-"


def percent(rate: float | None) -> str:
    """
    Return a rate as people read it.
    """
    return UNKNOWN if rate is None else f"{100 * rate:.1f} %"


def size(count: float) -> str:
    """
    Return a number of bytes as people read it.

    Examples:
        >>> size(999), size(1234), size(5_600_000)
        ('999 B', '1.2 kB', '5.6 MB')
    """
    if count < 1000:
        return f"{count:g} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:,.1f} TB"


def clock(moment: str | None, *, day: bool = False) -> str:
    """
    Return the time of a moment in ISO 8601, with its day if asked for.
    """
    if moment is None:
        return UNKNOWN
    form = "%Y-%m-%d %H:%M:%S UTC" if day else "%H:%M:%S UTC"
    return datetime.fromisoformat(moment).strftime(form)
