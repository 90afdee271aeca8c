"""
What goes through JSON, and what is refused because it would come back changed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from supaopt.cache._codec import codec_for
from supaopt.errors import ConfigError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5).filter(str.isascii), inner),
    max_leaves=10,
)


class Product(BaseModel):
    """A model with what JSON lacks."""

    id: UUID
    price: Decimal
    sold_at: datetime | None = None


PRODUCT = Product(
    id=UUID("a0000000-0000-4000-8000-000000000001"),
    price=Decimal("19.90"),
    sold_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
)


@given(JSON)
def test_plain_json_comes_back_equal(value: object) -> None:
    """
    Every JSON value is returned as it was.
    """
    codec = codec_for(None)
    assert value == codec.decode(codec.encode(value))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), ["datetime", "type=..."]),
        ((1, 2), ["$ is a tuple", "type=..."]),
        ({"a": [1, (2,)]}, ["$.a[1] is a tuple"]),
        ({1: "a"}, ["$ has the key 1"]),
        ({"a": UUID(int=1)}, ["UUID"]),
        (float("nan"), ["type=..."]),
        (float("inf"), ["type=..."]),
        ({1, 2}, ["set"]),
        (PRODUCT, ["Product", "type=..."]),
        ("\ud800", ["surrogates"]),
    ],
)
def test_refuses_what_json_would_change(value: object, words: list[str]) -> None:
    """
    A value that would come back as something else is refused, and its place told.
    """
    with pytest.raises(ConfigError) as caught:
        codec_for(None).encode(value)
    assert [] == [word for word in words if word not in str(caught.value)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Product, PRODUCT),
        (list[Product], [PRODUCT]),
        (dict[UUID, Product], {PRODUCT.id: PRODUCT}),
        (tuple[int, ...], (1, 2)),
        (datetime, datetime(2026, 1, 1, tzinfo=UTC)),
        (TypeAdapter(Product | None), None),
    ],
)
def test_typed_values_come_back_equal(kind: object, value: object) -> None:
    """
    Whatever pydantic can write and read comes back as its type.
    """
    codec = codec_for(kind)
    assert value == codec.decode(codec.encode(value))


def test_refuses_a_value_of_another_type() -> None:
    """
    A function that returns something else than it says is told so.
    """
    with pytest.raises(ConfigError, match="not of the type that was passed"):
        codec_for(Product).encode({"id": 1})


def test_refuses_a_type_that_pydantic_does_not_know() -> None:
    """
    A type that cannot be read back is refused with its name.
    """

    class Opaque:
        pass

    with pytest.raises(ConfigError, match=r"Opaque.*cannot be cached"):
        codec_for(Opaque)


def test_one_codec_serves_equal_types() -> None:
    """
    Equal annotations share one adapter, as building one is slow.
    """
    assert codec_for(list[Product]) is codec_for(list[Product])
