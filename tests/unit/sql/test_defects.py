"""
The list of what goes wrong, in tests/sql/defects.toml, is complete and names tests that exist.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
DEFECTS = tomllib.loads((TESTS / "sql" / "defects.toml").read_text(encoding="utf-8"))


def functions(path: Path) -> set[str]:
    """Return the names of a module's functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_no_row_is_missing() -> None:
    """The plan's seventy faults are all there, in order."""
    assert [str(number) for number in range(1, 71)] == [name for name in DEFECTS if name.isdigit()]


@pytest.mark.parametrize("name", DEFECTS)
def test_every_row_has_a_test_or_a_reason(name: str) -> None:
    """A fault is either tested, by tests that exist, or it says why not."""
    row = DEFECTS[name]
    assert ("tests" in row) != ("instead" in row)
    for test in row.get("tests", []):
        file, function = test.split("::")
        assert function in functions(TESTS / file), test
