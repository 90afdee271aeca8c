"""
Comments that silence a rule on a line: ``# supaopt: ignore[SUP201]``.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"#\s*supaopt:\s*ignore(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Ignore:
    """
    One such comment.

    Attributes:
        line: Its line, from 1.
        column: Its first column, from 1.
        end_column: The column after it.
        codes: The rules that it silences; none means all.
        used: Those that it did silence.
    """

    line: int
    column: int
    end_column: int
    codes: tuple[str, ...]
    used: set[str] = field(default_factory=set)

    def covers(self, code: str) -> bool:
        """
        Say whether it silences a rule, and remember that it did.
        """
        if self.codes and code not in self.codes:
            return False
        self.used.add(code)
        return True

    @property
    def unused(self) -> tuple[str, ...]:
        """
        What it names and did not silence; an empty name stands for all rules.
        """
        if not self.codes:
            return () if self.used else ("",)
        return tuple(code for code in self.codes if code not in self.used)


def find_ignores(text: str) -> list[Ignore]:
    """
    Return the comments of a source text that silence rules.
    """
    if "supaopt:" not in text.casefold():
        return []
    return list(_read(text))


def _read(text: str) -> Iterator[Ignore]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and (found := _COMMENT.search(token.string)):
                yield _ignore(token, found)
    except (tokenize.TokenError, SyntaxError):
        return  # the parser reads what the tokenizer does not: then nothing is silenced


def _ignore(token: tokenize.TokenInfo, found: re.Match[str]) -> Ignore:
    line, column = token.start
    named = found["codes"] or ""
    codes = tuple(code.strip().upper() for code in named.split(",") if code.strip())
    return Ignore(line, column + found.start() + 1, column + found.end() + 1, codes)
