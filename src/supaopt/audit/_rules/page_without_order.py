"""
Pages of rows in no order.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        page = query.step("range", "offset")
        if page and query.is_executed and _reads(query) and not query.step("order"):
            start = page.argument(0)
            if not isinstance(start, ast.Constant):
                yield Hit(page.call, "pages without an order repeat rows and leave others out")


def _reads(query: Query) -> bool:
    return query.step("select") is not None and query.write is None


RULE = Rule(
    code="SUP302",
    name="page-without-order",
    why=(
        "Without `order by` Postgres returns rows as it finds them, and finds them differently "
        "after an update or beside another scan: what page 1 showed comes again on page 2, and "
        "other rows on none."
    ),
    help=(
        '.order("created_at").order("id"), which no two rows share; far pages cost less by '
        "supaopt's select(...).iterate()"
    ),
    bad="""
from supabase import Client


def page(client: Client, number: int):
    first = number * 50
    return client.table("orders").select("id,total").range(first, first + 49).execute().data
""",
    good="""
from supabase import Client


def page(client: Client, number: int):
    first = number * 50
    orders = client.table("orders").select("id,total").order("id")
    return orders.range(first, first + 49).execute().data
""",
    check=_check,
)
