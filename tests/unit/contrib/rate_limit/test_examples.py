"""
The examples in docstrings run.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import supaopt.contrib.rate_limit as package

MODULES = [module.name for module in pkgutil.iter_modules(package.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    """What a docstring shows is what happens."""
    module = importlib.import_module(f"{package.__name__}.{name}")
    public = {name: getattr(package, name) for name in package.__all__}
    assert 0 == doctest.testmod(module, extraglobs=public).failed
