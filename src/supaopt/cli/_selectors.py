"""
``supaopt selectors``: column sets, checked against a database.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from supaopt.cli._console import err, out, print_json
from supaopt.cli._modules import import_from_here
from supaopt.cli._sources import (
    ApiUrl,
    DatabaseUrl,
    Key,
    Schemas,
    Snapshot,
    catalog_of,
    client_of,
)
from supaopt.selectors import check, find_rows, generate, measure

if TYPE_CHECKING:
    from supaopt.selectors import Finding, Payload, Row

app = typer.Typer(
    name="selectors",
    help="Column sets: do they still fit the database?",
    no_args_is_help=True,
)

Modules = Annotated[list[str], typer.Argument(help="Modules that define row classes.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("check")
def check_modules(
    modules: Modules,
    *,
    db_url: DatabaseUrl = None,
    api_url: ApiUrl = None,
    key: Key = None,
    snapshot: Snapshot = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
    json: Json = False,
) -> None:
    """
    Compare every column, embed and type with a database, its API's OpenAPI document, or a
    snapshot. Exits with 1 on drift.
    """
    rows = _rows(modules)
    catalog = catalog_of(db_url, schemas, snapshot=snapshot, api_url=api_url, key=key)
    findings = check(rows, catalog)
    if json:
        print_json([asdict(finding) for finding in findings])
    elif findings:
        out.print(_table(findings))
    else:
        out.print(f"{len(rows)} column sets fit the database.")
    if catalog.is_partial:
        err.print(
            "The API's document does not tell foreign keys of several columns, names of "
            "constraints and unique keys; what depends on them was not compared."
        )
    if findings:
        raise typer.Exit(1)


@app.command("report")
def report_modules(
    modules: Modules,
    url: Annotated[
        str, typer.Option(envvar="SUPABASE_URL", help="The project's URL.", show_default=False)
    ],
    key: Annotated[
        str,
        typer.Option(
            envvar=["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"],
            help="A key that may read the tables.",
            show_default=False,
        ),
    ],
    rows: Annotated[int, typer.Option(help="Rows to fetch of each table.")] = 500,
    json: Json = False,
) -> None:
    """
    Measure the bytes that each column set saves against `*`, raw and compressed.
    """
    wanted = _rows(modules)
    with client_of(url, key) as client:
        found = [measure(client, row, rows=rows) for row in wanted]
    if json:
        print_json([_as_dict(payload) for payload in found])
        return
    table = Table("row", "table", "rows", "*", "set", "saved", "gzip saved", "heaviest column")
    for each in found:
        table.add_row(
            escape(each.row),
            escape(each.table),
            f"{each.rows:,}",
            f"{each.star_bytes:,}",
            f"{each.bytes:,}",
            f"[red]{each.saved_percent} %[/]" if each.saves_nothing else f"{each.saved_percent} %",
            f"{each.gzip_saved_percent} %",
            f"{escape(each.heaviest)} ({each.heaviest_percent} %)",
        )
    out.print(table)


def _as_dict(payload: Payload) -> dict[str, object]:
    derived = ("saved_percent", "gzip_saved_percent", "saves_nothing")
    return asdict(payload) | {name: getattr(payload, name) for name in derived}


@app.command("snapshot")
def write_snapshot(
    *,
    db_url: DatabaseUrl = None,
    api_url: ApiUrl = None,
    key: Key = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
) -> None:
    """
    Print what a database holds, for a check where there is no database.
    """
    print(catalog_of(db_url, schemas, api_url=api_url, key=key).dump(), end="")


@app.command("generate")
def generate_module(
    *,
    db_url: DatabaseUrl = None,
    api_url: ApiUrl = None,
    key: Key = None,
    snapshot: Snapshot = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
) -> None:
    """
    Print a module with a row class and an entity for each table.
    """
    catalog = catalog_of(db_url, schemas, snapshot=snapshot, api_url=api_url, key=key)
    print(generate(catalog), end="")


def _rows(modules: list[str]) -> list[type[Row]]:
    import_from_here()
    return [row for module in modules for row in find_rows(module)]


def _table(findings: list[Finding]) -> Table:
    table = Table("row", "field", "what is wrong", "meant")
    for finding in findings:
        table.add_row(
            *map(escape, (finding.row, finding.field, finding.message, finding.suggestion or ""))
        )
    return table
