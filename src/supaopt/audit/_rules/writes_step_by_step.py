"""
Writes that belong together and may part.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source

# What nobody misses when it is lost.
_NOTES = re.compile(
    r"audit|activit|analytic|event|histor|log|metric|notif|usage|view", re.IGNORECASE
)


def _check(source: Source) -> Iterator[Hit]:
    told: set[ast.AST] = set()
    last: dict[int, Query] = {}
    for query in source.queries:
        body = _body(source, query)
        if body is None or not _counts(query):
            continue
        function = source.function_of(query.node)
        earlier = last.setdefault(id(body), query)
        if function is not None and earlier.table != query.table and function not in told:
            told.add(function)
            message = f"writes to {earlier.table} and {query.table} are two transactions"
            yield Hit(query.node, message)


def _counts(query: Query) -> bool:
    if not query.is_executed or query.write is None or not query.table:
        return False
    return query.step("rpc") is None and not _NOTES.search(query.table)


def _body(source: Source, query: Query) -> list[ast.stmt] | None:
    """Return the statements of a function, or of a `try` in it, among which a query stands."""
    child: ast.AST = query.node
    for around in source.scopes.around(query.node):
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.Try):
            return around.body if child in around.body else None
        if isinstance(around, ast.If | ast.For | ast.While | ast.AsyncFor | ast.Lambda | ast.Match):
            return None
        child = around
    return None


RULE = Rule(
    code="SUP304",
    name="writes-step-by-step",
    why=(
        "Every call is a transaction of its own: when the second fails, or the process ends "
        "between them, the first stays, and half of a thing is in the database."
    ),
    help=(
        "write both in one Postgres function and call it by rpc; `supaopt rpc new` makes the "
        "function and its typed wrapper of the steps"
    ),
    bad="""
from supabase import Client


def place(client: Client, order: dict, lines: list[dict]) -> None:
    client.table("orders").insert(order).execute()
    client.table("order_lines").insert(lines).execute()
""",
    good="""
from supabase import Client


def place(client: Client, order: dict, lines: list[dict]) -> None:
    client.rpc("place_order", {"p_order": order, "p_lines": lines}).execute()
""",
    check=_check,
)
