"""
A route reaches rows past row level security, for whoever calls it.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from supaopt.audit._parts import any_name, arguments_of, last_name
from supaopt.audit._rule import Hit, Rule
from supaopt.audit._scopes import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._handlers import Handler
    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source

# What is open on purpose, or proves its caller in a way of its own.
_OPEN = re.compile(
    r"auth|callback|contact|cron|health|hook|invit|log_?in|log_?out|newsletter|ping|public"
    r"|regist|reset|share|sign|status|subscri|task|token|verif|waitlist|worker|internal",
    re.IGNORECASE,
)
_CHECKS = re.compile(
    r"admin|allow|assert|auth|caller|check|credential|current|ensure|guard|header|identity|key"
    r"|login|member|permission|principal|require|role|secret|session|signature|token|verif|valid"
    r"|limit|owner|(?:^|_)(?:g|me|user)$|User$",
    re.IGNORECASE,
)


def _check(source: Source) -> Iterator[Hit]:
    told: set[Handler] = set()
    for query in source.queries:
        handler = source.handler_of(query.node)
        if handler is None or handler in told or not query.client.secret:
            continue
        if query.is_executed and _is_steered(query, handler) and _is_open(source, handler):
            told.add(handler)
            message = f"{handler.node.name} bypasses row level security for any caller"
            yield Hit(query.node, message)


def _is_steered(query: Query, handler: Handler) -> bool:
    """Say whether the caller chooses the rows or writes them."""
    given = {parameter.arg for parameter, _ in parameters(handler.node)}
    return any(
        any_name(given, argument)
        for step in [*query.filters, *([query.write] if query.write else [])]
        for argument in arguments_of(step.call)
    )


def _is_open(source: Source, handler: Handler) -> bool:
    if handler.route is None or len(handler.node.decorator_list) > 1:
        return False
    if _OPEN.search(handler.path) or _OPEN.search(handler.node.name):
        return False
    if "dependencies" in source.text or "before_request" in source.text:
        return False
    return not _checks_caller(source, handler) and not source.project.guards_routes


def _checks_caller(source: Source, handler: Handler) -> bool:
    for parameter, default in parameters(handler.node):
        words = [parameter.arg, *_words(parameter.annotation), *_words(default)]
        is_client = source.resolver.client(parameter.annotation or default) is not None
        is_injected = last_name(default) in {"Depends", "Security"} or "Depends" in words
        if not is_client and (is_injected or any(map(_CHECKS.search, words))):
            return True
    return any(
        _CHECKS.search(last_name(node.func) if isinstance(node, ast.Call) else node.id)
        for node in ast.walk(handler.node)
        if isinstance(node, ast.Call)
        or (isinstance(node, ast.Name) and source.resolver.client(node) is None)
    )


def _words(node: ast.AST | None) -> list[str]:
    if node is None:
        return []
    return [
        last_name(part) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)
    ]


RULE = Rule(
    code="SUP111",
    name="open-secret-route",
    why=(
        "A client with the secret or service_role key sees every row. In a route that nobody must "
        "sign in for, the caller picks other people's rows by changing an id."
    ),
    help=(
        "ask who calls, and query as them: Depends(require(auth, ...)) of supaopt.contrib.fastapi, "
        "and its caller.client"
    ),
    bad="""
import os

from fastapi import FastAPI
from supabase import create_client

app = FastAPI()
supabase = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_SERVICE_ROLE_KEY"])


@app.delete("/orders/{order_id}")
def cancel(order_id: str):
    return supabase.table("orders").delete().eq("id", order_id).execute().data
""",
    good="""
from typing import Annotated

from fastapi import Depends, FastAPI
from supaopt.auth import AsyncSupabaseAuth, AuthResult
from supaopt.contrib.fastapi import require

app = FastAPI()
auth = AsyncSupabaseAuth.from_env()


@app.delete("/orders/{order_id}")
async def cancel(order_id: str, caller: Annotated[AuthResult, Depends(require(auth))]):
    orders = caller.client.table("orders").delete().eq("id", order_id)
    return (await orders.execute()).data
""",
    check=_check,
)
