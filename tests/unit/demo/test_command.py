"""
The command ``supaopt demo``, with the measuring replaced.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

import supaopt.demo
from supaopt.cli._demo import demo
from supaopt.demo import SIZES, DemoResult, Steps
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(name="asked")
def _asked() -> list[dict[str, object]]:
    return []


@pytest.fixture(name="invoke")
def _invoke(
    result: DemoResult, asked: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    def invoke(*arguments: str, found: DemoResult = result) -> Result:
        def run(*, steps: Steps, **options: object) -> DemoResult:
            asked.append(options)
            steps.step("Loading", 10)(5)
            steps.step("Measuring")
            return found

        monkeypatch.setattr(supaopt.demo, "run", run)
        app = typer.Typer()
        app.command()(demo)
        return CliRunner().invoke(app, arguments)

    return invoke


def test_json_is_all_that_stdout_gets(invoke: Callable[..., Result], result: DemoResult) -> None:
    """
    With --json, stdout holds the results and stderr the progress.
    """
    outcome = invoke("--json")

    assert 0 == outcome.exit_code
    assert result.model_dump(mode="json") == json.loads(outcome.stdout)
    assert ["Loading ...", "Measuring ..."] == outcome.stderr.splitlines()


def test_the_table_shows_before_and_after(invoke: Callable[..., Result]) -> None:
    """
    Without options, the figures are printed as tables.
    """
    outcome = invoke()

    assert 0 == outcome.exit_code
    for figure in ("14.2 ms", "8.7 µs", "STUDENT.LIST", "73 of 1,201", "0 of 1,200"):
        assert figure in outcome.stdout


def test_the_options_reach_the_demo(
    invoke: Callable[..., Result], asked: list[dict[str, object]]
) -> None:
    """
    Size and seed are passed on.
    """
    invoke("--size", "large", "--seed", "11")

    assert [{"size": "large", "seed": 11}] == asked


def test_the_report_is_written(invoke: Callable[..., Result], tmp_path: Path) -> None:
    """
    With --report, the page is written where it was asked for.
    """
    outcome = invoke("--report", str(tmp_path / "out.html"))

    assert 0 == outcome.exit_code
    assert (tmp_path / "out.html").read_text().startswith("<!doctype html>")


def test_a_report_that_cannot_be_written_is_told_at_once(
    invoke: Callable[..., Result], asked: list[dict[str, object]], tmp_path: Path
) -> None:
    """
    A report in a folder that is not there is refused before anything is measured.
    """
    outcome = invoke("--report", str(tmp_path / "none" / "out.html"))

    assert isinstance(outcome.exception, ConfigError)
    assert str(tmp_path / "none") in str(outcome.exception)
    assert [] == asked


def test_a_stale_answer_of_ours_fails(invoke: Callable[..., Result], result: DemoResult) -> None:
    """
    A stale answer through supaopt's cache makes the command fail.
    """
    stale = result.cache.model_copy(update={"stale_ours": 1})

    assert 1 == invoke(found=result.model_copy(update={"cache": stale})).exit_code


def test_a_wrong_list_of_ours_fails(invoke: Callable[..., Result], result: DemoResult) -> None:
    """
    A function whose answer differs from the loop's makes the command fail.
    """
    wrong = result.n_plus_one.model_copy(update={"equal": False})

    assert 1 == invoke(found=result.model_copy(update={"n_plus_one": wrong})).exit_code


def test_the_command_offers_every_size(invoke: Callable[..., Result]) -> None:
    """
    The sizes of the command are those of the demo.
    """
    helped = invoke("--help").stdout

    assert f"<{'|'.join(SIZES)}>" in helped


def test_an_unknown_size_is_refused() -> None:
    """
    A size that there is not is refused, and the message names those that there are.
    """
    with pytest.raises(ConfigError, match="size='huge': choose one of small, standard, large"):
        supaopt.demo.run(size="huge")
