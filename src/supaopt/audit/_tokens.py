"""
Calls that decode JSON Web Tokens.
"""

from __future__ import annotations

import ast

from supaopt.audit._parts import keyword_of

DECODERS = frozenset({"jwt.decode", "jwt.api_jwt.decode", "jose.jwt.decode"})


def skips_signature(call: ast.Call) -> bool:
    """
    Say whether a call of a decoder leaves the signature unverified.
    """
    options = _option(keyword_of(call, "options"), "verify_signature")
    return _is_false(keyword_of(call, "verify")) or _is_false(options)


def _option(options: ast.expr | None, name: str) -> ast.expr | None:
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    return None


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
