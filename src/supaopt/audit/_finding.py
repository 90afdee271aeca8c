"""
What the audit says about one place in the code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """
    One dangerous or slow place.

    Attributes:
        path: File, as it was reached from the path that was asked for.
        line: First line, from 1.
        column: First column in characters, from 1.
        code: Code of the rule, such as ``SUP201``.
        name: Name of the rule, such as ``select-star``.
        message: What is wrong here; never holds a secret.
        help: The better form.
        end_line: Last line.
        end_column: Column after the last character.
    """

    path: str
    line: int
    column: int
    code: str
    name: str
    message: str
    help: str
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.code} {self.message}"
