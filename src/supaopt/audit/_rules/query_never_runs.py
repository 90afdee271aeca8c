"""
A query that is written and never sent.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        around = source.scopes.parents.get(query.node)
        if isinstance(around, ast.Expr) and not query.is_executed and not query.goes_on:
            yield Hit(query.node, "this query is never sent", "end it with .execute()")
        elif query.client.colour == "async" and query.is_executed and _is_dropped(around):
            yield Hit(query.node, "this query is never awaited, so never sent")


def _is_dropped(around: ast.AST | None) -> bool:
    return isinstance(around, ast.Expr | ast.Attribute)


RULE = Rule(
    code="SUP301",
    name="query-never-runs",
    why=(
        "supabase-py sends a query when it is executed and, with an AsyncClient, awaited. Without "
        "that nothing happens, and no error says so."
    ),
    help="await it: (await ....execute()).data",
    bad="""
from supabase import Client


def log_in(client: Client, user: str) -> None:
    client.table("logins").insert({"user_id": user})
""",
    good="""
from supabase import Client


def log_in(client: Client, user: str) -> None:
    client.table("logins").insert({"user_id": user}).execute()
""",
    check=_check,
)
