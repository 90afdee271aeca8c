"""
Python types for Postgres types.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from typing_extensions import TypeAliasType

from supaopt.selectors._fit import allows_none, misfit


class Level(Enum):
    """An enum."""

    LOW = "low"


Alias = TypeAliasType("Alias", UUID | None)


@pytest.mark.parametrize(
    ("annotation", "type_name"),
    [
        (UUID, "uuid"),
        (str | None, "uuid"),
        (Alias, "uuid"),
        (Annotated[UUID, "note"], "uuid"),
        (int, "int8"),
        (int, "bigint"),
        (float, "float8"),
        (Decimal, "numeric"),
        (bool, "bool"),
        (datetime, "timestamptz"),
        (str, "timestamptz"),
        (date, "date"),
        (timedelta, "interval"),
        (Literal["a"], "text"),
        (Level, "text"),
        (date, "text"),
        (Any, "int4"),
        (dict[str, Any], "jsonb"),
        (int, "jsonb"),
        (int, "tsvector"),
        (None, "int4"),
    ],
)
def test_a_type_that_can_hold_the_column_is_no_misfit(annotation: Any, type_name: str) -> None:
    """Whatever is not surely wrong passes."""
    assert misfit(annotation, type_name=type_name, is_array=False, labels=None) == ""


@pytest.mark.parametrize(
    ("annotation", "type_name"),
    [
        (int, "uuid"),
        (str, "int4"),
        (bool, "int4"),
        (int, "bool"),
        (int, "numeric"),
        (int, "float8"),
        (int, "text"),
        (bool, "text"),
        (dict[str, Any], "text"),
        (list[str], "uuid"),
        (date, "timestamptz"),
        (int, "timestamptz"),
        (datetime, "date"),
    ],
)
def test_a_type_that_cannot_hold_the_column_is_one(annotation: Any, type_name: str) -> None:
    """Validation would fail, or lose something."""
    reason = misfit(annotation, type_name=type_name, is_array=False, labels=None)
    assert reason.startswith(f"{type_name} is read as ")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, ""),
        (Literal["low", "high"], ""),
        (Literal["low"], "the enum also has high"),
        (Level | None, "the enum also has high"),
        (Level | str, ""),
        (int, "an enum of low, high is str, a Literal or an Enum"),
    ],
)
def test_an_enum_needs_all_its_labels(annotation: Any, expected: str) -> None:
    """A label that is missing today is a row that fails tomorrow."""
    assert misfit(annotation, type_name="level", is_array=False, labels=["low", "high"]) == expected


@pytest.mark.parametrize(("annotation", "fits"), [(list[int], True), (Any, True), (int, False)])
def test_an_array_is_a_list(annotation: Any, fits: bool) -> None:  # noqa: FBT001
    """A scalar cannot hold an array."""
    assert (misfit(annotation, type_name="int4", is_array=True, labels=None) == "") is fits


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [(int, False), (int | None, True), (Any, True), (Alias, True), (Annotated[int, 1], False)],
)
def test_none_is_found_wherever_it_is(annotation: Any, expected: bool) -> None:  # noqa: FBT001
    """In unions, aliases and Annotated."""
    assert allows_none(annotation) is expected
