"""
``supaopt audit``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from supaopt.audit import RULES, find_rule
from supaopt.cli._audit import audit_paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from supaopt.audit import Rule

    Run = Callable[..., Result]


@pytest.fixture(name="run")
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    app = typer.Typer()
    app.command()(audit_paths)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})

    return run


@pytest.fixture(name="bad")
def _bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.py"
    path.write_text(find_rule("select-star").bad)
    return path


def test_a_finding_is_a_line_with_its_place_and_a_line_of_help(run: Run, bad: Path) -> None:
    """What is wrong stands where editors look for it, and the better form below it."""
    place, remedy, *_ = run("bad.py").stdout.splitlines()
    assert "bad.py:5:33 SUP201 select of every column" == place
    assert f"    help: {find_rule('SUP201').help}" == remedy


def test_findings_exit_with_one_unless_told_otherwise(run: Run, bad: Path) -> None:
    """CI fails on a finding; with --exit-zero it reports alone."""
    assert (1, 0) == (run("bad.py").exit_code, run("bad.py", "--exit-zero").exit_code)


def test_without_a_path_it_audits_the_folder(run: Run, bad: Path) -> None:
    """The working directory is the default."""
    assert "bad.py:5:33" in run().stdout


def test_nothing_found_exits_with_zero(run: Run, tmp_path: Path) -> None:
    """A clean tree says so."""
    (tmp_path / "good.py").write_text(find_rule("select-star").good)
    result = run()
    assert (0, "Nothing found.\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.py"], "'nowhere.py' does not exist"),
        (["--select", "SUP999"], "select 'SUP999' is no rule"),
        (["--ignore", "select-stra"], "did you mean 'select-star'?"),
        (["--explain", "SUP999"], "rule 'SUP999' is no rule"),
        (["--json", "--sarif"], "not both"),
    ],
)
def test_wrong_usage_exits_with_two(run: Run, arguments: list[str], said: str) -> None:
    """Each mistake is named, with what helps where there is something."""
    result = run(*arguments)
    assert 2 == result.exit_code
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_json_holds_every_finding_and_counts(run: Run, bad: Path) -> None:
    """Programs get the fields of a finding, and counts by code."""
    answer = json.loads(run("--json").stdout)
    assert {"SUP201": 1} == answer["counts"]
    assert ("bad.py", 5, 33) == tuple(answer["findings"][0][k] for k in ("path", "line", "column"))


def test_sarif_points_at_the_place(run: Run, bad: Path) -> None:
    """Code hosts get the file, the region and the rules."""
    (log,) = json.loads(run("--sarif").stdout)["runs"]
    (result,) = log["results"]
    (location,) = result["locations"]
    assert "bad.py" == location["physicalLocation"]["artifactLocation"]["uri"]
    assert 33 == location["physicalLocation"]["region"]["startColumn"]
    codes = ["SUP001", "SUP002", *(rule.code for rule in RULES)]
    assert codes == [rule["id"] for rule in log["tool"]["driver"]["rules"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_explain_shows_the_reason_and_both_examples(run: Run, rule: Rule) -> None:
    """Every rule explains itself by its code."""
    result = run("--explain", rule.code)
    assert 0 == result.exit_code
    assert rule.name in result.stdout
    shown = [line for line in (rule.bad + rule.good).splitlines() if line]
    assert [] == [line for line in shown if line.rstrip() not in result.stdout]


def test_settings_of_the_project_hold(run: Run, bad: Path, tmp_path: Path) -> None:
    """What pyproject.toml ignores is not reported, and a wrong setting is wrong usage."""
    settings = tmp_path / "pyproject.toml"
    settings.write_text('[tool.supaopt.audit]\nignore = ["SUP2"]\n')
    assert 0 == run().exit_code
    settings.write_text('[tool.supaopt.audit]\nignored = ["SUP2"]\n')
    assert 2 == run().exit_code


def test_names_of_files_give_the_terminal_no_orders(run: Run, tmp_path: Path) -> None:
    """Control characters and markup in a file's name are shown, not obeyed."""
    (tmp_path / "\x1b[31m[red].py").write_text(find_rule("select-star").bad)
    assert "\\x1b[31m[red].py:5:33" in run().stdout


def test_no_secret_is_printed(run: Run, tmp_path: Path) -> None:
    """Neither form of the report quotes the key that it found."""
    rule = find_rule("secret-key-in-code")
    key = rule.bad.split('"')[1]
    (tmp_path / "settings.py").write_text(rule.bad)
    printed = [run(*form).output for form in ([], ["--json"], ["--sarif"])]
    assert [False, False, False] == [key in text for text in printed]
