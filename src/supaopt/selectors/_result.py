"""
What a query returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from supaopt.selectors._selector import RowT


@dataclass(frozen=True, slots=True)
class Result(Generic[RowT]):
    """
    Rows that a query returned.

    Attributes:
        data: The rows.
        count: How many there are without limit, when ``select(..., count=...)`` asked for it.
    """

    data: list[RowT]
    count: int | None = None
