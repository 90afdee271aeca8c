"""
What an audit is told to look for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from supaopt.audit import RULES, Settings, find_rule
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_all_rules_are_asked_by_default() -> None:
    """Nothing has to be set."""
    assert RULES == Settings().rules


def test_rules_are_chosen_by_code_beginning_or_name() -> None:
    """`SUP1` means all of security; names do as well, and small letters."""
    chosen = Settings(select=("SUP1", "select-star", "sup202"), ignore=("SUP101",)).codes
    assert {"SUP102", "SUP201", "SUP202"} <= chosen
    assert chosen.isdisjoint({"SUP101", "SUP001", "SUP301"})


@pytest.mark.parametrize("wanted", ["SUP9", "", "selectstar"])
def test_a_rule_that_does_not_exist_is_refused(wanted: str) -> None:
    """A misspelt code would otherwise silence nothing, unseen."""
    with pytest.raises(ConfigError, match="is no rule"):
        _ = Settings(ignore=(wanted,)).codes


def test_one_rule_is_found_by_code_or_name() -> None:
    """Both ways lead to the same rule, and the beginning of several codes to none."""
    assert find_rule("SUP201") is find_rule("select-star")
    with pytest.raises(ConfigError, match="is not one rule"):
        find_rule("SUP2")


def test_settings_come_from_the_nearest_pyproject(tmp_path: Path) -> None:
    """A file above the folder counts, and arguments add to it."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.supaopt.audit]\nselect = ["SUP2"]\nignore = ["SUP201"]\nexclude = ["old"]\n'
    )
    found = Settings.from_pyproject(tmp_path / "a" / "b")
    assert Settings(("SUP2",), ("SUP201",), ("old",)) == found
    more = found.with_more(select=("SUP1",), ignore=("SUP101",), exclude=())
    assert Settings(("SUP1",), ("SUP201", "SUP101"), ("old",)) == more


def test_a_project_without_settings_has_the_defaults(tmp_path: Path) -> None:
    """Neither the file nor the section is needed."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    assert Settings() == Settings.from_pyproject(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool", "cannot be read"),
        ("[tool.supaopt]\naudit = 1", "must be a table"),
        ("[tool.supaopt.audit]\nselects = []", "'selects' is no setting"),
        ("[tool.supaopt.audit]\nselect = 'SUP1'", "select must be a list of texts"),
        ("[tool.supaopt.audit]\nselect = [1]", "select must be a list of texts"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    """Whoever misspells a setting learns which file, which setting and what would be right."""
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        Settings.from_pyproject(tmp_path)
