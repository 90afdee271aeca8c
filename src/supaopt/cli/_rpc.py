"""
``supaopt rpc``: declared functions, checked against a database.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from supaopt.cli._console import out, print_json
from supaopt.cli._modules import import_from_here
from supaopt.cli._selectors import DatabaseUrl, Json, Schemas  # noqa: TC001 - typer reads them
from supaopt.errors import ConfigError
from supaopt.rpc import FunctionCatalog, check, find_functions

app = typer.Typer(
    name="rpc",
    help="Declared functions: are they those of the database?",
    no_args_is_help=True,
)

Modules = Annotated[list[str], typer.Argument(help="Modules that declare functions with @rpc.")]


@app.command("check")
def check_modules(
    modules: Modules,
    db_url: DatabaseUrl = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
    json: Json = False,
) -> None:
    """
    Compare names, arguments, results, volatility, search_path and grants. Exits with 1 on drift.
    """
    if db_url is None:
        raise ConfigError("say --db-url, or set SUPABASE_DB_URL")
    import_from_here()
    functions = [function for module in modules for function in find_functions(module)]
    findings = check(functions, FunctionCatalog.read(db_url, schemas=schemas))
    if json:
        print_json([asdict(finding) for finding in findings])
    elif findings:
        table = Table("function", "what is wrong", "meant")
        for finding in findings:
            table.add_row(
                *map(escape, (finding.function, finding.message, finding.suggestion or ""))
            )
        out.print(table)
    else:
        out.print(f"{len(functions)} functions are those of the database.")
    if findings:
        raise typer.Exit(1)


@app.callback()
def _group() -> None:
    # Keeps `check` a subcommand while it is the only one.
    pass
