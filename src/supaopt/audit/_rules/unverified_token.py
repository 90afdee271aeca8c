"""
A token's claims are read, and nobody looks at its signature.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule
from supaopt.audit._scopes import FunctionNode
from supaopt.audit._tokens import DECODERS, skips_signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_VERIFIERS = frozenset({"authenticate", "get_claims", "get_user"})
_UNVERIFIED = frozenset({"jose.jwt.get_unverified_claims"})


def _check(source: Source) -> Iterator[Hit]:
    for call in source.calls():
        name = source.resolver.dotted(call.func)
        unverified = name in _UNVERIFIED or (name in DECODERS and skips_signature(call))
        if unverified and not _is_verified_elsewhere(source, call):
            yield Hit(call, "the token's signature is not verified")


def _is_verified_elsewhere(source: Source, call: ast.Call) -> bool:
    """To look into a token first and verify it then, in one function, is common and right."""
    function = source.function_of(call)
    if isinstance(function, FunctionNode) and "unverified" in function.name:
        return True
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Call) and node is not call:
            name = source.resolver.dotted(node.func)
            if name in DECODERS and not skips_signature(node):
                return True
            if isinstance(node.func, ast.Attribute) and node.func.attr in {
                "get_user",
                "get_claims",
            }:
                return True
    return False


RULE = Rule(
    code="SUP104",
    name="unverified-token",
    why=(
        "Anybody can write a token: without its signature, the user id and the role in it are "
        "whatever the caller likes."
    ),
    help="verify it locally, without a network call: supaopt's auth.authenticate(token)",
    bad="""
import jwt
from supabase import create_client


def user_id(token: str) -> str:
    return jwt.decode(token, options={"verify_signature": False})["sub"]
""",
    good="""
from supaopt.auth import SupabaseAuth

auth = SupabaseAuth.from_env()


def user_id(token: str) -> str:
    return str(auth.authenticate(token).user.id)
""",
    check=_check,
)
