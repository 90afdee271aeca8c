"""
Importing what the user wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from supaopt.errors import ConfigError
from supaopt.rpc import find_atomic, find_functions
from supaopt.selectors import find_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("find", [find_rows, find_functions, find_atomic])
@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("their_raising", r"ZeroDivisionError: division by zero \(.*their_raising\.py, line 2\)"),
        ("their_syntax", r"invalid syntax \(their_syntax\.py, line 1\)"),
        ("their.nowhere", "'their.nowhere' cannot be imported: No module named 'their'"),
        (".relative", "'.relative' cannot be imported"),
        ("", "'' cannot be imported: Empty module name"),
    ],
)
def test_whatever_a_module_raises_is_told(
    find: Callable[[str], object],
    module: str,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that cannot be imported is a mistake to explain, with its line, and no traceback."""
    (tmp_path / "their_raising.py").write_text("x = 1\nx / 0\n")
    (tmp_path / "their_syntax.py").write_text("def x(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=expected):
        find(module)
