"""
The examples of the docstrings.
"""

from __future__ import annotations

import doctest

import pytest

from supaopt.audit import _run, _sarif


@pytest.mark.parametrize("module", [_run, _sarif], ids=["audit", "sarif"])
def test_examples_of_docstrings_run(module: object) -> None:
    """Each gives what it says."""
    finder = doctest.DocTestFinder()
    runner = doctest.DocTestRunner()
    for case in finder.find(module, globs=dict(vars(module))):  # type: ignore[arg-type]
        runner.run(case)
    assert (0, True) == (runner.failures, runner.tries > 0)
