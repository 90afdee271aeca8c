"""
``supaopt rpc``: declared functions, checked against a database and written for one.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from supaopt.cli._console import err, out, print_json
from supaopt.cli._modules import import_from_here
from supaopt.cli._selectors import Json  # noqa: TC001 - typer reads it
from supaopt.cli._sources import (
    ApiUrl,
    DatabaseUrl,
    Key,
    Schemas,
    Snapshot,
    catalog_of,
    functions_of,
)
from supaopt.errors import ConfigError
from supaopt.rpc import check, draft, find_atomic, find_functions, generate

app = typer.Typer(
    name="rpc",
    help="Declared functions: are they those of the database? And new ones.",
    no_args_is_help=True,
)

Modules = Annotated[list[str], typer.Argument(help="Modules that declare functions with @rpc.")]
Declarations = Annotated[
    list[str],
    typer.Argument(help="Modules that declare functions with @atomic; module:name for one."),
]


@app.command("check")
def check_modules(
    modules: Modules,
    *,
    db_url: DatabaseUrl = None,
    api_url: ApiUrl = None,
    key: Key = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
    json: Json = False,
) -> None:
    """
    Compare names, arguments, results, volatility, search_path and grants. Exits with 1 on drift.

    The API's document tells no results, search_path and grants.
    """
    import_from_here()
    functions = [function for module in modules for function in find_functions(module)]
    findings = check(functions, functions_of(db_url, schemas, api_url=api_url, key=key))
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


@app.command("generate")
def generate_module(
    *,
    db_url: DatabaseUrl = None,
    api_url: ApiUrl = None,
    key: Key = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
) -> None:
    """
    Print a module that declares the functions which the API can call.
    """
    print(generate(functions_of(db_url, schemas, api_url=api_url, key=key)), end="")


@app.command("new")
def new_functions(
    modules: Declarations,
    *,
    sql: Annotated[
        str | None,
        typer.Option(
            help="Write the migration to this file, into this folder under the time and its "
            "name, or to stdout (-).",
            show_default=False,
        ),
    ] = None,
    python: Annotated[
        str | None,
        typer.Option(
            help="Write the module of wrappers to this file, or to stdout (-).", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
    db_url: DatabaseUrl = None,
    snapshot: Snapshot = None,
    schemas: Schemas = ["public"],  # noqa: B006 - typer copies it
) -> None:
    """
    Write atomic functions from declared writes: a migration, and a typed wrapper of each.

    Without --sql and --python both are printed.
    """
    import_from_here()
    if db_url is None and snapshot is None:
        raise ConfigError("say --db-url or --snapshot, or set SUPABASE_DB_URL")
    found = [each for module in modules for each in find_atomic(module)]
    declared = list(dict.fromkeys(found))  # a module may import another's
    catalog = catalog_of(db_url, schemas, snapshot=snapshot)
    written_to = sorted({*schemas, *(each.schema for each in declared)})
    existing = functions_of(db_url, written_to) if db_url and not snapshot else None
    if existing is None:
        err.print(
            "A snapshot holds no functions: one of the same name with other arguments would stay "
            "beside the new one, and still be called."
        )
    written = draft(declared, catalog, existing=existing)
    if sql is None and python is None:
        sql = python = "-"
    if sql is not None and Path(sql).is_dir():
        sql = _in_folder(sql, "_".join(each.name for each in declared))
    files: dict[Path, str] = {}
    for text, wanted in ((written.sql, sql), (written.python, python)):
        if wanted == "-":
            print(text, end="")
        elif wanted is not None and Path(wanted) in files:
            raise ConfigError(f"{wanted}: --sql and --python name the same file")
        elif wanted is not None:
            files[Path(wanted)] = text
    _write(files, force=force)


def _in_folder(folder: str, name: str) -> str:
    # As the Supabase CLI names migrations, which run in the order of their names.
    return str(Path(folder) / f"{datetime.now(UTC):%Y%m%d%H%M%S}_{name[:100]}.sql")


def _write(files: dict[Path, str], *, force: bool) -> None:
    # None is written unless all can be.
    there = [str(path) for path in files if path.exists()]
    if there and not force:
        raise ConfigError(f"{', '.join(there)}: there is such a file; --force overwrites it")
    for path, text in files.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
        err.print(f"wrote {escape(str(path))}", highlight=False)
