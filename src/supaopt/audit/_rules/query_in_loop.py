"""
One query for every row of another.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._parts import FUNCTIONS, arguments_of, names_in
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source

_BATCHES = frozenset({"in_", "insert", "upsert"})


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        names = _loop_names(source, query) if query.is_executed else frozenset()
        if names and _depends(query, names):
            yield Hit(query.node, "one query for every turn of the loop")


def _loop_names(source: Source, query: Query) -> frozenset[str]:
    """Return the names that change with every turn of the loops around a query."""
    names: set[str] = set()
    child: ast.AST = query.node
    for around in source.scopes.around(query.node):
        if isinstance(around, FUNCTIONS):
            break
        if isinstance(around, ast.For | ast.AsyncFor) and child in around.body:
            if _is_over_rows(around.iter):
                names |= _changing(around)
        elif isinstance(around, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for generator in around.generators:
                if child is not generator and _is_over_rows(generator.iter):
                    names |= names_in(generator.target)
        child = around
    return frozenset(names)


def _is_over_rows(iterated: ast.expr) -> bool:
    """Literal lists are short, and what counts does so for pages, chunks and attempts."""
    match iterated:
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Constant():
            return False
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name not in {"range", "count"} and not _is_chunking(name)
        case _:
            return True


def _is_chunking(name: str) -> bool:
    return any(word in name.casefold() for word in ("chunk", "batch", "page"))


def _changing(loop: ast.For | ast.AsyncFor) -> set[str]:
    """Return a loop's target and what its body computes from it."""
    names = names_in(loop.target)
    for statement in loop.body:
        if isinstance(statement, ast.Assign) and names & names_in(statement.value):
            for target in statement.targets:
                names |= names_in(target) if isinstance(target, ast.Name | ast.Tuple) else set()
    return names


def _depends(query: Query, names: frozenset[str]) -> bool:
    """Say whether a turn asks for one row of its own, rather than a table or a batch."""
    for step in query.steps:
        arguments = arguments_of(step.call)
        named = any(names & names_in(argument) for argument in arguments)
        if named and step.name in {"table", "from_", "schema", "range"}:
            return False
        if step.name in _BATCHES and any(_is_batch(argument, names) for argument in arguments):
            return False
    return any(
        names & names_in(argument) for step in query.steps for argument in arguments_of(step.call)
    )


def _is_batch(argument: ast.expr, names: frozenset[str]) -> bool:
    return isinstance(argument, ast.Name | ast.List | ast.ListComp) and bool(
        names & names_in(argument)
    )


RULE = Rule(
    code="SUP202",
    name="query-in-loop",
    why=(
        "Every query crosses the network, the gateway and the API: 20 rows make 21 round trips "
        "where one would do, and the time grows with the data."
    ),
    help=(
        'ask once: .in_("id", ids), an embed such as .select("id,lines(id,total)"), '
        "one insert of a list of rows, or a function by rpc"
    ),
    bad="""
from supabase import Client


def with_lines(client: Client, orders: list[dict]):
    for order in orders:
        lines = client.table("lines").select("id,total").eq("order_id", order["id"]).execute()
        order["lines"] = lines.data
    return orders
""",
    good="""
from supabase import Client


def with_lines(client: Client, ids: list[str]):
    return client.table("orders").select("id,lines(id,total)").in_("id", ids).execute().data
""",
    check=_check,
)
