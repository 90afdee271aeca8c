"""
What the project's own functions and classes give.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from supaopt.audit import _annotations
from supaopt.audit._scopes import FunctionNode
from supaopt.audit._values import Class, Client, Function, Instance, merge, refine, share

if TYPE_CHECKING:
    from supaopt.audit._resolve import Resolver
    from supaopt.audit._scopes import Scope
    from supaopt.audit._values import Value

_CACHES = frozenset({"cache", "lru_cache", "alru_cache", "cached", "cache_resource", "singleton"})
_PROPERTIES = frozenset({"builtins.property", "functools.cached_property"})


def read(resolver: Resolver, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Value:
    """
    Return what a definition stands for.
    """
    if isinstance(node, ast.ClassDef):
        return Class(node, resolver)
    return Function(_returned(resolver, node), cached=_is_cached(node))


def _is_cached(node: FunctionNode) -> bool:
    return any(_last_name(decorator) in _CACHES for decorator in node.decorator_list)


def _last_name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _returned(resolver: Resolver, node: FunctionNode) -> Value | None:
    declared = _annotations.read(resolver, node.returns, resolver.scopes.of(node))
    values = [resolver.value(each) for each in resolver.scopes.returned.get(node, ())]
    return refine(declared, None if None in values else merge(values))


def attribute(resolver: Resolver, node: ast.ClassDef, name: str) -> Value | None:
    """
    Return what instances of a class have under *name*.
    """
    body = resolver.scopes.opened_by(node)
    if name in body.bindings:
        return _declared(resolver, body, name)
    assigned = resolver.scopes.kept.get(node, {}).get(name)
    if assigned is None:
        return _inherited(resolver, node, name)
    values = [
        refine(_annotations.read(resolver, each.annotation, body), resolver.value(each.value))
        for each in assigned
    ]
    return None if None in values else _kept(merge(values))


def _declared(resolver: Resolver, body: Scope, name: str) -> Value | None:
    """Return what the body of a class says of *name*: a method, a property or an attribute."""
    value = resolver.named(name, body)
    if isinstance(value, Function) and _is_property(resolver, body.bindings[name][-1].value):
        return value.returns
    return value


def _is_property(resolver: Resolver, method: ast.AST | None) -> bool:
    decorators = method.decorator_list if isinstance(method, FunctionNode) else []
    return any(resolver.dotted(each) in _PROPERTIES for each in decorators)


def _inherited(resolver: Resolver, node: ast.ClassDef, name: str) -> Value | None:
    owners = (resolver.value(base) for base in node.bases)
    return merge(resolver.member(each, name) for each in owners if isinstance(each, Class))


def _kept(value: Value | None) -> Value | None:
    """Return what an instance keeps: it lives as long as the instance, however long that is."""
    if isinstance(value, Client | Instance):
        return value if value.shared else replace(value, shared=None)
    return None


def first_parameter(method: FunctionNode) -> str | None:
    """
    Return the name of a function's first parameter.
    """
    positional = [*method.args.posonlyargs, *method.args.args]
    return positional[0].arg if positional else None


def own_instance(resolver: Resolver, scope: Scope, name: str) -> Value | None:
    """
    Return the instance that a method's first parameter is.
    """
    method, around = scope.node, scope.parent
    if around is None or not isinstance(around.node, ast.ClassDef):
        return None
    if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    if first_parameter(method) != name or _is_static(resolver, method):
        return None
    instance = Instance(Class(around.node, resolver))
    return share(instance) if _is_singleton(resolver, around.node) else instance


def _is_static(resolver: Resolver, method: FunctionNode) -> bool:
    return any(resolver.dotted(each) == "builtins.staticmethod" for each in method.decorator_list)


def _is_singleton(resolver: Resolver, node: ast.ClassDef) -> bool:
    """Say whether the module itself makes an instance, which then serves all requests."""
    return node.name in resolver.scopes.made
