"""
The commands, put together.
"""

from __future__ import annotations

from typing import Annotated

import click
import typer

from supaopt import __version__
from supaopt.cli._console import err, print_error
from supaopt.errors import SupaoptError

app = typer.Typer(
    name="supaopt",
    help="Fast, safe and typed Supabase backends in Python.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    Run the command line and return its exit code.
    """
    try:
        # Without standalone mode typer returns the code of `typer.Exit` and raises the rest.
        result = app(standalone_mode=False)
    except SupaoptError as error:
        print_error(error)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        err.print("stopped")
        return 130
    return result if isinstance(result, int) else 0
