"""
The commands, put together.
"""

from __future__ import annotations

from typing import Annotated

import typer

from supaopt import __version__
from supaopt.cli import _audit, _demo, _dev, _doctor, _example, _rpc, _selectors, _sql, _token
from supaopt.cli._console import print_error
from supaopt.errors import SupaoptError

app = typer.Typer(
    name="supaopt",
    help="Fast, safe and typed Supabase backends in Python.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("audit")(_audit.audit_paths)
app.command()(_demo.demo)
app.command()(_doctor.doctor)
_dev.app.command()(_example.example)
app.add_typer(_dev.app, name="dev")
app.add_typer(_rpc.app, name="rpc")
app.add_typer(_selectors.app, name="selectors")
app.add_typer(_sql.app, name="sql")
app.add_typer(_token.app, name="token")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"supaopt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def run() -> int:
    """
    Run the command line and return the exit code of a failure that supaopt itself explains.

    Typer answers everything else - success, wrong usage, Ctrl-C - by raising SystemExit.
    """
    try:
        app()
    except SupaoptError as error:
        print_error(error)
    return 1
