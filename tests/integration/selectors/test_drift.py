"""
The example's column sets and functions against the schema that they were written for.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from supaopt.cli._app import app
from supaopt.errors import ConfigError, RequestError, ResponseError
from supaopt.rpc import FunctionCatalog, find_functions
from supaopt.rpc import check as check_functions
from supaopt.selectors import Catalog, Row, check, find_rows
from supaopt.selectors import select as select_rows


class Drifted(Row, table="modules"):
    """A row that the plan had wrong."""

    id: int
    order_index: int


def run(*arguments: str) -> Any:
    """Run the command line."""
    bare = ("SUPABASE_DB_URL", "DATABASE_URL", "SUPABASE_URL", "SUPABASE_SECRET_KEY")
    return CliRunner(env=dict.fromkeys(bare)).invoke(app, arguments)


def test_the_examples_sets_fit_its_schema(untouched_stack: Any) -> None:
    """No column, embed, type or null of SELECTORS disagrees with the database."""
    assert check(find_rows("supaopt.selectors.lms"), Catalog.read(untouched_stack.db_url)) == []


def test_the_wrapped_functions_are_those_of_the_database(untouched_stack: Any) -> None:
    """Names, arguments, results, volatility, search_path and grants agree."""
    catalog = FunctionCatalog.read(untouched_stack.db_url)
    assert check_functions(find_functions("supaopt.rpc"), catalog) == []


def test_what_a_check_finds_the_api_refuses(sync_lms: Any) -> None:
    """A finding is what a query would fail on."""
    catalog = Catalog.read(sync_lms.stack.db_url)
    assert [each.problem for each in check([Drifted], catalog)] == ["type", "column"]
    with pytest.raises(ResponseError):
        select_rows(sync_lms.client, Drifted).execute()


def test_the_command_says_that_all_is_well(untouched_stack: Any) -> None:
    """It exits with 0 and says how much was checked."""
    result = run("selectors", "check", "supaopt.selectors.lms", "--db-url", untouched_stack.db_url)
    assert result.exit_code == 0, result.output
    assert "column sets fit the database" in result.output
    result = run("rpc", "check", "supaopt.rpc", "--db-url", untouched_stack.db_url)
    assert result.exit_code == 0, result.output
    assert "functions are those of the database" in result.output


def test_what_is_generated_is_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untouched_stack: Any, sync_lms: Any
) -> None:
    """Declarations of every function fit the database that they were written from, and work."""
    source = run("rpc", "generate", "--db-url", untouched_stack.db_url).stdout
    (tmp_path / "drift_functions.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    result = run("rpc", "check", "drift_functions", "--db-url", untouched_stack.db_url)
    assert result.exit_code == 0, result.output
    module = importlib.import_module("drift_functions")
    assert module.get_expert_sessions_with_stats(sync_lms.client)


def test_generated_rows_can_be_selected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untouched_stack: Any, sync_lms: Any
) -> None:
    """Rows of every table, and with every relationship, fit the database and come back typed."""
    source = run("selectors", "generate", "--db-url", untouched_stack.db_url).stdout
    (tmp_path / "drift_rows.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    result = run("selectors", "check", "drift_rows", "--db-url", untouched_stack.db_url)
    assert result.exit_code == 0, result.output
    rows = find_rows("drift_rows")
    assert any(row.__name__.endswith("Related") for row in rows)
    for row in rows:
        found = select_rows(sync_lms.client, row).limit(2).execute().data
        assert all(type(each) is row for each in found)


def test_the_command_tells_drift_from_a_snapshot(tmp_path: Path, untouched_stack: Any) -> None:
    """A renamed column is found without a database, in words and as JSON."""
    snapshot = tmp_path / "schema.json"
    written = run("selectors", "snapshot", "--db-url", untouched_stack.db_url)
    snapshot.write_text(written.stdout.replace('"sequence"', '"position"'))
    arguments = ("selectors", "check", "supaopt.selectors.lms", "--snapshot", str(snapshot))
    told = run(*arguments)
    found = json.loads(run(*arguments, "--json").stdout)
    assert told.exit_code == 1
    assert "ModuleList" in told.output
    assert {each["suggestion"] for each in found} == {"position"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [("nonsense://", ConfigError), ("postgresql://localhost:1/x", RequestError)],
)
def test_a_database_that_cannot_be_reached_is_told(url: str, expected: type[Exception]) -> None:
    """A URL that is none, and one where nobody answers."""
    with pytest.raises(expected):
        Catalog.read(url)


def test_modules_of_the_current_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untouched_stack: Any
) -> None:
    """The installed command imports the application it is run in, as `python -m` does."""
    (tmp_path / "drifted_rows.py").write_text(
        "from supaopt.selectors import Row\n"
        'class Line(Row, table="modules"):\n'
        "    order_index: int\n"
    )
    monkeypatch.chdir(tmp_path)
    command = Path(sys.executable).with_name("supaopt")
    arguments = ["selectors", "check", "drifted_rows", "--db-url", untouched_stack.db_url, "--json"]
    told = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stderr
    assert [each["suggestion"] for each in json.loads(told.stdout)] == ["sequence"]


def test_without_a_database_the_options_are_named() -> None:
    """The error says what to pass."""
    result = run("selectors", "check", "supaopt.selectors.lms")
    assert isinstance(result.exception, ConfigError)
    assert "--db-url, --api-url or --snapshot" in str(result.exception)


def test_the_command_reports_what_each_set_saves(untouched_stack: Any) -> None:
    """A set without its table's documents saves most of the bytes."""
    access = ("--url", untouched_stack.url, "--key", untouched_stack.secret_key)
    told = run("selectors", "report", "supaopt.selectors.lms", *access, "--json")
    saved = {each["row"]: each["saved_percent"] for each in json.loads(told.stdout)}
    assert saved["LessonList"] > 50
    assert saved["ModuleAdmin"] < 1
    assert run("selectors", "report", "supaopt.selectors.lms", *access).exit_code == 0
