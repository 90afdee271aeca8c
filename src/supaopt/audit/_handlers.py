"""
Functions that answer requests: routes of FastAPI, Starlette, Flask and Django.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supaopt.audit._definitions import first_parameter
from supaopt.audit._scopes import FunctionNode, parameters

if TYPE_CHECKING:
    from supaopt.audit._resolve import Resolver

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_ROUTES = _VERBS | {"route", "api_route", "websocket"}
_REQUESTS = frozenset(
    {"django.http.HttpRequest", "rest_framework.request.Request", "starlette.requests.Request"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """
    A function that a web framework calls with a request.

    Attributes:
        node: The function.
        route: The decorator's call that registers it, None for views found by their request.
        path: The route's path, empty when unknown.
        methods: HTTP methods in lower case, empty when unknown.
    """

    node: FunctionNode
    route: ast.Call | None
    path: str
    methods: frozenset[str]


def find_handlers(resolver: Resolver) -> dict[ast.AST, Handler]:
    """
    Return the handlers of a file by their function.
    """
    found: dict[ast.AST, Handler] = {}
    for node in resolver.scopes.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            handler = _routed(node) or _view(resolver, node)
            if handler is not None:
                found[node] = handler
    return found


def _routed(node: FunctionNode) -> Handler | None:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr=name)) if name in _ROUTES:
                path = _path(decorator)
                if path is not None:
                    return Handler(node, decorator, path, _methods(name, decorator))
            case _:
                pass
    return None


def _path(route: ast.Call) -> str | None:
    """Return the path of a route; other libraries' decorators of these names have none."""
    named = {keyword.arg: keyword.value for keyword in route.keywords}
    match route.args[0] if route.args else named.get("path", named.get("rule")):
        case ast.Constant(value=str(path)) if path.startswith("/") or path == "":
            return path
        case _:
            return None


def _methods(name: str, route: ast.Call) -> frozenset[str]:
    if name in _VERBS:
        return frozenset({name})
    for keyword in route.keywords:
        if keyword.arg == "methods" and isinstance(keyword.value, ast.List | ast.Tuple | ast.Set):
            return frozenset(
                each.value.lower()
                for each in keyword.value.elts
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
    return frozenset({"get"}) if name == "route" else frozenset()


def _view(resolver: Resolver, node: FunctionNode) -> Handler | None:
    """Return a Django view: it says so by its request's type, or stands in a class of views."""
    for parameter, _ in parameters(node)[:2]:
        if resolver.dotted(parameter.annotation) in _REQUESTS:
            return Handler(node, None, "", frozenset())
    around = resolver.scopes.parents.get(node)
    if not isinstance(around, ast.ClassDef) or node.name not in _VERBS:
        return None
    if first_parameter(node) == "self" and any(_is_view(resolver, base) for base in around.bases):
        return Handler(node, None, "", frozenset({node.name}))
    return None


def _is_view(resolver: Resolver, base: ast.expr) -> bool:
    name = resolver.dotted(base)
    return name.startswith(("django.", "rest_framework.", "flask.views.")) and "View" in name
