"""
Where the commands print: tables to stdout, progress and errors to stderr.
"""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.markup import escape

from supaopt.errors import StackError, SupaoptError

out = Console()
err = Console(stderr=True)


def print_json(value: Any) -> None:
    """
    Print *value* as JSON on stdout, free of colours and line wrapping.
    """
    print(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def harmless(text: str) -> str:
    """
    Return *text* as a table can show it, whoever wrote it.

    Neither rich nor the terminal may take a part of it for a command.
    """
    return escape("".join(c if c.isprintable() else ascii(c)[1:-1] for c in text))


def print_error(error: SupaoptError) -> None:
    """
    Print what went wrong and, for a part of the local Supabase, what it said last.
    """
    message, log = str(error), ""
    if isinstance(error, StackError):
        message, log = str(error.args[0]), error.log
    err.print(f"[bold red]supaopt:[/] {escape(message)}", highlight=False)
    if log:
        err.print(f"[dim]{escape(log)}[/]", highlight=False)
