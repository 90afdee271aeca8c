"""
Chains of calls on a client: ``client.table("x").select("id").eq("id", 1).execute()``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._resolve import Resolver
    from supaopt.audit._scopes import Scope
    from supaopt.audit._values import Client

ROOTS = frozenset({"table", "from_", "rpc"})
WRITES = frozenset({"insert", "upsert", "update", "delete"})
# What neither narrows nor widens the rows that a query is about.
_NO_FILTERS = frozenset(
    {
        *("csv", "execute", "explain", "limit", "maybe_single", "max_affected", "offset"),
        *("order", "retry", "returns", "select", "single", "strip_nulls"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One call of a chain.
    """

    name: str
    call: ast.Call

    def argument(self, position: int, name: str | None = None) -> ast.expr | None:
        """
        Return an argument by its position or its name.
        """
        if position < len(self.call.args):
            return self.call.args[position]
        return next((each.value for each in self.call.keywords if each.arg == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """
    One query, as far as one expression writes it.

    Attributes:
        client: Who runs it.
        node: The outermost call.
        own: The calls of this expression.
        steps: These, and those of the expressions that it builds on.
    """

    client: Client
    node: ast.Call
    own: tuple[Step, ...]
    steps: tuple[Step, ...]

    def step(self, *names: str) -> Step | None:
        """
        Return the first call of one of these names.
        """
        return next((step for step in self.steps if step.name in names), None)

    @property
    def goes_on(self) -> bool:
        """
        True when this expression adds to a query that an earlier statement began.
        """
        return len(self.steps) > len(self.own)

    @property
    def is_executed(self) -> bool:
        """
        True when this expression runs it.
        """
        return any(step.name == "execute" for step in self.own)

    @property
    def is_read(self) -> bool:
        """
        True for a select.
        """
        return self.step("select") is not None and self.write is None

    @property
    def write(self) -> Step | None:
        """
        The call that changes rows.
        """
        return self.step(*WRITES)

    @property
    def table(self) -> str:
        """
        The name of the table or function, empty when it is no literal.
        """
        root = self.step(*ROOTS)
        name = root.argument(0) if root else None
        return name.value if isinstance(name, ast.Constant) and type(name.value) is str else ""

    @property
    def filters(self) -> list[Step]:
        """
        The calls that choose rows.
        """
        known = _NO_FILTERS | ROOTS | WRITES
        return [step for step in self.steps if step.name not in known]


def find_queries(resolver: Resolver) -> Iterator[Query]:
    """
    Yield the queries of a file in the order of the source.
    """
    finder = _Finder(resolver)
    for node in resolver.scopes.nodes:
        if isinstance(node, ast.Call) and (query := finder.read(node)):
            yield query


# The client, the steps of this expression, and those of earlier ones.
_Chain: TypeAlias = "tuple[Client, tuple[Step, ...], tuple[Step, ...]]"
_Begun: TypeAlias = "tuple[Client | None, dict[Step, None]]"
_DEEPEST = 40


class _Finder:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._seen: set[ast.Call] = set()
        self._known: dict[tuple[Scope, str], _Begun | None] = {}
        self._depth = 0
        self._added = self._additions()

    def _additions(self) -> dict[tuple[Scope | None, str], list[Step]]:
        """Return what statements such as ``query.eq("id", 1)`` add: builders change in place."""
        added: dict[tuple[Scope | None, str], list[Step]] = {}
        for node in self._resolver.scopes.nodes:
            if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
                continue
            root, steps = _unwind(node.value)
            if isinstance(root, ast.Name) and not any(step.name in ROOTS for step in steps):
                owner = self._resolver.scopes.of(root).find(root.id)
                added.setdefault((owner, root.id), []).extend(steps)
        return added

    def read(self, node: ast.Call) -> Query | None:
        """Return the query that ends in *node*, unless it is a part of one already read."""
        if node in self._seen:
            return None
        found = self._chain(node)
        if found is None:
            return None
        client, own, earlier = found
        self._seen.update(step.call for step in own)
        return Query(client, node, own, (*earlier, *own))

    def _chain(self, node: ast.AST) -> _Chain | None:
        steps: list[Step] = []
        while isinstance(node, ast.Call | ast.Attribute | ast.Await):
            if isinstance(node, ast.Call):
                if not isinstance(node.func, ast.Attribute):
                    return None
                steps.append(Step(node.func.attr, node))
                node = node.func
                if node.attr in ROOTS:
                    client = self._resolver.client(node.value)
                    return (client, tuple(reversed(steps)), ()) if client else None
            node = node.value
        if steps and isinstance(node, ast.Name):
            return self._on_name(node, tuple(reversed(steps)))
        return None

    def _on_name(self, name: ast.Name, steps: tuple[Step, ...]) -> _Chain | None:
        """Read a query that goes on from what an earlier statement assigned to *name*."""
        owner = self._resolver.scopes.of(name).find(name.id)
        begun = self._begun(owner, name.id) if owner is not None else None
        client, earlier = begun or (None, {})
        if client is None:
            return None
        return client, steps, tuple(step for step in earlier if step not in steps)

    def _begun(self, owner: Scope, name: str) -> _Begun | None:
        """Return the client and all steps of the queries that *name* stands for, once."""
        if (owner, name) in self._known:
            return self._known[owner, name]
        if self._depth > _DEEPEST:
            return None
        self._known[owner, name] = (None, {})  # what goes on from itself adds its own steps alone
        self._depth += 1
        begun = self._known[owner, name] = self._gather(owner, name)
        self._depth -= 1
        return begun

    def _gather(self, owner: Scope, name: str) -> _Begun | None:
        client: Client | None = None
        earlier: dict[Step, None] = {}
        for binding in owner.bindings[name]:
            if not isinstance(binding.value, ast.expr):
                return None
            root, steps = _unwind(binding.value)
            found = self._chain(binding.value)
            if found is not None:
                client = found[0]
                earlier.update(dict.fromkeys((*found[2], *found[1])))
            elif isinstance(root, ast.Name) and root.id == name and steps:
                earlier.update(dict.fromkeys(steps))
            else:
                return None
        earlier.update(dict.fromkeys(self._added.get((owner, name), ())))
        return client, earlier


def _unwind(node: ast.expr) -> tuple[ast.expr, list[Step]]:
    """Return what a chain of calls begins with, and the calls, first to last."""
    steps: list[Step] = []
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Attribute):
                break
            steps.append(Step(node.func.attr, node))
            node = node.func
        node = node.value
    return node, steps[::-1]
