"""
``supaopt selectors``: column sets, checked against a database.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

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
from supaopt.errors import ResponseError
from supaopt.selectors import Statistics, check, estimate, find_rows, generate, measure

if TYPE_CHECKING:
    from supaopt.selectors import Finding, Payload, Row, Traffic

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
    *,
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
    db_url: DatabaseUrl = None,
    rows_per_answer: Annotated[
        int, typer.Option(min=1, help="Rows to assume in an answer, where PostgREST hides them.")
    ] = 50,
    json: Json = False,
) -> None:
    """
    Measure the bytes that each column set saves against `*`, raw and compressed; with a database
    URL also gigabytes a month, from pg_stat_statements.
    """
    wanted = _rows(modules)
    statistics = _statistics(db_url)  # before there are reads of our own
    with client_of(url, key) as client:
        found = [measure(client, row, rows=rows) for row in wanted]
    traffic = [
        estimate(payload, row, statistics, rows_per_answer=rows_per_answer) if statistics else None
        for payload, row in zip(found, wanted, strict=True)
    ]
    if json:
        print_json([_as_dict(*pair) for pair in zip(found, traffic, strict=True)])
        return
    out.print(_weights(found))
    if statistics:
        out.print(_months(found, traffic))
        _explain(statistics, rows_per_answer, traffic)


def _statistics(db_url: str | None) -> Statistics | None:
    if db_url is None:
        err.print("No gigabytes a month: say --db-url to read pg_stat_statements.")
        return None
    try:
        return Statistics.read(db_url)
    except ResponseError as error:
        err.print(f"No gigabytes a month: {escape(str(error))}", highlight=False)
        return None


def _weights(found: list[Payload]) -> Table:
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
    return table


def _months(found: list[Payload], traffic: list[Traffic | None]) -> Table:
    table = Table(
        "row", "table", "answers a month", "GB", "answers of *", "GB of *", "GB it would save"
    )
    for payload, each in zip(found, traffic, strict=True):
        if each and (each.answers or each.star_answers):
            table.add_row(
                escape(payload.row),
                escape(payload.table),
                f"{each.answers:,.0f}",
                f"{each.gigabytes:,.3f}",
                f"{each.star_answers:,.0f}",
                f"{each.star_gigabytes:,.3f}",
                f"{each.saved_gigabytes:,.3f}",
            )
    return table


def _explain(statistics: Statistics, rows_per_answer: int, traffic: list[Traffic | None]) -> None:
    out.print(
        f"An estimate from {statistics.days:,.1f} days of pg_stat_statements, as 30 days: rows x "
        "measured bytes a row, as JSON before compression.",
        highlight=False,
    )
    if any(each and each.is_assumed for each in traffic):
        out.print(
            f"PostgREST hides how many rows an answer has: {rows_per_answer} are assumed, or the "
            "table's, if it has fewer (--rows-per-answer).",
            highlight=False,
        )
    if statistics.forgot:
        out.print("pg_stat_statements ran out of room and forgot some: there was more.")
    if statistics.days < 1:
        out.print("Less than a day was counted, which says little of a month.")


def _as_dict(payload: Payload, traffic: Traffic | None) -> dict[str, Any]:
    derived = ("saved_percent", "gzip_saved_percent", "saves_nothing")
    told = asdict(payload) | {name: getattr(payload, name) for name in derived}
    return told | {"month": asdict(traffic) if traffic else None}


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
