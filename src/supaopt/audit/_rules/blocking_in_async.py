"""
A coroutine waits for the database and holds up everybody.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    told: set[ast.AST] = set()
    for query in source.queries:
        if query.client.colour != "sync" or not query.is_executed:
            continue
        function = source.function_of(query.node)
        if isinstance(function, ast.AsyncFunctionDef) and function not in told:
            told.add(function)
            yield Hit(query.node, f"{function.name} is async, and this client blocks its loop")


RULE = Rule(
    code="SUP204",
    name="blocking-in-async",
    why=(
        "While the synchronous client waits for the answer, the event loop does nothing else: no "
        "other request of this process goes on, and with a slow query all of them time out."
    ),
    help=(
        "await an AsyncClient (supabase.acreate_client), or make the route a plain `def`, which "
        "FastAPI runs in a thread"
    ),
    bad="""
from fastapi import FastAPI
from supabase import Client

app = FastAPI()


async def plans(client: Client):
    return client.table("plans").select("id,name").limit(50).execute().data
""",
    good="""
from fastapi import FastAPI
from supabase import AsyncClient

app = FastAPI()


async def plans(client: AsyncClient):
    return (await client.table("plans").select("id,name").limit(50).execute()).data
""",
    check=_check,
)
