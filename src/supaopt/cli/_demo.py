"""
``supaopt demo``: what supaopt does for a Supabase backend, measured on this machine.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from supaopt.cli import _console
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from rich.progress import TaskID

    from supaopt.demo import DemoResult, TextTable


class Size(StrEnum):
    """
    How large the sample data may be.
    """

    SMALL = "small"
    STANDARD = "standard"
    LARGE = "large"


def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON, and nothing else.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Write the results as one HTML page with charts.", dir_okay=False),
    ] = None,
    size: Annotated[Size, typer.Option(help="How much sample data to load.")] = Size.STANDARD,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = 7,
) -> None:
    """
    Measure a Supabase backend before and after supaopt, on sample data.

    Starts a local Supabase in a temporary place, loads a learning
    platform's data, and measures authentication, an N+1 loop, the payload
    of every selector, and the cache beside one as it is often written,
    with stale answers counted while rows change. Leaves nothing behind.
    Fails if supaopt served a stale answer or a wrong list.
    """
    from supaopt.demo import run, to_html

    if report is not None:
        _check_writable(report)
    with _Steps() as steps:
        result = run(size=size.value, seed=seed, steps=steps)
    if report is not None:
        report.write_text(to_html(result), encoding="utf-8")
    if as_json:
        _console.print_json(result.model_dump(mode="json"))
    else:
        _print(result)
    if result.cache.stale_ours or not result.n_plus_one.equal:
        raise typer.Exit(1)


def _check_writable(report: Path) -> None:
    # Now, not after two minutes of measuring.
    if not os.access(report if report.exists() else report.parent, os.W_OK):
        raise ConfigError(
            f"the report cannot be written to {report}: name a file in a folder that you may write"
        )


class _Steps:
    # Shows a bar on a terminal, and in a log one line a step.

    def __init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
        self._bars = Progress(*columns, TimeElapsedColumn(), console=_console.err, transient=True)
        self._live = _console.err.is_terminal
        self._current: TaskID | None = None

    def __enter__(self) -> Self:
        if self._live:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._bars.stop()

    def step(self, name: str, total: int | None = None) -> Callable[[int], object]:
        if self._current is not None:
            self._bars.remove_task(self._current)
        self._current = task = self._bars.add_task(name, total=total)
        if not self._live:
            _console.err.print(f"{name} ...")
        return lambda count: self._bars.advance(task, count)


def _print(result: DemoResult) -> None:
    from supaopt.demo import caption, to_tables

    for table in to_tables(result):
        _console.out.print(_rendered(table))
    _console.out.print(caption(result.environment), style="dim", highlight=False)


def _rendered(table: TextTable) -> Table:
    rendered = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(table.columns):
        rendered.add_column(name, justify="right" if place else "left")
    for line in table.lines:
        rendered.add_row(*map(escape, line))
    return rendered
