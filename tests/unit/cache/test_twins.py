"""
Both colours offer the same.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from supaopt import cache

TWINS = [
    (cache.DatabaseCacheManager, cache.AsyncDatabaseCacheManager),
    (cache.Cached, cache.AsyncCached),
]
OTHERWISE_NAMED = {"aclose": "close"}


def public(class_: type) -> dict[str, Any]:
    """
    Return what callers of each public method may pass.
    """
    members = inspect.getmembers(class_, inspect.isfunction)
    return {
        OTHERWISE_NAMED.get(name, name): [
            (parameter.name, parameter.kind, parameter.default)
            for parameter in inspect.signature(member).parameters.values()
        ]
        for name, member in members
        if not name.startswith("_") or name == "__init__"
    }


@pytest.mark.parametrize(("sync", "asynchronous"), TWINS)
def test_twins_have_the_same_methods_with_the_same_parameters(
    sync: type, asynchronous: type
) -> None:
    """
    What one colour offers the other does too, under the same names and defaults.
    """
    assert public(sync) == public(asynchronous)
