"""
What an examination finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["error", "warning", "info"]

LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "info")
"""The levels, worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that is dangerous, broken or slow.

    Attributes:
        code: Its stable name. Where Supabase's advisor has the same check, it is the advisor's.
        level: ``error`` is dangerous or broken, ``warning`` slow or about to break, ``info`` worth
            knowing.
        title: What it is, in a few words.
        object: Where it is: a table, a function, a setting.
        detail: What is wrong, and why it matters.
        remedy: The SQL or the setting that ends it.
    """

    code: str
    level: Level
    title: str
    object: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """
    A part of the examination that could not be done.

    Attributes:
        part: What was not examined.
        reason: Why not, and how it could be.
    """

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """
    What an examination found, worst first, and what it left out.

    Attributes:
        findings: What is wrong.
        skipped: What was not looked at, so that silence about it means nothing.
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()

    def at_least(self, level: Level) -> tuple[Finding, ...]:
        """
        Return the findings that are as bad as *level* or worse.

        Examples:
            >>> Report(findings=()).at_least("info")
            ()
        """
        wanted = LEVELS[: LEVELS.index(level) + 1]
        return tuple(finding for finding in self.findings if finding.level in wanted)
