"""
The examples in the docstrings of what shows a cache run.
"""

import doctest
import importlib

import pytest
from prometheus_client import CollectorRegistry

import supaopt.cache


@pytest.mark.parametrize(
    "name", ["_dashboard._format", "_dashboard._markup", "opentelemetry._cache", "prometheus"]
)
def test_examples_run(name: str) -> None:
    """What a docstring shows is what happens."""
    module = importlib.import_module(f"supaopt.contrib.{name}")
    public = {name: getattr(supaopt.cache, name) for name in supaopt.cache.__all__}
    found = doctest.testmod(module, extraglobs={**public, "CollectorRegistry": CollectorRegistry})
    assert (0, True) == (found.failed, found.attempted > 0)
