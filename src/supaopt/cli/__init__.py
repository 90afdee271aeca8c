"""
The ``supaopt`` command: prints and reports, holds no logic.
"""

from __future__ import annotations

import sys

from supaopt.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """
    Run the command line; the entry point of the ``supaopt`` script.

    Exits with 0 on success, 1 when something failed, 2 on wrong usage, 130 on Ctrl-C.
    """
    try:
        from supaopt.cli._app import run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in {"psycopg", "rich", "typer"}:
            raise
        sys.exit(f"supaopt: {MissingExtraError('cli', feature='the command line')}")
    sys.exit(run())
