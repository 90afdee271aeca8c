"""
Every object that somebody may call has its section in docs/sql, and no other.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supaopt.sql import assets

DOCS = Path(__file__).parents[3] / "docs" / "sql"
FOR_MIGRATIONS = {
    f"supaopt.{name}"
    for name in (
        *("watch_table", "unwatch_table", "flush", "find_problems"),
        *("cache_function", "see_through_function"),
    )
}


@pytest.mark.parametrize("name", ["core", "lms"])
def test_what_can_be_called_is_documented(name: str) -> None:
    """Public objects, and the functions for migrations, each have one section."""
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    callable_ = [
        asset.name
        for asset in assets(name)
        if asset.kind != "migration"
        and (asset.name.startswith("public.") or asset.name in FOR_MIGRATIONS)
    ]
    assert sorted(callable_) == sorted(re.findall(r"^## (\S+)$", page, re.MULTILINE))


@pytest.mark.parametrize("name", ["core", "lms"])
def test_documented_parameters_are_the_functions(name: str) -> None:
    """A section's signature names the parameters that the file declares."""
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    parameter = re.compile(r"\b(?:p_\w+|event)\b")
    for asset in assets(name):
        section = re.search(rf"^## {re.escape(asset.name)}\n\n`([^`]*)`", page, re.MULTILINE)
        if section and asset.kind == "function":
            declared = asset.sql.split("create or replace function")[1].split("returns")[0]
            assert parameter.findall(declared) == parameter.findall(section[1])
