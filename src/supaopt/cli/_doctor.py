"""
``supaopt doctor``: what is dangerous, broken or slow in a live project.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from typing import Annotated, TypedDict

import typer
from rich.table import Table

from supaopt.cli._console import err, harmless, out, print_error, print_json
from supaopt.doctor import LEVELS, Finding, Level, Report, examine
from supaopt.errors import ConfigError, RequestError

_COLOURS: dict[Level, str] = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_UNUSABLE = 2


def doctor(
    db_url: Annotated[
        str | None,
        typer.Option(
            envvar=["SUPABASE_DB_URL", "DATABASE_URL"],
            help="Database URL; as the owner of the schemas most is seen. Read only.",
            show_default=False,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(envvar="SUPABASE_URL", help="The project's URL.", show_default=False),
    ] = None,
    fail_on: Annotated[
        Level, typer.Option(help="Exit with 1 when something at least that bad is found.")
    ] = "error",
    timeout: Annotated[float, typer.Option(help="Seconds that one step may take.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """
    Examine a live project and say what is dangerous, broken or slow, why, and what ends it.

    Keys come from the environment: SUPABASE_PUBLISHABLE_KEY or SUPABASE_ANON_KEY. Exits with 1
    when something is found that is as bad as --fail-on, and with 2 when nothing can be examined.
    """
    try:
        with err.status("examining"):
            report = examine(db_url, url=url, timeout=timeout, **_keys())
    except (ConfigError, RequestError) as error:
        print_error(error)
        raise typer.Exit(_UNUSABLE) from None
    if json:
        print_json(asdict(report) | {"counts": _counts(report)})
    else:
        _print(report)
    if report.at_least(fail_on):
        raise typer.Exit(1)


class _Keys(TypedDict):
    key: str | None
    knows_secret: bool


def _keys() -> _Keys:
    key = os.environ.get("SUPABASE_PUBLISHABLE_KEY") or os.environ.get("SUPABASE_ANON_KEY")
    return {"key": key, "knows_secret": bool(os.environ.get("SUPABASE_JWT_SECRET"))}


def _print(report: Report) -> None:
    if report.findings:
        table = Table("level", "where", "what, why and how to end it", show_lines=True)
        for finding in report.findings:
            table.add_row(*_row(finding))
        out.print(table)
    for each in report.skipped:
        out.print(f"[dim]not examined: {harmless(each.part)}: {harmless(each.reason)}[/]")
    out.print(", ".join(f"{number} {level}" for level, number in _counts(report).items()))


def _row(finding: Finding) -> tuple[str, str, str]:
    level = f"[{_COLOURS[finding.level]}]{finding.level}[/]"
    where = f"{harmless(finding.object)}\n[dim]{finding.code}[/]"
    what = f"[bold]{finding.title}[/]: {harmless(finding.detail)}"
    return level, where, f"{what}\n[green]>[/] {harmless(finding.remedy)}"


def _counts(report: Report) -> dict[Level, int]:
    found = Counter(finding.level for finding in report.findings)
    return {level: found[level] for level in LEVELS}
