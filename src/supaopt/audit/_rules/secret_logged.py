"""
A key or token goes to a log or to the terminal.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from supaopt.audit._parts import arguments_of, inserted, key_of, last_name, text_of
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_LEVELS = frozenset({"critical", "debug", "error", "exception", "info", "log", "warn", "warning"})
_LOGGERS = re.compile(r"_?(?:log|logger|logging)", re.IGNORECASE)
_SECRETS = re.compile(
    r".*(?:service_role(?:_key)?|secret_key|service_key|jwt_secret)|(?:access|refresh)_token",
    re.IGNORECASE,
)


def _check(source: Source) -> Iterator[Hit]:
    if "supabase" not in source.text.casefold():
        return
    for call in source.calls():
        if not _logs(source, call):
            continue
        for part in _shown(call):
            if (name := _name(part)) and _SECRETS.fullmatch(name):
                yield Hit(call, f"{name} is printed or logged")
                break


def _logs(source: Source, call: ast.Call) -> bool:
    if source.resolver.dotted(call.func) == "builtins.print":
        return True
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr in _LEVELS
        and _LOGGERS.fullmatch(last_name(func.value)) is not None
    )


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    for argument in arguments_of(call):
        yield from inserted(argument) or (argument,)


def _name(part: ast.expr) -> str:
    """Return what is shown whole; the length or the first characters of a key are no secret."""
    if found := key_of(part):
        return found[1]
    if isinstance(part, ast.Call) and last_name(part) == "getenv" and part.args:
        return text_of(part.args[0]) or ""
    return last_name(part) if isinstance(part, ast.Name | ast.Attribute) else ""


RULE = Rule(
    code="SUP110",
    name="secret-logged",
    why=(
        "Logs are kept, copied, searched and shown to more people than the database is. A secret "
        "key opens all rows, a token is its user until it expires."
    ),
    help="log who it was, not with what: the user id, or the last four characters of a key",
    bad="""
from supabase import Client


def log_in(client: Client, credentials: dict) -> str:
    session = client.auth.sign_in_with_password(credentials).session
    print(f"signed in with {session.access_token}")
    return session.access_token
""",
    good="""
from supabase import Client


def log_in(client: Client, credentials: dict) -> str:
    session = client.auth.sign_in_with_password(credentials).session
    print(f"signed in {session.user.id}")
    return session.access_token
""",
    check=_check,
)
