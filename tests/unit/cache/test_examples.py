"""
The examples in docstrings run.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import supaopt.cache

MODULES = [module.name for module in pkgutil.iter_modules(supaopt.cache.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    """
    What a docstring shows is what happens.
    """
    module = importlib.import_module(f"supaopt.cache.{name}")
    public = {name: getattr(supaopt.cache, name) for name in supaopt.cache.__all__}
    assert 0 == doctest.testmod(module, extraglobs=public).failed
