"""
What a call gives: a new client, or what a function of the project returns.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal

from supaopt.audit import _annotations
from supaopt.audit._keys import is_secret
from supaopt.audit._values import Class, Client, Dotted, Function, Instance, Made, share

if TYPE_CHECKING:
    from supaopt.audit._resolve import Resolver
    from supaopt.audit._values import Value

_Colour = Literal["sync", "async"]
_MAKERS: dict[str, _Colour] = {
    "create_client": "sync",
    "acreate_client": "async",
    "create_async_client": "async",
}
_DEPENDS = frozenset({"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends"})


def result(resolver: Resolver, node: ast.Call) -> Value | None:
    """
    Return what a call gives.
    """
    match called := resolver.value(node.func):
        case Function(returns=returns, cached=cached):
            return share(returns) if cached else returns
        case Class():
            return Instance(called, shared=False)
        case Dotted(name=name):
            return _foreign(resolver, node, name)
        case None:
            return _method(resolver, node)
        case _:
            return None


def _method(resolver: Resolver, node: ast.Call) -> Value | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "schema":
        return resolver.client(node.func.value)
    return None


def _foreign(resolver: Resolver, node: ast.Call, name: str) -> Value | None:
    if colour := made_colour(name):
        return Client(colour, secret=_has_secret_key(resolver, node), shared=False)
    first = node.args[0] if node.args else None
    if name in _DEPENDS and first is not None:
        provided = resolver.value(first)
        return provided.returns if isinstance(provided, Function) else None
    if name == "typing.cast":
        return _annotations.read(resolver, first, resolver.scopes.of(node))
    return Made(name)


def made_colour(name: str) -> _Colour | None:
    """
    Say which client a function of supabase-py makes, None when it makes none.
    """
    if not name.startswith("supabase."):
        return None
    if declared := _annotations.CLIENTS.get(name.removesuffix(".create")):
        return declared.colour
    return _MAKERS.get(name.rpartition(".")[2])


def key_of(node: ast.Call) -> ast.expr | None:
    """
    Return the key that a client is made with.
    """
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    return named.get("supabase_key") or (node.args[1] if len(node.args) > 1 else None)


def _has_secret_key(resolver: Resolver, node: ast.Call) -> bool | None:
    key = key_of(node)
    if key is None:
        return None
    expressions: list[ast.AST] = [key]
    if isinstance(key, ast.Name):
        owner = resolver.scopes.of(key).find(key.id)
        bindings = owner.bindings[key.id] if owner else []
        expressions += [each.value for each in bindings if each.value is not None]
    return is_secret(expressions)
