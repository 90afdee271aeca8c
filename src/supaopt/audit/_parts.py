"""
Pieces of expressions that several rules look at.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def names_in(node: ast.AST) -> set[str]:
    """
    Return the names that an expression reads or binds.
    """
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def arguments_of(call: ast.Call) -> list[ast.expr]:
    """
    Return the arguments of a call, named ones included.
    """
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """
    Return the argument that a call names so.
    """
    return next((each.value for each in call.keywords if each.arg == name), None)


def text_of(node: ast.AST | None) -> str | None:
    """
    Return what a text literal holds, None for everything else.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def last_name(node: ast.AST | None) -> str:
    """
    Return the last word of a name, attribute, or call of one; empty for everything else.
    """
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return last_name(func)
        case _:
            return ""


def key_of(node: ast.AST) -> tuple[ast.expr, str] | None:
    """
    Return owner and key of ``x["key"]`` and ``x.get("key")``.
    """
    match node:
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(key))):
            return owner, key
        case ast.Call(
            func=ast.Attribute(attr="get", value=owner), args=[ast.Constant(value=str(key)), *_]
        ):
            return owner, key
        case _:
            return None


def inserted(node: ast.expr) -> list[ast.expr] | None:
    """
    Return what is put into a text: by an f-string, ``+``, ``%`` or ``format``.

    None when the expression builds no text.
    """
    match node:
        case ast.JoinedStr(values=parts):
            return [part.value for part in parts if isinstance(part, ast.FormattedValue)]
        case ast.BinOp(op=ast.Add()):
            return _added(node)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str()), right=right):
            return right.elts if isinstance(right, ast.Tuple) else [right]
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str()))):
            return arguments_of(node)
        case _:
            return None


def _added(node: ast.expr) -> list[ast.expr] | None:
    """Return the summands that are no literals, if one of the others is a text."""
    summands: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        summands.append(node.right)
        node = node.left
    summands.append(node)
    texts = [each for each in summands if text_of(each) is not None]
    formatted = [each for each in summands if isinstance(each, ast.JoinedStr)]
    if not texts and not formatted:
        return None
    parts = [each for each in summands if each not in texts and each not in formatted]
    return [*parts, *(part for each in formatted for part in inserted(each) or ())]


def any_name(names: Iterable[str], node: ast.AST) -> bool:
    """
    Say whether an expression holds one of *names*.
    """
    return not names_in(node).isdisjoint(names)
