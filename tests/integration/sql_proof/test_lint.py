"""
Every SQL file parses in Postgres's own grammar and holds to what a migration must not do.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import supaopt.sql

SOURCE = Path(supaopt.sql.__file__).parent
FILES = sorted(SOURCE.rglob("*.sql"))
CODE = [path for path in FILES if path.parent.name in {"functions", "migrations", "views"}]

# Rules that do not fit what the files are:
_LEFT_OUT = {
    "require-lock-timeout": "a setting would outlive the file inside the user's own migration",
    "require-statement-timeout": "likewise",
    "prefer-bigint-over-int": "the integers are limits and numbers of tables, never row counts",
}


def _squawk(*paths: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("squawk", path=str(Path(sys.executable).parent)) or shutil.which(
        "squawk"
    )
    if program is None:
        pytest.skip("squawk is not here; to get it: pip install squawk-cli")
    return subprocess.run(
        [
            *(program, "--reporter", "gcc", "--assume-in-transaction", "--pg-version", "15.0"),
            *("--exclude", ",".join(_LEFT_OUT)),
            *map(str, paths),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def test_squawk_has_no_finding() -> None:
    """No file has syntax that Postgres 15 lacks, or a change that is unsafe under load."""
    finished = _squawk(*CODE)
    assert "" == finished.stdout
    assert 0 == finished.returncode


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("crate table public.t (id bigint);", "syntax-error"),
        ("create index t_idx on public.t (id);", "require-concurrent-index-creation"),
    ],
)
def test_squawk_sees_a_fault(statement: str, rule: str, tmp_path: Path) -> None:
    """A misspelt statement and an index that blocks writers are reported."""
    (tmp_path / "faulty.sql").write_text(f"{statement}\n")
    found = _squawk(tmp_path / "faulty.sql").stdout
    assert rule in found


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_the_header_says_who_may_call_what_is_locked_and_how_to_undo(path: Path) -> None:
    """Every file begins with its purpose, the roles that may use it, its locks and its undo."""
    header = "".join(
        line for line in path.read_text().splitlines(keepends=True) if line.startswith("--")
    )
    assert ["Purpose:", "Who:", "Locks:", "Undo:"] == [
        word for word in ("Purpose:", "Who:", "Locks:", "Undo:") if word in header
    ]


@pytest.mark.parametrize(
    "path", [path for path in CODE if path.parent.name == "functions"], ids=lambda path: path.stem
)
def test_a_function_file_holds_one_function_that_trusts_nobody(path: Path) -> None:
    """The file defines the function it is named after, pins search_path and revokes from all."""
    sql = path.read_text()
    outer = re.findall(r"^create or replace function ([a-z_.0-9]+)\(", sql, re.MULTILINE)
    assert path.stem in outer
    head = sql.split("as $", maxsplit=1)[0]
    assert re.search(r"^set search_path = (''|pg_catalog, pg_temp)$", head, re.MULTILINE)
    assert re.search(r"revoke execute on function [^;]*from public, anon, authenticated", sql)
    assert "raise log" not in sql
    assert "when others" not in sql
