"""
Rows travel only to be counted.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._results import uses_of
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_QUESTIONS = (ast.BoolOp, ast.Compare, ast.If, ast.IfExp, ast.UnaryOp, ast.While)


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        if query.is_executed and query.is_read and not query.step("limit", "range"):
            uses = uses_of(source, query)
            if uses and all(_is_counted(source, use) for use in uses):
                yield Hit(query.node, "rows are fetched only to be counted")


def _is_counted(source: Source, use: ast.AST) -> bool:
    """Say whether a result is read as ``len(result.data)``."""
    data = source.scopes.parents.get(use)
    if not isinstance(data, ast.Attribute) or data.attr != "data":
        return False
    call = source.scopes.parents.get(data)
    if isinstance(call, ast.BoolOp):  # len(result.data or [])
        call = source.scopes.parents.get(call)
    if not isinstance(call, ast.Call) or source.resolver.dotted(call.func) != "builtins.len":
        return False
    # `len(...) > 0` asks whether there is one, of what are mostly few.
    return not isinstance(source.scopes.parents.get(call), _QUESTIONS)


RULE = Rule(
    code="SUP206",
    name="rows-counted-here",
    why=(
        "Postgres counts faster than it sends, and the API sends at most 1,000 rows by default: "
        "from there on the number is wrong as well as slow."
    ),
    help='let Postgres count: .select("id", count="exact", head=True).execute().count',
    bad="""
from supabase import Client


def open_orders(client: Client) -> int:
    orders = client.table("orders").select("id").eq("is_open", True).execute()
    return len(orders.data)
""",
    good="""
from supabase import Client


def open_orders(client: Client) -> int:
    orders = client.table("orders").select("id", count="exact", head=True)
    return orders.eq("is_open", True).execute().count
""",
    check=_check,
)
