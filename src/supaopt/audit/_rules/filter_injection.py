"""
A caller's text becomes a part of a filter's language.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._parts import FUNCTIONS, inserted, last_name
from supaopt.audit._rule import Hit, Rule
from supaopt.audit._scopes import FunctionNode, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

# Arguments that PostgREST reads as a language, rather than as one value.
_LANGUAGES = {"or_": (0,), "rpc": (0,), "table": (0,), "from_": (0,), "select": (0,), "order": (0,)}
_REQUESTS = frozenset({"flask.request", "quart.request"})
_TEXTS = frozenset({"str", "Optional", "None", "Query", "Annotated", "Path", "Form", "Body"})
_DEPENDS = frozenset({"Depends", "Security"})
_CLEANERS = frozenset({"int", "float", "bool", "UUID", "quote", "len", "isoformat"})


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        for step in query.own:
            for position in _LANGUAGES.get(step.name, ()):
                argument = step.argument(position)
                parts = (inserted(argument) if argument is not None else None) or ()
                if any(_is_callers(source, part) for part in parts):
                    yield Hit(step.call, f"a caller's text can change what this {step.name} means")


def _is_callers(source: Source, part: ast.expr) -> bool:
    """Say whether an expression is certainly a text from outside."""
    while isinstance(part, ast.Call | ast.Attribute | ast.Subscript):
        if source.resolver.dotted(part) in _REQUESTS:
            return True
        if isinstance(part, ast.Call) and last_name(part) in _CLEANERS:
            return False
        part = part.func if isinstance(part, ast.Call) else part.value
    if source.resolver.dotted(part) in _REQUESTS:
        return True
    return isinstance(part, ast.Name) and _is_texts_name(source, part)


def _is_texts_name(source: Source, name: ast.Name) -> bool:
    scope = source.scopes.of(name)
    owner = scope.find(name.id)
    while owner is not None and not isinstance(owner.node, FUNCTIONS):
        owner = owner.parent
    if owner is None or owner.node not in source.handlers:
        return False
    assert isinstance(owner.node, FunctionNode)
    return any(
        parameter.arg == name.id and _is_text(parameter, default)
        for parameter, default in parameters(owner.node)
    )


def _is_text(parameter: ast.arg, default: ast.expr | None) -> bool:
    if last_name(default) in _DEPENDS or parameter.annotation is None:
        return False
    words = {
        last_name(part)
        for part in ast.walk(parameter.annotation)
        if isinstance(part, ast.Name | ast.Attribute)
    }
    return "str" in words and words <= _TEXTS


RULE = Rule(
    code="SUP105",
    name="filter-injection",
    why=(
        "A comma, a parenthesis or a dot in the text starts a new condition: `x,id.gt.0` turns a "
        "search into a list of everything that the key may see."
    ),
    help=(
        'use filters that take values, .eq("name", text), or quote the text: '
        "supaopt's select(...).or_ takes conditions and quotes what they hold"
    ),
    bad="""
from fastapi import Depends, FastAPI
from supabase import Client

from app.db import get_client

app = FastAPI()


@app.get("/search")
def search(text: str, client: Client = Depends(get_client)):
    query = client.table("people").select("id,name")
    return query.or_(f"name.ilike.%{text}%,email.eq.{text}").limit(50).execute().data
""",
    good="""
from fastapi import Depends, FastAPI
from supabase import Client

from app.db import get_client

app = FastAPI()


@app.get("/search")
def search(text: str, client: Client = Depends(get_client)):
    query = client.table("people").select("id,name")
    return query.ilike("name", f"%{text}%").limit(50).execute().data
""",
    check=_check,
)
