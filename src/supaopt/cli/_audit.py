"""
``supaopt audit``: dangerous and slow uses of supabase-py in a codebase.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.syntax import Syntax
from rich.table import Table

from supaopt.audit import Settings, audit, find_rule, sarif
from supaopt.cli._console import err, harmless, out, print_json
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit import Finding, Rule

_COLOURS = {"SUP1": "red", "SUP2": "yellow", "SUP3": "magenta"}
_MOST_JOBS = 8


def _explain(wanted: str | None) -> None:
    if wanted is None:
        return
    try:
        rule = find_rule(wanted)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from None
    _print_rule(rule)
    raise typer.Exit


def audit_paths(  # noqa: PLR0917 - typer makes options of them
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders.", show_default="this folder")
    ] = [Path()],  # noqa: B006 - typer copies it
    select: Annotated[
        list[str], typer.Option(help="Codes to look for, such as SUP101 or SUP1.", metavar="CODE")
    ] = [],  # noqa: B006 - typer copies it
    ignore: Annotated[list[str], typer.Option(help="Codes to leave out.", metavar="CODE")] = [],  # noqa: B006 - typer copies it
    exclude: Annotated[
        list[str], typer.Option(help="Files and folders to leave out.", metavar="GLOB")
    ] = [],  # noqa: B006 - typer copies it
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 for one a core.")
    ] = 0,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 even with findings.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
    _rule: Annotated[
        str | None,
        typer.Option(
            "--explain",
            callback=_explain,
            is_eager=True,
            metavar="CODE",
            help="Say what a rule is about and exit.",
        ),
    ] = None,
) -> None:
    """
    Find dangerous and slow uses of supabase-py, without running any of the code.

    Settings stand in pyproject.toml, under [tool.supaopt.audit]; a line is left alone with
    # supaopt: ignore[CODE]. Exits with 1 when there are findings.
    """
    if json and as_sarif:
        raise typer.BadParameter("say --json or --sarif, not both")
    try:
        settings = Settings.from_pyproject(Path.cwd()).with_more(
            select=_split(select), ignore=_split(ignore), exclude=_split(exclude)
        )
        findings = _run(paths, settings, jobs or min(_MOST_JOBS, os.cpu_count() or 1))
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from None
    if json:
        print_json(_as_json(findings))
    elif as_sarif:
        print_json(sarif(findings))
    else:
        _print(findings)
    if findings and not exit_zero:
        raise typer.Exit(1)


def _split(values: list[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _run(paths: list[Path], settings: Settings, jobs: int) -> list[Finding]:
    columns = (TextColumn("audit"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("audit", total=None)
        return audit(
            paths,
            settings=settings,
            jobs=jobs,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _as_json(findings: list[Finding]) -> dict[str, Any]:
    return {
        "findings": [asdict(finding) for finding in findings],
        "counts": dict(sorted(Counter(finding.code for finding in findings).items())),
    }


def _print(findings: list[Finding]) -> None:
    for line in _lines(findings):
        out.print(line, highlight=False, soft_wrap=True)
    if findings:
        out.print(_summary(findings))
        out.print("supaopt audit --explain CODE says why, and shows the better form.")
    else:
        out.print("[green]Nothing found.[/]")


def _lines(findings: list[Finding]) -> Iterator[str]:
    for each in findings:
        place = f"[bold]{harmless(each.path)}[/]:{each.line}:{each.column}"
        yield f"{place} [bold {_colour(each.code)}]{each.code}[/] {harmless(each.message)}"
        yield f"    [cyan]help:[/] {harmless(each.help)}"


def _colour(code: str) -> str:
    return _COLOURS.get(code[:4], "white")


def _summary(findings: list[Finding]) -> Table:
    counts = Counter((finding.code, finding.name) for finding in findings)
    files = Counter(code for code, _ in {(each.code, each.path) for each in findings})
    table = Table("code", "rule", "findings", "files")
    for (code, name), count in sorted(counts.items()):
        table.add_row(f"[{_colour(code)}]{code}[/]", name, f"{count:,}", f"{files[code]:,}")
    every = len({finding.path for finding in findings})
    table.add_section()
    table.add_row("", "all", f"{len(findings):,}", f"{every:,}")
    return table


def _print_rule(rule: Rule) -> None:
    out.print(f"[bold {_colour(rule.code)}]{rule.code}[/] [bold]{rule.name}[/]\n")
    out.print(f"{escape(rule.why)}\n\n[cyan]help:[/] {escape(rule.help)}\n", highlight=False)
    for title, example in (("bad", rule.bad), ("good", rule.good)):
        out.print(f"[bold]{title}[/]")
        # Unwrapped, so that it can be copied.
        code = Syntax("", "python", background_color="default").highlight(example.strip())
        out.print(code, soft_wrap=True)
