"""
Annotations of a row's fields.
"""

from typing import Any

import pytest

from supaopt.errors import ConfigError
from supaopt.selectors import Col

ATTACK = "id),secret:profiles(password"


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": 'a"b'},
        {"path": ""},
        {"path": "a->>b->c"},
        {"cast": "text,password"},
        {"agg": "stddev"},
        {"spread": 'clients"'},
        {"fk": "x\\y"},
    ],
)
def test_a_value_that_cannot_be_right_is_refused_where_it_is_written(
    arguments: dict[str, Any],
) -> None:
    """A bad annotation raises when the class is written, not when the query runs."""
    with pytest.raises(ConfigError):
        Col(**arguments)


def test_the_aggregates_that_there_are_are_named() -> None:
    """The error for an unknown aggregate lists those of PostgREST."""
    with pytest.raises(ConfigError) as caught:
        Col(agg="median")  # type: ignore[arg-type]
    assert "avg, count, max, min, sum" in str(caught.value)


def test_annotations_are_values() -> None:
    """Two equal annotations compare equal and hash alike."""
    assert Col("a", cast="text") == Col("a", cast="text")
    assert len({Col("a"), Col("a")}) == 1
