"""
``supaopt sql`` without a database.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from supaopt.cli._sql import app
from supaopt.errors import ConfigError
from supaopt.sql import assets, script

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in ("SUPABASE_DB_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


def test_list_shows_the_files_in_order(run: CliRunner) -> None:
    """As JSON, each file comes with its set, kind and checksum."""
    result = run.invoke(app, ["list", "--json", "lms", "core"])
    assert [asset.path for asset in assets("core", "lms")] == [
        item["path"] for item in json.loads(result.stdout)
    ]


def test_list_is_a_table_for_people(run: CliRunner) -> None:
    """Without --json there is one row a file."""
    result = run.invoke(app, ["list"])
    assert 0 == result.exit_code
    assert "get_cached_data" in result.stdout


def test_print_is_the_script_and_nothing_else(run: CliRunner) -> None:
    """What is printed can be piped into psql."""
    assert script("core") + "\n" == run.invoke(app, ["print"]).stdout


def test_print_writes_migrations(run: CliRunner, tmp_path: Path) -> None:
    """One timestamped file a set, in order, as the Supabase CLI names them."""
    result = run.invoke(app, ["print", "lms", "core", "--output", str(tmp_path)])
    assert 0 == result.exit_code
    first, second = sorted(tmp_path.iterdir())
    assert ["supaopt_core.sql", "supaopt_lms.sql"] == [
        path.name.split("_", 1)[1] for path in (first, second)
    ]
    assert all(
        path.name.split("_")[0].isdigit() and path.name.index("_") == 14 for path in (first, second)
    )
    assert [script("core"), script("lms")] == [first.read_text(), second.read_text()]


def test_print_needs_a_folder(run: CliRunner, tmp_path: Path) -> None:
    """A folder that is not there is named."""
    result = run.invoke(app, ["print", "--output", str(tmp_path / "missing")])
    assert isinstance(result.exception, ConfigError)
    assert "missing is no folder" in str(result.exception)


@pytest.mark.parametrize("command", ["apply", "status", "diff"])
def test_a_database_is_asked_for(run: CliRunner, command: str) -> None:
    """Without a URL the error says how to give one."""
    result = run.invoke(app, [command])
    assert isinstance(result.exception, ConfigError)
    assert "--db-url" in str(result.exception)


def test_an_unknown_set_is_an_error(run: CliRunner) -> None:
    """A misspelt set is named, with those there are."""
    result = run.invoke(app, ["list", "cor"])
    assert isinstance(result.exception, ConfigError)
    assert "'cor'; there are core, lms" in str(result.exception)
