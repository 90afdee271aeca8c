"""
Every column is asked for, whoever needs it.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._queries import Query, Step
    from supaopt.audit._source import Source

_STAR = re.compile(r"(?:^|[,(])\s*\*\s*(?:$|[,)])")


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        for step in query.own:
            if step.name != "select" or query.write or _counts_only(query, step):
                continue
            if _is_wide(step):
                yield Hit(step.call, "select of every column")


def _is_wide(step: Step) -> bool:
    columns = step.call.args
    if not columns:
        return not any(keyword.arg in {"columns", None} for keyword in step.call.keywords)
    return any(
        isinstance(column, ast.Constant)
        and isinstance(column.value, str)
        and _STAR.search(column.value) is not None
        for column in columns
    )


def _counts_only(query: Query, step: Step) -> bool:
    """Without rows, it does not matter which columns they would have."""
    if any(keyword.arg == "head" for keyword in step.call.keywords):
        return True
    limit = query.step("limit")
    size = limit.argument(0, "size") if limit else None
    return isinstance(size, ast.Constant) and size.value == 0


RULE = Rule(
    code="SUP201",
    name="select-star",
    why=(
        "Columns that nobody reads are read from disk, turned into JSON, sent and parsed; and a "
        "column added tomorrow, a secret one even, goes out to every caller by itself."
    ),
    help='name the columns: .select("id,name"), or a supaopt.selectors.Row',
    bad="""
from supabase import create_client

client = create_client("https://project.supabase.co", "sb_publishable_key")
names = client.table("clients").select("*").execute().data
""",
    good="""
from supabase import create_client

client = create_client("https://project.supabase.co", "sb_publishable_key")
names = client.table("clients").select("id,name").execute().data
""",
    check=_check,
)
