"""
What makes reads slow: foreign keys without an index, and what the statistics of statements show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.doctor._model import Finding
from supaopt.doctor._statement import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Facts, Statement
    from supaopt.doctor._statement import Read

_MANY_ROWS = 10_000
_WORST = 5
_MANY_CALLS = 1_000
_COSTLY_MS = 1_000
_COSTLY_SHARE = 0.05


def foreign_keys(facts: Facts) -> Iterator[Finding]:
    """
    Find foreign keys that make embeds, joins and deletes look at a whole table.
    """
    for key in facts.foreign_keys or ():
        columns = ", ".join(key.columns)
        yield Finding(
            "unindexed_foreign_keys",
            "warning" if key.rows >= _MANY_ROWS else "info",
            "A foreign key has no index",
            f"{key.table} ({columns})",
            f"embeds over {key.name}, and deletes of what it refers to, look at the whole table "
            f"(about {key.rows:,} rows)",
            f"create index concurrently on {key.table} ({columns});",
        )


def costly_stars(facts: Facts) -> Iterator[Finding]:
    """
    Find the reads of every column of a table that take most of the database's time.
    """
    costly = [(each, read) for each, read in _reads(facts) if read.is_star and _is_costly(each)]
    for each, read in sorted(costly, key=lambda pair: -pair[0].total_ms)[:_WORST]:
        yield Finding(
            "select_star",
            "warning",
            "A costly read asks for every column",
            read.table,
            f"select=* took {each.total_ms / 1_000:,.1f} s in {each.calls:,} calls, "
            f"{each.share:.0%} of the database's time",
            "name the columns that are used: supaopt.selectors, or .select('id, name')",
        )


def repeated_reads(facts: Facts) -> Iterator[Finding]:
    """
    Find reads of one row by one value, so many that they are probably made in a loop.
    """
    repeated = [(each, read) for each, read in _reads(facts) if read.key and _is_repeated(each)]
    for each, read in sorted(repeated, key=lambda pair: -pair[0].calls)[:_WORST]:
        yield Finding(
            "n_plus_one",
            "warning",
            "Rows are probably read one by one in a loop",
            read.table,
            f"{each.calls:,} reads by {read.key} gave "
            f"{each.rows / each.calls:.1f} rows each, {each.share:.0%} of the database's time",
            "read them at once with in_(...), an embed, or one function: supaopt.rpc",
        )


def _reads(facts: Facts) -> Iterator[tuple[Statement, Read]]:
    for statement in facts.statements or ():
        read = parse(statement.query)
        if read is not None and statement.share >= _COSTLY_SHARE:
            yield statement, read


def _is_costly(statement: Statement) -> bool:
    return statement.total_ms >= _COSTLY_MS


def _is_repeated(statement: Statement) -> bool:
    return statement.calls >= _MANY_CALLS and statement.rows <= 2 * statement.calls
