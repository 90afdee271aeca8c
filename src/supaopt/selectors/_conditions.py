"""
The right-hand side of a filter: an operator and its operand, as PostgREST writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from supaopt.errors import ConfigError
from supaopt.selectors import _values

TextSearch = Literal["plain", "phrase", "web_search"]

# An operator that PostgREST does not know makes it take the filter for an argument, and leave it
# aside: every row would pass. So only those that it knows.
_OPERATOR: Final = re.compile(
    r"(not\.)?("
    r"(eq|gte?|lte?|i?like|i?match)(\((any|all)\))?|neq|in|is|isdistinct"
    r"|cs|cd|ov|sl|sr|nxr|nxl|adj|(pl|ph|w)?fts(\([A-Za-z_]\w*\))?)"
)
_CONFIG: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IS: Final = {None: "null", True: "true", False: "false"}
_IS_WORDS: Final = frozenset({"null", "not_null", "true", "false", "unknown"})
_TEXT_SEARCH: Final = {None: "fts", "plain": "plfts", "phrase": "phfts", "web_search": "wfts"}


@dataclass(frozen=True, slots=True)
class Condition:
    """
    What a column must fulfil.

    Attributes:
        operator: PostgREST's operator, such as ``eq`` or ``not.is``.
        operand: Its operand, unquoted unless it is a list.
        listed: True when *operand* is a list whose items are quoted already.
    """

    operator: str
    operand: str
    listed: bool = False

    def negated(self) -> Condition:
        """
        Return the opposite.
        """
        operator = self.operator.removeprefix("not.")
        if operator == self.operator:
            operator = f"not.{operator}"
        return Condition(operator, self.operand, self.listed)

    def alone(self) -> str:
        """
        Return it as the value of a query parameter, where nothing needs quotes.
        """
        return f"{self.operator}.{self.operand}"

    def in_tree(self) -> str:
        """
        Return it as part of ``or=(...)``, where commas and brackets need quotes.
        """
        operand = self.operand if self.listed else _values.item(self.operand)
        return f"{self.operator}.{operand}"


def compare(operator: str, value: object) -> Condition:
    """
    Return a comparison; equal to None means ``is null``, as nothing else can be meant.
    """
    if value is not None:
        return Condition(operator, _values.text(value))
    if operator not in ("eq", "neq"):
        raise ConfigError(f"{operator} None matches no row; use is_(column, None)")
    return Condition("is" if operator == "eq" else "not.is", "null")


def pattern(operator: str, value: str) -> Condition:
    """
    Return a match with a pattern in which ``%``, or ``*``, stands for any text.
    """
    if not isinstance(value, str):
        raise ConfigError(f"{operator} takes a pattern as text, not a {type(value).__name__}")
    return Condition(operator, _values.text(value))


def identity(value: object) -> Condition:
    """
    Return ``is``: None, True, False, or one of the words that PostgREST knows.
    """
    if value is None or isinstance(value, bool):
        return Condition("is", _IS[value])
    if value in _IS_WORDS:
        return Condition("is", str(value))
    raise ConfigError(
        f"is_ takes None, True, False or {', '.join(sorted(_IS_WORDS))}, not {value!r}"
    )


def among(values: object) -> Condition:
    """
    Return membership in a list; an empty list matches no row.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ConfigError(f"in_ takes a list of values, not a {type(values).__name__}")
    listed = list(values)
    if any(value is None for value in listed):
        raise ConfigError(
            "in_ never matches null; leave None out, or add it with "
            "or_(where.in_(column, values), where.is_(column, None))"
        )
    items = ",".join(_values.item(_values.text(value)) for value in listed)
    return Condition("in", f"({items})", listed=True)


def containment(operator: str, value: object) -> Condition:
    """
    Return a comparison of arrays (a list), of JSON (a dict) or of ranges (text).
    """
    if isinstance(value, Mapping) or not isinstance(value, Iterable | str):
        return Condition(operator, _values.json(value).decode())
    if isinstance(value, str):
        return Condition(operator, _values.text(value))
    return Condition(operator, _values.array(value))


def search(query: str, *, kind: TextSearch | None, config: str | None) -> Condition:
    """
    Return a full-text search.
    """
    if kind not in _TEXT_SEARCH:
        raise ConfigError(f"{kind!r} is no kind of text search; use plain, phrase or web_search")
    if config is not None and not _CONFIG.fullmatch(config):
        raise ConfigError(f"{config!r} cannot name a text search configuration, such as english")
    suffix = f"({config})" if config else ""
    return Condition(_TEXT_SEARCH[kind] + suffix, _values.text(query))


def raw(operator: object, criteria: object) -> Condition:
    """
    Return any operator that PostgREST has, with a value that is sent as it is.
    """
    if not isinstance(operator, str) or not _OPERATOR.fullmatch(operator):
        raise ConfigError(
            f"{operator!r} is no operator of PostgREST, such as `eq` or `fts(english)`"
        )
    if criteria is None or isinstance(criteria, bool):
        return Condition(operator, _IS[criteria])
    if operator in ("in", "not.in"):
        operand = criteria if isinstance(criteria, str) else among(criteria).operand
        return Condition(operator, operand, listed=True)
    return Condition(operator, _values.text(criteria))
