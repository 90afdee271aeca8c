"""
``supaopt dev example``: the bundled learning platform in the local Supabase.
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress

from supaopt.cli._console import err, out, print_json
from supaopt.cli._dev import DEFAULT_STATE, Json, StateDir
from supaopt.errors import StackError


def example(
    state: StateDir = DEFAULT_STATE,
    students: Annotated[int, typer.Option(help="How many learners.", min=1)] = 500,
    seed: Annotated[int, typer.Option(help="Same seed, same data.")] = 7,
    as_json: Json = False,
) -> None:
    """
    Fill the running stack with the bundled learning platform and sample data.
    """
    from supaopt.local import LocalSupabase
    from supaopt.local.lms import Sizes, install

    stack = LocalSupabase.find(state)
    if stack is None:
        raise StackError(f"no stack runs in {state}: start one with supaopt dev up", part="state")
    sizes = Sizes(students=students, viewers=min(students, Sizes().viewers))
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("loading", total=sizes.total)
        rows = install(
            stack.db_url,
            sizes,
            seed=seed,
            on_rows=lambda _table, count: progress.advance(task, count),
        )
    stack.reload_schema()
    if as_json:
        print_json({"rows": rows})
    else:
        out.print(f"{sum(rows.values()):,} rows in {len(rows)} tables", highlight=False)
