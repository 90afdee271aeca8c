"""
Every request makes a client of its own, with its own connections.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._calls import made_colour
from supaopt.audit._rule import Hit, Rule
from supaopt.audit._values import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_DEPENDS = frozenset({"fastapi.Depends", "fastapi.Security"})


def _check(source: Source) -> Iterator[Hit]:
    providers = _providers(source)
    for call in source.calls():
        if made_colour(source.resolver.dotted(call.func)) is None:
            continue
        function = source.function_of(call)
        if function in source.handlers or function in providers:
            yield Hit(call, "every request makes a new client")


def _providers(source: Source) -> set[ast.AST]:
    """Return what FastAPI calls for each request, without functions that keep their result."""
    found: set[ast.AST] = set()
    for call in source.calls():
        if source.resolver.dotted(call.func) in _DEPENDS and call.args:
            name = call.args[0]
            owner = source.scopes.of(name).find(name.id) if isinstance(name, ast.Name) else None
            for binding in owner.bindings[name.id] if owner and isinstance(name, ast.Name) else ():
                function = source.resolver.value(binding.value)
                if binding.value and isinstance(function, Function) and not function.cached:
                    found.add(binding.value)
    return found


RULE = Rule(
    code="SUP203",
    name="client-per-request",
    why=(
        "create_client takes 120 to 170 ms, most of it for TLS settings, and its first query "
        "opens new connections to the database's API, which nobody closes."
    ),
    help=(
        "make it once, when the application starts; for a client that acts as the caller take "
        "supaopt's caller.client, which costs 0.1 ms"
    ),
    bad="""
import os

from fastapi import FastAPI
from supabase import create_client

app = FastAPI()


@app.get("/plans")
def plans():
    client = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])
    return client.table("plans").select("id,name").limit(50).execute().data
""",
    good="""
import os

from fastapi import FastAPI
from supabase import create_client

app = FastAPI()
client = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])


@app.get("/plans")
def plans():
    return client.table("plans").select("id,name").limit(50).execute().data
""",
    check=_check,
)
