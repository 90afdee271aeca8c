"""
Queries that need nothing of each other wait for each other.
"""

from __future__ import annotations

import ast
from itertools import groupby
from typing import TYPE_CHECKING

from supaopt.audit._parts import names_in
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    reads = {query.node: query for query in source.queries if query.is_executed and query.is_read}
    for node in source.scopes.nodes if reads else ():
        for body in _bodies(node):
            for run in _runs(body, reads):
                if len(run) > 1:
                    message = f"{len(run)} independent queries wait for each other"
                    yield Hit(run[1].node, message)


def _bodies(node: ast.AST) -> list[list[ast.stmt]]:
    bodies = (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
    return [body for body in bodies if isinstance(body, list)]


def _runs(body: list[ast.stmt], reads: dict[ast.Call, Query]) -> Iterator[list[Query]]:
    """Yield the queries of statements in a row, cut where one reads what another has fetched."""
    for is_query, group in groupby(body, lambda statement: _awaited(statement, reads) is not None):
        if not is_query:
            continue
        run: list[Query] = []
        bound: set[str] = set()
        for statement in group:
            query = _awaited(statement, reads)
            assert query is not None
            assert isinstance(statement, ast.Assign)
            if bound & names_in(statement.value):
                yield run
                run, bound = [], set()
            run.append(query)
            bound |= {name for target in statement.targets for name in names_in(target)}
        yield run


def _awaited(statement: ast.stmt, reads: dict[ast.Call, Query]) -> Query | None:
    match statement:
        case ast.Assign(value=ast.Await(value=ast.Call() as call)):
            return reads.get(call)
        case ast.Assign(value=ast.Attribute(value=ast.Await(value=ast.Call() as call))):
            return reads.get(call)
        case _:
            return None


RULE = Rule(
    code="SUP207",
    name="awaits-in-a-row",
    why=(
        "Each await gives up its turn until the answer is there, and only then is the next query "
        "sent: the route takes the sum of the times where it could take the longest."
    ),
    help="send them together: await asyncio.gather(first.execute(), second.execute())",
    bad="""
from supabase import AsyncClient


async def dashboard(client: AsyncClient, user: str):
    orders = await client.table("orders").select("id,total").eq("user_id", user).execute()
    visits = await client.table("visits").select("id,page").eq("user_id", user).execute()
    return orders.data, visits.data
""",
    good="""
import asyncio

from supabase import AsyncClient


async def dashboard(client: AsyncClient, user: str):
    orders, visits = await asyncio.gather(
        client.table("orders").select("id,total").eq("user_id", user).execute(),
        client.table("visits").select("id,page").eq("user_id", user).execute(),
    )
    return orders.data, visits.data
""",
    check=_check,
)
