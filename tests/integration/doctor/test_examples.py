"""
The examples in docstrings, on the project that a backend's environment names.
"""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["_examine", "_expression", "_model", "_statement"])
def test_examples_are_right(project_environment: None, name: str) -> None:
    """Each example gives what it shows."""
    failed, attempted = doctest.testmod(import_module(f"supaopt.doctor.{name}"))
    assert (0, True) == (failed, attempted > 0)
