"""
Which values may be handed to many callers as they are.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from pydantic import BaseModel

_ATOMS: Final = frozenset(
    {
        bool, bytes, complex, float, int, str, type(None), Decimal, UUID,
        dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone,
    }
)  # fmt: skip


def is_immutable(value: object) -> bool:
    """
    Say whether nobody can change *value*: numbers, texts, times, and tuples, frozen sets and
    frozen pydantic models of such.
    """
    kind = type(value)
    if kind in _ATOMS or isinstance(value, Enum):
        return True
    if kind in {tuple, frozenset} and isinstance(value, (tuple, frozenset)):
        return all(map(is_immutable, value))
    return isinstance(value, BaseModel) and _is_frozen(value)


def _is_frozen(model: BaseModel) -> bool:
    # Extras and private attributes can be written to even on a frozen model.
    return (
        bool(model.model_config.get("frozen"))
        and not model.__pydantic_extra__
        and not model.__pydantic_private__
        and all(is_immutable(value) for _, value in model)
    )
