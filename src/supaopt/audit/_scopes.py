"""
Who binds which name where: one pass over a syntax tree, without recursion.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_OWNERS = (
    ast.Module,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


@dataclass(frozen=True, slots=True)
class Binding:
    """
    One statement that gives a name its meaning.

    Attributes:
        value: Expression assigned, or the definition itself; None when it cannot be told.
        annotation: Declared type.
        imported: Module and name of an import; the name is None for the module itself.
    """

    value: ast.AST | None = None
    annotation: ast.expr | None = None
    imported: tuple[str, str | None] | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """
    The names of a module, class, function or comprehension.
    """

    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def bind(self, name: str, binding: Binding) -> None:
        """
        Add what gives *name* a meaning, in the scope that a ``global`` statement says.
        """
        self.elsewhere.get(name, self).bindings.setdefault(name, []).append(binding)

    def find(self, name: str) -> Scope | None:
        """
        Return the scope whose *name* is meant here; the bodies of classes are no outer scopes.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings and (scope is self or not scope.is_class):
                return scope
            scope = scope.parent
        return None

    @property
    def is_class(self) -> bool:
        """
        True for the body of a class.
        """
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_module(self) -> bool:
        """
        True for the outermost scope.
        """
        return self.parent is None


class Scopes:
    """
    The scopes of a tree, and who is whose parent in it.

    Attributes:
        module: The outermost scope.
        parents: The node around each node.
        nodes: Every node in the order of the source.
        returned: What each function returns or yields, unless it is a constant.
        kept: What the methods of each class assign to attributes of their instance.
        made: The names of what the module itself calls and keeps.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree, None)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes: list[ast.AST] = []
        self.returned: dict[ast.AST, list[ast.expr]] = {}
        self.kept: dict[ast.AST, dict[str, list[Binding]]] = {}
        self._around: dict[ast.AST, Scope] = {}
        self._opened: dict[ast.AST, Scope] = {tree: self.module}
        stack: list[tuple[ast.AST, Scope]] = [(tree, self.module)]
        while stack:
            node, scope = stack.pop()
            self.nodes.append(node)
            self._around[node] = scope
            _bind(node, scope)
            self._note(node, scope)
            children = list(ast.iter_child_nodes(node))
            self.parents.update(dict.fromkeys(children, node))
            stack.extend(zip(reversed(children), self._scopes(node, children), strict=True))

    def _scopes(self, node: ast.AST, children: list[ast.AST]) -> list[Scope]:
        """Say in which scope each child stands, last first."""
        around = self._around[node]
        if isinstance(node, ast.Module) or not isinstance(node, _OWNERS):
            return [around] * len(children)
        inner = self._opened[node] = Scope(node, around)
        _bind_parameters(node, inner)
        outside = _outside(node)
        return [around if child in outside else inner for child in reversed(children)]

    def _note(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                if not isinstance(value, ast.Constant):
                    self.returned.setdefault(scope.node, []).append(value)
            case ast.Assign(targets=[ast.Attribute() as target], value=value):
                self._keep(target, Binding(value), scope)
            case ast.AnnAssign(target=ast.Attribute() as target):
                self._keep(target, Binding(node.value, node.annotation), scope)
            case _:
                pass

    def _keep(self, target: ast.Attribute, binding: Binding, scope: Scope) -> None:
        owner = scope.parent
        is_empty = isinstance(binding.value, ast.Constant) and binding.annotation is None
        if is_empty or owner is None or not owner.is_class:
            return
        if isinstance(target.value, ast.Name) and target.value.id in scope.bindings:
            kept = self.kept.setdefault(owner.node, {})
            kept.setdefault(target.attr, []).append(binding)

    @cached_property
    def made(self) -> frozenset[str]:
        return frozenset(
            binding.value.func.id
            for bindings in self.module.bindings.values()
            for binding in bindings
            if isinstance(binding.value, ast.Call) and isinstance(binding.value.func, ast.Name)
        )

    def of(self, node: ast.AST) -> Scope:
        """
        Return the scope that an expression reads its names in.
        """
        return self._around.get(node, self.module)

    def opened_by(self, node: ast.AST) -> Scope:
        """
        Return the scope that a definition opens.
        """
        return self._opened[node]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """
        Yield what stands around *node*, innermost first.
        """
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)


def _outside(owner: ast.AST) -> set[ast.AST]:
    """Decorators, defaults, annotations and bases belong to the scope around a definition."""
    match owner:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return {*owner.decorator_list, owner.args, *filter(None, [owner.returns])}
        case ast.ClassDef():
            return {*owner.decorator_list, *owner.bases, *owner.keywords}
        case ast.Lambda():
            return {owner.args}
        case _:
            return set()


def _bind(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope.bind(node.name, Binding(node))
        case ast.Assign():
            for target in node.targets:
                _bind_target(target, node.value, scope)
        case ast.AnnAssign(target=ast.Name(id=name)):
            scope.bind(name, Binding(node.value, node.annotation))
        case ast.NamedExpr():
            scope.bind(node.target.id, Binding(node.value))
        case ast.Import() | ast.ImportFrom():
            _bind_import(node, scope)
        case ast.Global() | ast.Nonlocal():
            _bind_elsewhere(node, scope)
        case ast.withitem(optional_vars=ast.Name(id=name)):
            scope.bind(name, Binding(node.context_expr))
        case _:
            _bind_unknown(node, scope)


def _bind_unknown(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            _bind_target(node.target, None, scope)
        case ast.withitem(optional_vars=ast.expr() as target):
            _bind_target(target, None, scope)
        case ast.AugAssign():
            _bind_target(node.target, None, scope)
        case ast.ExceptHandler(name=str(name)):
            scope.bind(name, Binding())
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            scope.bind(name, Binding())
        case _:
            pass


def _bind_target(target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, Binding(value))
        return
    for part in ast.walk(target):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            scope.bind(part.id, Binding())


def _bind_import(node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            scope.bind(alias.asname or module, Binding(imported=(module, None)))
        return
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            scope.stars.append(module)
        else:
            scope.bind(alias.asname or alias.name, Binding(imported=(module, alias.name)))


def _bind_elsewhere(node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    for name in node.names:
        owner = scope.parent
        while owner is not None and owner.parent is not None:
            if isinstance(node, ast.Nonlocal) and name in owner.bindings:
                break
            owner = owner.parent
        if owner is not None:
            scope.elsewhere[name] = owner


def _bind_parameters(node: ast.AST, scope: Scope) -> None:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    for parameter, default in parameters(node):
        scope.bind(parameter.arg, Binding(default, parameter.annotation))
    for rest in (node.args.vararg, node.args.kwarg):
        if rest is not None:
            scope.bind(rest.arg, Binding())


def parameters(node: FunctionNode | ast.Lambda) -> list[tuple[ast.arg, ast.expr | None]]:
    """
    Return the named parameters of a function, each with its default.
    """
    positional = [*node.args.posonlyargs, *node.args.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(node.args.defaults))
    return [
        *zip(positional, [*missing, *node.args.defaults], strict=True),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
