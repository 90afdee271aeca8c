"""
The audit of a tree.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from supaopt import audit as package
from supaopt.audit import Settings, audit, find_rule
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="tree")
def _tree(tmp_path: Path) -> Path:
    for at in range(210):
        text = find_rule("select-star").bad if at % 70 == 0 else f"supabase = {at}\n"
        (tmp_path / f"m{at:03}.py").write_text(text)
    (tmp_path / "wrong.py").write_text("supabase =")
    return tmp_path


def test_processes_find_what_one_finds(tree: Path) -> None:
    """Several processes give the same findings in the same order, the wrong file among them."""
    alone = audit([tree])
    assert alone == audit([tree], jobs=2)
    assert ["SUP201", "SUP201", "SUP201", "SUP001"] == [finding.code for finding in alone]


def test_progress_is_told_file_by_file(tree: Path) -> None:
    """Who waits for a large tree learns how far it is."""
    told: list[tuple[int, int]] = []
    audit([tree], progress=lambda done, total: told.append((done, total)))
    assert [(at, 211) for at in range(1, 212)] == told


def test_rules_that_are_not_asked_are_silent(tree: Path) -> None:
    """Settings choose, and what is ignored includes unreadable files."""
    assert [] == audit([tree], settings=Settings(ignore=("SUP2", "SUP001")))


def test_no_process_at_all_is_refused() -> None:
    """A number of jobs below one is a mistake."""
    with pytest.raises(ConfigError, match="jobs=0 must be at least 1"):
        audit([], jobs=0)


def test_nothing_of_what_is_audited_runs(tmp_path: Path) -> None:
    """A program that would write a file when imported writes none."""
    (tmp_path / "app.py").write_text(
        "from supabase import Client\nopen('was-run', 'w')\n" + find_rule("select-star").bad
    )
    audit([tmp_path])
    assert ["app.py"] == [path.name for path in tmp_path.iterdir()]


def test_importing_the_audit_loads_no_client_library() -> None:
    """It reads code that uses supabase-py, and needs none of it."""
    script = (
        "import sys, supaopt.audit; "
        "print(*sorted({'supabase', 'postgrest', 'httpx', 'rich'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert "" == loaded.stdout.strip()


def test_public_names_are_sorted_and_exist() -> None:
    """`__all__` is in the order of all packages, and complete."""
    exported = package.__all__
    assert exported == sorted(
        exported, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert [] == [name for name in exported if not hasattr(package, name)]
