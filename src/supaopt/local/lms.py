"""
Sample data for the learning platform: the same seed gives the same rows, on any day.

Examples:
    >>> from supaopt.local import LocalSupabase
    >>> from supaopt.local.lms import Sizes, install
    >>> with LocalSupabase() as stack:  # doctest: +SKIP
    ...     install(stack.db_url, Sizes(students=500, viewers=100), seed=7)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from supaopt import sql as assets
from supaopt._adapters.sql import apply
from supaopt.errors import ConfigError
from supaopt.local import _lms_activity as activity
from supaopt.local import _lms_rows as rows
from supaopt.local._lms_sample import Sample, Sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from supaopt.local._lms_rows import Row

__all__ = ["TABLES", "Sizes", "install", "load", "table_rows"]

# In the order that foreign keys demand; the functions are named after their tables.
_GENERATORS: Final = (
    rows.clients,
    rows.profiles,
    rows.products,
    rows.job_readiness_products,
    rows.client_product_assignments,
    rows.modules,
    rows.lessons,
    rows.students,
    rows.assessment_questions,
    activity.assessment_module_questions,
    activity.student_module_progress,
    activity.assessment_progress,
    activity.job_readiness_expert_sessions,
    activity.job_readiness_expert_session_products,
    activity.job_readiness_expert_session_progress,
    activity.job_readiness_submissions,
)

_STEP: Final = 250  # rows between two reports of progress

TABLES: Final = tuple(generate.__name__ for generate in _GENERATORS)
"""The tables that `load` fills, each after those that it refers to."""


def table_rows(table: str, sizes: Sizes | None = None, *, seed: int = 7) -> Iterator[Row]:
    """
    Yield the rows of one table as columns by name.

    Args:
        table: One of `TABLES`.
        sizes: How many rows there are; `Sizes()` when None.
        seed: What every value is drawn from.

    Examples:
        >>> next(table_rows("clients"))["name"]
        'Saraswati College of Engineering, Bengaluru'
    """
    generate = _GENERATORS[TABLES.index(table)]
    return generate(Sample(seed, sizes or Sizes()))


def install(
    conninfo: str,
    sizes: Sizes | None = None,
    *,
    seed: int = 7,
    on_rows: Callable[[str, int], object] = lambda _table, _count: None,
) -> dict[str, int]:
    """
    Make the learning platform: its tables, its data, and the database side of supaopt on top.

    Args:
        conninfo: Database URL of the role that is to own everything.
        sizes: How many rows there are; `Sizes()` when None.
        seed: What every value is drawn from.
        on_rows: As for `load`.

    Returns:
        Rows by table.

    Raises:
        ConfigError: The database has a table of that name already.
        ResponseError: The database refuses the SQL.
    """
    with psycopg.connect(conninfo) as connection:
        _refuse_occupied(connection)
        connection.execute(assets.reference("schema").encode())
        # Before the tables are watched: nobody has cached anything that these rows could end.
        counts = load(connection, sizes, seed=seed, on_rows=on_rows)
    apply(conninfo, assets.assets("core", "lms"))
    return counts


def _refuse_occupied(connection: psycopg.Connection) -> None:
    for table in TABLES:
        row = connection.execute("select to_regclass(%s)", (f"public.{table}",)).fetchone()
        if row != (None,):
            raise ConfigError(
                f"there is a table public.{table} already; the learning platform goes into a "
                "database without its tables"
            )


def load(
    connection: psycopg.Connection,
    sizes: Sizes | None = None,
    *,
    seed: int = 7,
    on_rows: Callable[[str, int], object] = lambda _table, _count: None,
) -> dict[str, int]:
    """
    Fill the learning platform's tables, all or nothing, and tell the planner what is in them.

    Args:
        connection: The database, as the owner of its tables; they are empty.
        sizes: How many rows there are; `Sizes()` when None.
        seed: What every value is drawn from.
        on_rows: Told the table and how many of its rows have been sent since the last call.

    Returns:
        Rows by table.

    Raises:
        psycopg.Error: A table is missing or holds such rows already.
    """
    with connection.transaction():
        counts = {
            table: _copy(connection, table, table_rows(table, sizes, seed=seed), on_rows)
            for table in TABLES
        }
        for table in TABLES:
            connection.execute(sql.SQL("analyze public.{}").format(sql.Identifier(table)))
        return counts


def _copy(
    connection: psycopg.Connection,
    table: str,
    found: Iterator[Row],
    on_rows: Callable[[str, int], object],
) -> int:
    first = next(found, None)
    if first is None:
        return 0
    statement = sql.SQL("copy public.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(",").join(map(sql.Identifier, first))
    )
    count = 1
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(tuple(first.values()))
        for count, row in enumerate(found, start=2):
            copy.write_row(tuple(row.values()))
            if count % _STEP == 0:
                on_rows(table, _STEP)
    on_rows(table, count % _STEP)
    return count
