"""
The client that serves everybody is given the caller's token.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for node in source.scopes.nodes:
        owner = _changed(node)
        client = source.resolver.client(owner)
        if client and client.shared and source.function_of(node) is not None:
            assert isinstance(node, ast.expr | ast.stmt)
            yield Hit(node, "a shared client is given one caller's token")


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the client whose authorisation a statement changes."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="auth", value=ast.Attribute(attr="postgrest", value=owner))
        ):
            return owner
        case ast.Call(func=ast.Attribute(attr="update", value=headers)):
            return _owner(headers)
        case ast.Assign(targets=[ast.Subscript(value=headers)]):
            return _owner(headers)
        case _:
            return None


def _owner(headers: ast.expr) -> ast.expr | None:
    """Return the client in ``client.options.headers`` and its like."""
    match headers:
        case ast.Attribute(attr="headers", value=ast.Attribute(attr=part, value=owner)) if part in {
            *("options", "postgrest", "session"),
        }:
            inner = owner.value if isinstance(owner, ast.Attribute) else None
            return inner if part == "session" else owner
        case _:
            return None


RULE = Rule(
    code="SUP103",
    name="shared-token",
    why=(
        "Between setting the token and sending the query another request may set its own: one "
        "user's query then runs with another's rights. And whoever sets none inherits the last."
    ),
    help=(
        "use a client that belongs to the request: supaopt's caller.client, or one made here "
        "with its own headers"
    ),
    bad="""
import os

from supabase import Client, create_client

supabase: Client = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])


def orders_of(token: str):
    supabase.postgrest.auth(token)
    return supabase.table("orders").select("id,total").execute().data
""",
    good="""
from supaopt.auth import SupabaseAuth

auth = SupabaseAuth.from_env()


def orders_of(token: str):
    caller = auth.authenticate(token)
    return caller.client.table("orders").select("id,total").execute().data
""",
    check=_check,
)
