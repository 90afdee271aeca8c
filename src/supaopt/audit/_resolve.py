"""
What an expression is: follows names, attributes, calls and imports to a supabase-py client.

Whatever is not certain is None, and no rule speaks of it.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from supaopt.audit import _annotations, _calls, _definitions
from supaopt.audit._values import (
    Class,
    Client,
    Dotted,
    Instance,
    Module,
    Value,
    merge,
    refine,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.audit._project import Project
    from supaopt.audit._scopes import Binding, Scope, Scopes

# Generated code nests without end and calls itself in rings; what leads to a client does not.
_DEEPEST = 40
_STEPS_PER_NODE = 4


class Resolver:
    """
    Resolves the expressions of one file.
    """

    def __init__(self, scopes: Scopes, path: str, project: Project) -> None:
        self.scopes = scopes
        self._path = path
        self._project = project
        self._known: dict[object, Value | None] = {}
        self._open: set[object] = set()
        self._cut = 0
        self._steps = _STEPS_PER_NODE * len(scopes.nodes)

    def value(self, node: ast.AST | None) -> Value | None:
        """
        Return what *node* is, None when that cannot be told.
        """
        return None if node is None else self._once(node, lambda: self._resolve(node))

    def named(self, name: str, scope: Scope) -> Value | None:
        """
        Return what *name* means in *scope*.
        """
        owner = scope.find(name)
        if owner is None:
            return self._unbound(name)
        return self._once((owner, name), lambda: self._bound(owner, name))

    def _once(self, key: object, resolve: Callable[[], Value | None]) -> Value | None:
        if key in self._known:
            return self._known[key]
        if key in self._open or len(self._open) > _DEEPEST or self._steps <= 0:
            self._cut += 1
            return None
        cut = self._cut
        self._steps -= 1
        self._open.add(key)
        try:
            value = resolve()
        finally:
            self._open.discard(key)
        # What was cut off within a ring may be known when asked for from outside of it.
        if cut == self._cut or not self._open:
            self._known[key] = value
        return value

    def dotted(self, node: ast.AST | None) -> str:
        """
        Return the full name of what comes from another library, else an empty text.
        """
        value = self.value(node)
        return value.name if isinstance(value, Dotted) else ""

    def client(self, node: ast.AST | None) -> Client | None:
        """
        Return the client that *node* is, if it is one.
        """
        value = self.value(node)
        return value if isinstance(value, Client) else None

    def _resolve(self, node: ast.AST) -> Value | None:
        match node:
            case ast.Name(id=name):
                return self.named(name, self.scopes.of(node))
            case ast.Attribute(value=owner, attr=name):
                return self.member(self.value(owner), name)
            case ast.Call():
                return _calls.result(self, node)
            case ast.Subscript() | ast.BinOp():
                return _annotations.read(self, node, self.scopes.of(node))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return _definitions.read(self, node)
            case _:
                return merge(map(self.value, _parts(node)))

    def _unbound(self, name: str) -> Value | None:
        stars = self.scopes.module.stars
        for module in stars:
            if found := self._project.export(module, name, self._path):
                return found
        return Dotted(f"builtins.{name}") if not stars and hasattr(builtins, name) else None

    def _bound(self, owner: Scope, name: str) -> Value | None:
        if found := _definitions.own_instance(self, owner, name):
            return found
        values = [
            self._binding(each, owner) for each in owner.bindings[name] if not _is_nothing(each)
        ]
        if None in values:
            return None
        outlives_calls = owner.is_module or owner.is_class
        if outlives_calls and not any(map(_is_alias, owner.bindings[name])):
            return share(merge(values))
        return merge(values)

    def _binding(self, binding: Binding, scope: Scope) -> Value | None:
        if binding.imported is not None:
            return self._imported(*binding.imported)
        declared = _annotations.read(self, binding.annotation, scope)
        return refine(declared, self.value(binding.value))

    def _imported(self, module: str, name: str | None) -> Value | None:
        if name is None:
            return Module(module) if self._project.holds(module, self._path) else Dotted(module)
        if found := self._project.export(module, name, self._path):
            return found
        inner = f"{module}.{name}" if module.strip(".") else f"{module}{name}"
        if self._project.holds(inner, self._path):
            return Module(inner)
        return None if self._is_ours(module) else Dotted(inner)

    def _is_ours(self, module: str) -> bool:
        return module.startswith(".") or self._project.holds(module, self._path)

    def member(self, owner: Value | None, name: str) -> Value | None:
        """
        Return the attribute *name* of a value.
        """
        match owner:
            case Dotted(name=outer):
                return Dotted(f"{outer}.{name}")
            case Instance(of=definition, shared=shared):
                found = self.member(definition, name)
                return share(found) if shared else found
            case Class():
                return owner.resolver.attribute(owner.node, name)
            case Module(name=module):
                return self._imported(module, name)
            case Client() if name == "postgrest":
                return owner
            case _:
                return None

    def attribute(self, node: ast.ClassDef, name: str) -> Value | None:
        """
        Return the attribute *name* of a class of this file.
        """
        return self._once((node, name), lambda: _definitions.attribute(self, node, name))


def _is_alias(binding: Binding) -> bool:
    """Say whether a name stands for a type, as in ``Db = Annotated[Client, Depends(get)]``."""
    return isinstance(binding.value, ast.Subscript | ast.BinOp)


def _parts(node: ast.AST) -> list[ast.expr]:
    """Return the expressions whose value *node* can have."""
    match node:
        case ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return [inner]
        case ast.BoolOp(values=parts):
            return parts
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case _:
            return []


def _is_nothing(binding: Binding) -> bool:
    empty = isinstance(binding.value, ast.Constant) and binding.value.value is None
    return empty and binding.annotation is None
