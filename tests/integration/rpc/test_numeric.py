"""
Results of type numeric, with more digits than a float holds.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from supaopt.rpc import rpc
from supaopt.selectors import Col, Row

BALANCE = Decimal("123456789012345678901234567890.123456789")
RATE = 0.30000000000000004


class Balance(BaseModel):
    """A model of a row."""

    amount: Decimal
    rate: float


class BalanceRow(Row):
    """A row that asks for its columns, the Decimal as text."""

    amount: Decimal
    rate: float


class Renamed(Row):
    """The same column under another name."""

    total: Annotated[Decimal | None, Col("amount")]


class Document(BaseModel):
    """A JSON document."""

    amount: Decimal
    history: list[Decimal | None]


@rpc(stable=True)
def balance() -> Decimal:
    """Return a number."""
    raise NotImplementedError


@rpc(stable=True)
def balances() -> list[Balance]:
    """Return rows."""
    raise NotImplementedError


@rpc(name="balances", stable=True)
def balance_rows() -> list[BalanceRow]:
    """Return rows of chosen columns."""
    raise NotImplementedError


@rpc(name="balances", stable=True)
def renamed() -> Renamed | None:
    """Return one of the rows."""
    raise NotImplementedError


@rpc(stable=True)
def one_balance() -> Balance:
    """Return one row, which is an object in JSON."""
    raise NotImplementedError


@rpc(stable=True)
def balance_document() -> Document:
    """Return a document, of which no columns can be asked for as text."""
    raise NotImplementedError


@rpc(stable=True)
def balance_list() -> list[Decimal]:
    """Return an array."""
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (balance, BALANCE),
        (balances, [Balance(amount=BALANCE, rate=RATE)]),
        (balance_rows, [BalanceRow(amount=BALANCE, rate=RATE)]),
        (renamed, Renamed(total=BALANCE)),
        (one_balance, Balance(amount=BALANCE, rate=RATE)),
        (balance_document, Document(amount=BALANCE, history=[BALANCE])),
        (balance_list, [BALANCE, Decimal("1.5")]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_digit_is_lost(service: Any, function: Any, expected: Any) -> None:
    """By POST and by GET, whatever the function returns."""
    assert expected == function(service)
    assert expected == function.with_options(get=True)(service)
