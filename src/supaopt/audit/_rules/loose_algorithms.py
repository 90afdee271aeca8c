"""
The caller chooses how a token is verified.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._parts import key_of, keyword_of, text_of
from supaopt.audit._rule import Hit, Rule
from supaopt.audit._tokens import DECODERS, skips_signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_POSITION = 2


def _check(source: Source) -> Iterator[Hit]:
    for call in source.calls():
        name = source.resolver.dotted(call.func)
        if name not in DECODERS or skips_signature(call):
            continue
        if reason := _reason(call, name):
            yield Hit(call, reason)


def _reason(call: ast.Call, decoder: str) -> str:
    algorithms = keyword_of(call, "algorithms")
    if algorithms is None and len(call.args) > _POSITION:
        algorithms = call.args[_POSITION]
    if algorithms is None:
        spread = any(keyword.arg is None for keyword in call.keywords)
        missing = decoder.startswith("jose.") and not spread
        return "without `algorithms` the token chooses its own" if missing else ""
    parts = algorithms.elts if isinstance(algorithms, ast.List | ast.Tuple | ast.Set) else []
    if any((found := key_of(part)) is not None and found[1] == "alg" for part in parts):
        return "the token itself says which algorithm it wants"
    return _mixed({text for part in parts if (text := text_of(part))})


def _mixed(names: set[str]) -> str:
    if any(name.lower() == "none" for name in names):
        return "the algorithm `none` accepts every token"
    symmetric = any(name.startswith("HS") for name in names)
    if symmetric and any(not name.startswith("HS") for name in names):
        return "HS256 beside an asymmetric algorithm: the public key may serve as the secret"
    return ""


RULE = Rule(
    code="SUP109",
    name="loose-algorithms",
    why=(
        "The header of a token is the caller's. Where one verification takes both HMAC and "
        "public-key algorithms, a token signed with the public key as HMAC secret may pass."
    ),
    help="name one kind of algorithm for one key, as supaopt's auth pins it to the key",
    bad="""
import jwt


def claims(token: str, key: str) -> dict:
    return jwt.decode(token, key, algorithms=["HS256", "ES256"], audience="authenticated")
""",
    good="""
import jwt


def claims(token: str, key: str) -> dict:
    return jwt.decode(token, key, algorithms=["ES256"], audience="authenticated")
""",
    check=_check,
)
