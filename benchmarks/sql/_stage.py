"""
A database to measure on, its load generator, and how figures are shown.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg
from rich.console import Console
from rich.table import Table

from supaopt._adapters.sql import apply
from supaopt.local import LocalSupabase
from supaopt.local._packages import postgres_tool
from supaopt.sql import assets, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Connection = psycopg.Connection[tuple[Any, ...]]

Figure = dict[str, Any]
"""One measured line: names and numbers."""


@contextmanager
def stage() -> Iterator[tuple[LocalSupabase, Connection]]:
    """
    Start a local Supabase that flushes to disk, and install both sets in it.

    Yields:
        The stack, and a connection of the database's owner in autocommit mode.
    """
    with tempfile.TemporaryDirectory(prefix="supaopt-bench-") as folder:  # noqa: SIM117 - the stack ends first
        with LocalSupabase(folder) as stack:
            with psycopg.connect(stack.db_url, autocommit=True) as owner:
                owner.execute(reference("schema").encode())
                apply(stack.db_url, assets("core", "lms"))
                yield stack, owner


def pgbench(url: str, script: str, *, clients: int, seconds: int) -> float:
    """
    Run *script* from many connections for a while.

    Args:
        url: Database to run on.
        script: Commands of pgbench.
        clients: Connections.
        seconds: How long.

    Returns:
        Transactions per second.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".pgbench") as file:
        file.write(script)
        file.flush()
        finished = subprocess.run(
            [
                *(postgres_tool("pgbench"), "-n", "-M", "prepared", "--max-tries=10"),
                *("-c", str(clients), "-j", "2", "-T", str(seconds), "-f", file.name, url),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"^tps = ([0-9.]+)", finished.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(finished.stderr or finished.stdout)
    return float(found[1])


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """
    Measure each thing once a round, so that a slow moment of the machine meets all of them.

    Returns:
        The median of each.
    """
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: median(values) for name, values in taken.items()}


def milliseconds(call: Callable[[], Any]) -> float:
    """
    Return how long *call* took.
    """
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def arguments(description: str | None) -> argparse.Namespace:
    """
    Read the options that every benchmark has.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--seconds", type=int, default=4, help="length of one load")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, of which the median")
    return parser.parse_args()


def show(title: str, figures: Sequence[Figure], file: Path | None) -> None:
    """
    Print figures as a table, and write them as JSON where asked.
    """
    table = Table(title=title)
    for name in figures[0]:
        table.add_column(name, justify="left" if name == "what" else "right")
    for figure in figures:
        table.add_row(*(f"{v:,.2f}" if isinstance(v, float) else str(v) for v in figure.values()))
    Console(width=120).print(table)
    if file is not None:
        file.write_text(json.dumps({"title": title, "figures": list(figures)}, indent=2))
