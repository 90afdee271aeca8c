"""
Which client a type annotation promises.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from supaopt.audit._values import Class, Client, Dotted, Instance, merge, refine

if TYPE_CHECKING:
    from supaopt.audit._resolve import Resolver
    from supaopt.audit._scopes import Scope
    from supaopt.audit._values import Value

CLIENTS = {
    "supabase.Client": Client(colour="sync"),
    "supabase.SyncClient": Client(colour="sync"),
    "supabase.client.Client": Client(colour="sync"),
    "supabase.client.SyncClient": Client(colour="sync"),
    "supabase._sync.client.Client": Client(colour="sync"),
    "supabase._sync.client.SyncClient": Client(colour="sync"),
    "supabase.AClient": Client(colour="async"),
    "supabase.AsyncClient": Client(colour="async"),
    "supabase.client.AsyncClient": Client(colour="async"),
    "supabase._async.client.AsyncClient": Client(colour="async"),
    "supabase.lib.client.Client": Client(colour="sync"),
}
# Generic types that hold, give or end in what their first argument says.
_WRAPPERS = frozenset(
    {
        *("Annotated", "Optional", "ClassVar", "Final", "Awaitable"),
        *("Generator", "Iterator", "Iterable"),
        *("AsyncGenerator", "AsyncIterator", "AsyncIterable"),
    }
)
_NAME = re.compile(r"\w+(?:\.\w+)*")


def read(resolver: Resolver, annotation: ast.AST | None, scope: Scope) -> Value | None:
    """
    Return what an annotation promises, None when it is no client.
    """
    match annotation:
        case ast.Name() | ast.Attribute():
            return _promised(resolver.value(annotation))
        case ast.Constant(value=str(text)):
            return _text(resolver, text, scope)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return merge(read(resolver, part, scope) for part in (left, right))
        case ast.Subscript():
            return _subscript(resolver, annotation, scope)
        case _:
            return None


def _promised(value: Value | None) -> Value | None:
    match value:
        case Dotted(name=name):
            return CLIENTS.get(name)
        case Class():
            return Instance(value)
        case Client():  # the alias of an annotation
            return value
        case _:
            return None


def _text(resolver: Resolver, text: str, scope: Scope) -> Value | None:
    names = [name for name in _NAME.findall(text) if name.rpartition(".")[2] not in _WRAPPERS]
    return merge(_promised(_named(resolver, name, scope)) for name in names)


def _named(resolver: Resolver, name: str, scope: Scope) -> Value | None:
    first, *rest = name.split(".")
    value = resolver.named(first, scope)
    for each in rest:
        value = resolver.member(value, each)
    return value


def _subscript(resolver: Resolver, node: ast.Subscript, scope: Scope) -> Value | None:
    generic = resolver.dotted(node.value).rpartition(".")[2]
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if generic == "Union":
        return merge(read(resolver, part, scope) for part in parts)
    if generic not in _WRAPPERS or not parts:
        return None
    declared = read(resolver, parts[0], scope)
    if generic != "Annotated" or declared is None:
        return declared
    return refine(declared, merge(map(resolver.value, parts[1:])))
