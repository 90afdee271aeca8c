"""
The column sets of a module.
"""

import pytest

from supaopt.errors import ConfigError
from supaopt.selectors import Row, find_rows, lms


class Mixin(Row):
    """A row without a table."""

    id: int


class Own(Mixin, table="own"):
    """A row with one."""


def test_row_classes_and_selectors_are_found() -> None:
    """Those in classes too, each once, and no mixin."""
    found = find_rows("supaopt.selectors.lms")
    assert {lms.UserList, lms.ClientDropdown, lms.ModuleStudentWithProgress} <= set(found)
    assert len(found) == len(set(found))
    assert Row not in found


@pytest.mark.parametrize("module", ["no.such.module", "json"])
def test_a_module_without_any_is_told(module: str) -> None:
    """The error names the module."""
    with pytest.raises(ConfigError, match=module):
        find_rows(module)
