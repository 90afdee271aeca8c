"""
What becomes of a query's result.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source


def uses_of(source: Source, query: Query) -> list[ast.AST]:
    """
    Return the expressions that read the result of *query*, none where that cannot be told.
    """
    result: ast.AST = query.node
    around = source.scopes.parents.get(result)
    if isinstance(around, ast.Await):
        result, around = around, source.scopes.parents.get(around)
    match around:
        case ast.Attribute():
            return [result]
        case ast.Assign(targets=[ast.Name(id=name)]):
            return _readers(source, name, result)
        case _:
            return []


def _readers(source: Source, name: str, result: ast.AST) -> list[ast.AST]:
    function = source.function_of(result)
    owner = source.scopes.of(result).find(name)
    if function is None or owner is None or len(owner.bindings[name]) != 1:
        return []
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
