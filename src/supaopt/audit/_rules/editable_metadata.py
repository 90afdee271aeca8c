"""
A right is read from what users can write themselves.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from supaopt.audit._parts import key_of, last_name
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_RIGHTS = re.compile(
    r"(?:user_?|app_?)?roles?|is_?(?:admin|staff|superuser|owner)|admin|permissions?|scopes?"
    r"|(?:tenant|org|organi[sz]ation|client|company|team|workspace)_?ids?",
    re.IGNORECASE,
)
_METADATA = frozenset({"user_metadata", "raw_user_meta_data"})


def _check(source: Source) -> Iterator[Hit]:
    for node in source.scopes.nodes:
        found = key_of(node)
        if found is None or not _RIGHTS.fullmatch(found[1]) or not _is_metadata(source, found[0]):
            continue
        if isinstance(node, ast.expr) and not _is_written(node):
            yield Hit(node, f"{found[1]!r} of user_metadata is whatever the user says it is")


def _is_metadata(source: Source, owner: ast.expr) -> bool:
    if isinstance(owner, ast.BoolOp):  # (user.user_metadata or {})
        return any(_is_metadata(source, part) for part in owner.values)
    found = key_of(owner)
    if (found is not None and found[1] in _METADATA) or last_name(owner) in _METADATA:
        return not isinstance(owner, ast.Call) or found is not None
    return False


def _is_written(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)


RULE = Rule(
    code="SUP107",
    name="editable-metadata",
    why=(
        "Every signed-in user can change their own user_metadata by `auth.update_user`, from the "
        "browser. Whoever decides by a role in it lets users promote themselves."
    ),
    help="keep rights in app_metadata or in claims of an access-token hook, as supaopt's guards do",
    bad="""
from supabase import Client


def is_admin(client: Client, token: str) -> bool:
    user = client.auth.get_user(token).user
    return user.user_metadata.get("role") == "admin"
""",
    good="""
from supabase import Client


def is_admin(client: Client, token: str) -> bool:
    user = client.auth.get_user(token).user
    return user.app_metadata.get("role") == "admin"
""",
    check=_check,
)
