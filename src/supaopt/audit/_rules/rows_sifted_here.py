"""
Rows travel only to be thrown away or put in order.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._parts import key_of, names_in
from supaopt.audit._results import uses_of
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        if not query.is_executed or not query.is_read or query.step("limit", "range"):
            continue
        uses = uses_of(source, query)
        if len(uses) == 1 and (what := _sifted(source, uses[0])):
            yield Hit(query.node, f"all rows are fetched to be {what} here")


def _sifted(source: Source, use: ast.AST) -> str:
    data = source.scopes.parents.get(use)
    if not isinstance(data, ast.Attribute) or data.attr != "data":
        return ""
    match source.scopes.parents.get(data):
        case ast.comprehension(target=ast.Name(id=row), ifs=[test]) as generator:
            only = generator.iter is data and _compares_column(test, row)
            return "filtered" if only else ""
        case ast.Call(func=ast.Name(id="sorted")) as call if data in call.args:
            return "sorted" if _sorts_by_column(call) else ""
        case _:
            return ""


def _compares_column(test: ast.expr, row: str) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            return _is_column(left, row) and row not in names_in(test.comparators[0])
        case _:
            return False


def _is_column(node: ast.expr, row: str) -> bool:
    found = key_of(node)
    return found is not None and isinstance(found[0], ast.Name) and found[0].id == row


def _sorts_by_column(call: ast.Call) -> bool:
    match call.keywords:
        case [ast.keyword(arg="key", value=ast.Lambda(args=args, body=body)), *_] if args.args:
            return _is_column(body, args.args[0].arg)
        case _:
            return False


RULE = Rule(
    code="SUP210",
    name="rows-sifted-here",
    why=(
        "The database finds the few rows by an index and sends no others; here all of them are "
        "sent and parsed first, up to the API's row cap, past which rows are missing."
    ),
    help='let Postgres do it: .eq("status", "open"), .order("name")',
    bad="""
from supabase import Client


def open_orders(client: Client):
    orders = client.table("orders").select("id,status").execute()
    return [order for order in orders.data if order["status"] == "open"]
""",
    good="""
from supabase import Client


def open_orders(client: Client):
    orders = client.table("orders").select("id,status").eq("status", "open").execute()
    return orders.data
""",
    check=_check,
)
