"""
Tests of what `supaopt.local.LocalSupabase` refuses before it starts anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from supaopt.errors import ConfigError, StackError
from supaopt.local import LocalSupabase

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"detached": True}, "needs a state_dir"),
        ({"database_url": "mysql://root:hidden@localhost/app"}, "must start with postgresql://"),
        ({"database_url": "postgresql://localhost/app", "db_port": 5432}, "names its own port"),
    ],
)
def test_options_that_cannot_be_right_are_refused(options: dict[str, Any], reason: str) -> None:
    """
    A wrong combination is told when the object is made, without what may be secret.
    """
    with pytest.raises(ConfigError, match=reason) as failure:
        LocalSupabase(**options)

    assert "hidden" not in str(failure.value)


def test_a_stack_that_was_not_started_has_no_address() -> None:
    """
    Asking too early says what to do.
    """
    with pytest.raises(StackError, match=r"call start\(\) first"):
        _ = LocalSupabase().url


def test_the_repr_of_a_stack_shows_its_url_alone() -> None:
    """
    A stack can be logged.
    """
    assert "LocalSupabase(stopped)" == repr(LocalSupabase())


def test_nothing_is_found_where_nothing_runs(tmp_path: Path) -> None:
    """
    Looking for a stack starts none and makes no folder.
    """
    assert None is LocalSupabase.find(tmp_path / "nowhere")
    assert [] == list(tmp_path.iterdir())
