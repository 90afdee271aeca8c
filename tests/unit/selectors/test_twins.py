"""
Both colours say the same.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from supaopt import selectors

TWINS = [
    (selectors.Query, selectors.AsyncQuery),
    (selectors.Write, selectors.AsyncWrite),
    (selectors.Call, selectors.AsyncCall),
]


def public(class_: type) -> dict[str, Any]:
    """Return the public methods of a class."""
    members = inspect.getmembers(class_, inspect.isfunction)
    return {name: member for name, member in members if not name.startswith("_")}


@pytest.mark.parametrize(("sync", "asynchronous"), TWINS)
def test_twins_have_the_same_methods_with_the_same_parameters(
    sync: type, asynchronous: type
) -> None:
    """What one colour offers the other does too, under the same names and defaults."""
    ours, theirs = public(sync), public(asynchronous)
    assert ours.keys() == theirs.keys()
    for name, method in ours.items():
        twin = inspect.signature(theirs[name])
        assert inspect.signature(method).parameters == twin.parameters, name


@pytest.mark.parametrize(("sync", "asynchronous"), TWINS)
def test_twins_begin_with_the_same_sentence(sync: type, asynchronous: type) -> None:
    """The async docstring is the first sentence of the sync one, which it points to."""
    for name, method in public(sync).items():
        first = (inspect.getdoc(method) or "").partition("\n")[0].rstrip(".")
        twin = (inspect.getdoc(public(asynchronous)[name]) or "").partition("\n")[0]
        assert twin.partition("; see")[0].rstrip(".") == first, name
