"""
What makes reads slow: foreign keys without an index, and what the statistics of statements show.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from supaopt.doctor._model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Facts, Statement

_MANY_ROWS = 10_000
_WORST = 5
_MANY_CALLS = 1_000
_COSTLY_MS = 1_000
_COSTLY_SHARE = 0.05

# How PostgREST reads a table: every name qualified and quoted. A parenthesis after it would make
# it a function.
_READ = re.compile(
    r"^WITH pgrst_source AS \( *SELECT (?P<columns>.*?)"
    r' FROM "(?P<schema>[^"]+)"\."(?P<name>[^"]+)"(?! *\()'
)
_EQUALS = re.compile(r'WHERE +"[^"]+"\."[^"]+"\."(?P<column>[^"]+)" = \$\d')


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
            f"embeds over {key.name}, and deletes of what it refers to, look at all of about "
            f"{key.rows:,} rows",
            f"create index concurrently on {key.table} ({columns});",
        )


def costly_stars(facts: Facts) -> Iterator[Finding]:
    """
    Find the reads of every column of a table that take most of the database's time.
    """
    costly = [each for each in facts.statements or () if _is_costly_star(each)]
    for each in sorted(costly, key=lambda s: -s.total_ms)[:_WORST]:
        yield Finding(
            "select_star",
            "warning",
            "A costly read asks for every column",
            _table(each),
            f"select=* took {each.total_ms / 1_000:,.1f} s in {each.calls:,} calls, "
            f"{each.share:.0%} of the database's time",
            "name the columns that are used: supaopt.selectors, or .select('id, name')",
        )


def repeated_reads(facts: Facts) -> Iterator[Finding]:
    """
    Find reads of one row by one value, so many that they are probably made in a loop.
    """
    repeated = [each for each in facts.statements or () if _is_repeated(each)]
    for each in sorted(repeated, key=lambda s: -s.calls)[:_WORST]:
        column = _EQUALS.search(each.query)
        yield Finding(
            "n_plus_one",
            "warning",
            "Rows are probably read one by one in a loop",
            _table(each),
            f"{each.calls:,} reads by {column['column'] if column else 'key'} gave "
            f"{each.rows / each.calls:.1f} rows each, {each.share:.0%} of the database's time",
            "read them at once with in_(...), an embed, or one function: supaopt.rpc",
        )


def _is_costly_star(statement: Statement) -> bool:
    read = _READ.match(statement.query)
    return (
        read is not None
        and f'"{read["name"]}".*' in read["columns"]
        and statement.total_ms >= _COSTLY_MS
        and statement.share >= _COSTLY_SHARE
    )


def _is_repeated(statement: Statement) -> bool:
    return (
        _READ.match(statement.query) is not None
        and _EQUALS.search(statement.query) is not None
        and statement.calls >= _MANY_CALLS
        and statement.rows <= 2 * statement.calls
        and statement.share >= _COSTLY_SHARE
    )


def _table(statement: Statement) -> str:
    read = _READ.match(statement.query)
    return f"{read['schema']}.{read['name']}" if read else ""
