"""
Which key a text or a name stands for; no key leaves this module.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["secret", "service_role", "access token"]

_SECRET = re.compile(r"sb_secret_[A-Za-z0-9_-]{20,}")
_ACCESS = re.compile(r"sbp_[0-9a-f]{40}")
_TOKEN = re.compile(r"eyJ[\w-]{10,}\.(eyJ[\w-]{10,})\.[\w-]{20,}")
_SECRET_NAME = re.compile(r"service|secret|admin", re.IGNORECASE)
_PUBLIC_NAME = re.compile(r"anon|publishable", re.IGNORECASE)
_PLACEHOLDERS = re.compile(r"your|example|placeholder|replace|changeme|xxx|\.\.\.", re.IGNORECASE)
# The keys of every `supabase start`, the same on all machines.
_LOCAL_ISSUERS = frozenset({"supabase-demo"})
_LOCAL_KEY = f"sb_secret_{'N7UND0UgjKTVK'}-Uodkm0Hg_xSvEMPvz"
_DISTINCT_CHARACTERS = 10


def find_key(text: str) -> Kind | None:
    """
    Say which secret a literal holds, None for placeholders and the keys of a local Supabase.
    """
    if "sb_secret_" in text and _is_real(_SECRET.search(text)):
        return "secret"
    if "sbp_" in text and _is_real(_ACCESS.search(text)):
        return "access token"
    if "eyJ" in text and any(_is_service_role(found[1]) for found in _TOKEN.finditer(text)):
        return "service_role"
    return None


def _is_real(found: re.Match[str] | None) -> bool:
    if found is None or found[0] == _LOCAL_KEY:
        return False
    text = found[0].removeprefix("sb_secret_")
    return len(set(text)) >= _DISTINCT_CHARACTERS and not _PLACEHOLDERS.search(text)


def _is_service_role(payload: str) -> bool:
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    if not isinstance(claims, dict) or claims.get("role") != "service_role":
        return False
    return claims.get("iss") not in _LOCAL_ISSUERS


def is_secret(expressions: Iterable[ast.AST]) -> bool | None:
    """
    Say by the names in it whether an expression is a secret key, None where it could be either.
    """
    words = [word for each in expressions for word in _words(each)]
    secret = any(_SECRET_NAME.search(word) or find_key(word) for word in words)
    public = any(_PUBLIC_NAME.search(word) for word in words)
    return None if secret == public else secret


def _words(expression: ast.AST) -> Iterable[str]:
    for node in ast.walk(expression):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                yield word
            case _:
                pass
