"""
``supaopt sql``: the database side, to look at, to print as a migration, to install, to check.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import Annotated

import typer
from rich.table import Table

from supaopt.cli._console import err, out, print_json
from supaopt.errors import ConfigError
from supaopt.sql import SETS, assets, script

app = typer.Typer(
    name="sql",
    help="The database side: SQL files for your own migrations, or installed from here.",
    no_args_is_help=True,
)

Sets = Annotated[
    list[str] | None,
    typer.Argument(help=f"Sets: {', '.join(SETS)}. Default: core.", show_default=False),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--db-url",
        envvar=["SUPABASE_DB_URL", "DATABASE_URL"],
        help="Database URL of the role that owns, or is to own, what is installed.",
        show_default=False,
        show_envvar=True,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_COLOURS = {"installed": "green", "outdated": "yellow", "changed": "red", "missing": "red"}


@app.command("list")
def list_assets(sets: Sets = None, json: Json = False) -> None:
    """
    List the files in the order in which they run.
    """
    found = assets(*(sets or ()))
    if json:
        print_json(
            [{"path": a.path, "set": a.set, "kind": a.kind, "checksum": a.checksum} for a in found]
        )
        return
    table = Table("set", "kind", "name", "checksum")
    for asset in found:
        table.add_row(asset.set, asset.kind, asset.name, asset.checksum[:12])
    out.print(table)


@app.command("print")
def print_sql(
    sets: Sets = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder, such as supabase/migrations, to write one timestamped file a set into.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """
    Print the SQL as one text, or write it as migrations of your own.
    """
    if output is None:
        print(script(*(sets or ())))
        return
    if not output.is_dir():
        raise ConfigError(f"{output} is no folder; create it first (supabase init does)")
    now = datetime.now(UTC)
    for position, name in enumerate(name for name in SETS if name in (sets or ["core"])):
        stamp = int(now.strftime("%Y%m%d%H%M%S")) + position
        path = output / f"{stamp}_supaopt_{name}.sql"
        path.write_text(script(name), encoding="utf-8")
        out.print(f"wrote {path}", highlight=False, soft_wrap=True)


@app.command("apply")
def apply_sql(sets: Sets = None, db_url: DatabaseUrl = None, json: Json = False) -> None:
    """
    Install the files in one transaction; a second time changes nothing.
    """
    from supaopt._adapters.sql import apply

    url = _required(db_url)
    with err.status("installing"):
        ran = apply(url, assets(*(sets or ())))
    if json:
        print_json({"ran": ran})
        return
    kinds = Counter(path.split("/")[1] for path in ran)
    out.print(", ".join(f"{number} {kind}" for kind, number in kinds.items()) + " in place")


@app.command("status")
def show_status(sets: Sets = None, db_url: DatabaseUrl = None, json: Json = False) -> None:
    """
    Compare the files with a database; exit with 1 unless all are installed.
    """
    from supaopt._adapters.sql import status

    found = status(_required(db_url), assets(*(sets or ())))
    if json:
        print_json([asdict(item) for item in found])
    else:
        table = Table("file", "state")
        for item in found:
            table.add_row(item.path, f"[{_COLOURS[item.state]}]{item.state}[/]")
        out.print(table)
    if any(item.state != "installed" for item in found):
        raise typer.Exit(1)


@app.command("diff")
def show_diff(sets: Sets = None, db_url: DatabaseUrl = None) -> None:
    """
    Show how the functions in a database differ from the files; exit with 1 if they do.
    """
    from supaopt._adapters.sql import diff

    text = diff(_required(db_url), assets(*(sets or ())))
    print(text, end="")
    if text:
        raise typer.Exit(1)


def _required(db_url: str | None) -> str:
    if not db_url:
        raise ConfigError("no database: pass --db-url or set SUPABASE_DB_URL")
    return db_url
