"""
What a policy's expression does for each row, read off Postgres's rendering of it.
"""

from __future__ import annotations

import re

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_IDENTITY = re.compile(r"\bauth\.(?:uid|jwt|role|email)\(\)|\bcurrent_setting\(")
# Any other function of a schema, with constants alone; Postgres's own are rendered without one.
_FUNCTION = re.compile(
    r"""(?P<name>(?:\w+|"[^"]+")\.(?:\w+|"[^"]+"))
    \((?:(?:''|\d+|true|false)(?:::[\w."\[\] ]+)?(?:,\ )?)*\)""",
    re.VERBOSE,
)
_NESTED = re.compile(r"\([^()]*\)")


def calls_per_row(expression: str, alias: str) -> list[str]:
    """
    List the calls that ask who is calling, and that are made again for each row.

    A call is made once if a sub-select without FROM surrounds it that mentions no column of the
    table.

    Args:
        expression: As ``pg_get_expr`` renders it under an empty search_path.
        alias: The table's name, without its schema.

    Returns:
        The calls, such as ``auth.uid()``, each once, in order.

    Examples:
        >>> calls_per_row("(user_id = auth.uid())", "orders")
        ['auth.uid()']
        >>> calls_per_row("(user_id = ( SELECT auth.uid() AS uid))", "orders")
        []
    """
    text = _LITERAL.sub("''", expression)
    found = _unwrapped(_IDENTITY, text, alias)
    return list(dict.fromkeys(f"{call[0].rstrip('()')}()" for call in found))


def functions_per_row(expression: str, alias: str) -> list[str]:
    """
    List the other functions that are called for each row with the same arguments every time.

    Supabase's advisor does not look for them; they are often the dearest, as they read tables.

    Args:
        expression: As for `calls_per_row`.
        alias: The table's name, without its schema.

    Returns:
        Their names, each once, in order.

    Examples:
        >>> functions_per_row("private.is_member('staff'::text)", "orders")
        ['private.is_member']
        >>> functions_per_row("private.owns(user_id)", "orders")
        []
    """
    text = _LITERAL.sub("''", expression)
    found = _unwrapped(_FUNCTION, text, alias)
    return list(dict.fromkeys(c["name"] for c in found if not _IDENTITY.match(c[0])))


def with_calls_once(expression: str, alias: str) -> str | None:
    """
    Return an expression that means the same and makes each call once a statement.

    Args:
        expression: As for `calls_per_row`.
        alias: The table's name, without its schema.

    Returns:
        SQL; or None where the expression holds texts, which may be anybody's secrets.

    Examples:
        >>> with_calls_once("(user_id = auth.uid())", "orders")
        '(user_id = (select auth.uid()))'
    """
    if _LITERAL.search(expression):
        return None
    calls = _unwrapped(_IDENTITY, expression, alias) + _unwrapped(_FUNCTION, expression, alias)
    text = expression
    # From the end, so that places further ahead stay where they are.
    for start, call in sorted({(call.start(), call[0]) for call in calls}, reverse=True):
        text = f"{text[:start]}(select {call}){text[start + len(call) :]}"
    return text


def columns_asked_for(expression: str, alias: str, columns: tuple[str, ...]) -> list[str]:
    """
    Return those of some columns by which an index could find the rows that a caller may see.

    Args:
        expression: As for `calls_per_row`.
        alias: The table's name, without its schema.
        columns: Candidates.

    Returns:
        Those that are compared by ``=`` with a value that is no constant. None under OR: there
        the rows that another condition admits have to be found as well.

    Examples:
        >>> columns_asked_for("(user_id = ( SELECT auth.uid() AS uid))", "orders", ("user_id",))
        ['user_id']
    """
    text = _LITERAL.sub("''", expression)
    if re.search(r"\bOR\b", text):
        return []
    return [name for name in columns if _is_asked_for(text, alias, name)]


def _is_asked_for(text: str, alias: str, column: str) -> bool:
    name = rf'(?<![\w".])(?:{re.escape(alias)}\.)?{re.escape(column)}(?![\w"])'
    value = r"(?:\( *SELECT\b|\(?auth\.|ANY \()"
    return re.search(rf"{name} = {value}|\) = {name}", text) is not None


def _unwrapped(calls: re.Pattern[str], text: str, alias: str) -> list[re.Match[str]]:
    return [call for call in calls.finditer(text) if not _is_wrapped(text, call.start(), alias)]


def _is_wrapped(text: str, at: int, alias: str) -> bool:
    return any(
        re.match(r"\s*select\b", inside, re.IGNORECASE)
        and not _has_from(inside)
        and not re.search(rf'(?<![\w"]){re.escape(alias)}\.', inside)
        for inside in _surroundings(text, at)
    )


def _surroundings(text: str, at: int) -> list[str]:
    """
    Return what stands in each pair of parentheses around a place, the narrowest first.
    """
    found: list[str] = []
    start = at
    while (start := _opening(text, start)) >= 0:
        found.append(text[start + 1 : _closing(text, start)])
    return found


def _opening(text: str, before: int) -> int:
    depth = 0
    for place in range(before - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth < 0:
            return place
    return -1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def _has_from(select: str) -> bool:
    # Of the sub-select itself, not of those within it.
    while (flatter := _NESTED.sub("", select)) != select:
        select = flatter
    return re.search(r"\bfrom\b", select, re.IGNORECASE) is not None
