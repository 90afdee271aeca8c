"""
What a rule is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator

    from supaopt.audit._source import Source


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A place that a rule speaks of.

    Attributes:
        node: What to point at.
        message: What is wrong here; never holds a secret.
        help: The better form here, where the rule's own is too general.
    """

    node: ast.expr | ast.stmt
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One pattern that the audit knows.

    Attributes:
        code: ``SUP1..`` for security, ``SUP2..`` for speed, ``SUP3..`` for correctness.
        name: What it looks for, in words joined by hyphens.
        why: What goes wrong with it.
        help: The better form, in a line.
        bad: A program that it speaks of.
        good: The same program without the fault.
        in_tests: True when it looks at tests, too.
    """

    code: str
    name: str
    why: str
    help: str
    bad: str
    good: str
    check: Check = field(repr=False)
    in_tests: bool = False


Check: TypeAlias = "Callable[[Source], Iterator[Hit]]"
