"""
Findings as SARIF 2.1.0, which code hosts show beside the lines.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from supaopt import __version__
from supaopt.audit._engine import UNREADABLE, UNUSED_IGNORE
from supaopt.audit._rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.audit._finding import Finding
    from supaopt.audit._rule import Rule

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_OWN = [{"id": code, "name": name} for code, name in (UNREADABLE, UNUSED_IGNORE)]


def sarif(findings: Iterable[Finding]) -> dict[str, Any]:
    """
    Return a SARIF log of *findings*, ready to be written as JSON.

    Args:
        findings: What an audit found.

    Returns:
        A log with one run, which describes every rule.

    Examples:
        >>> sarif([])["runs"][0]["results"]
        []

    .. versionadded:: 0.1.0
    """
    driver = {
        "name": "supaopt audit",
        "version": __version__,
        "informationUri": "https://github.com/supaopt/supaopt",
        "rules": [*_OWN, *(_rule(rule) for rule in RULES)],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.name.replace("-", " ").capitalize()},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": _level(rule.code)},
    }


def _level(code: str) -> str:
    return "error" if code.startswith("SUP1") else "warning"


def _result(finding: Finding) -> dict[str, Any]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    artifact = {"uri": quote(PurePath(finding.path).as_posix())}
    return {
        "ruleId": finding.code,
        "level": _level(finding.code),
        "message": {"text": f"{finding.message}; {finding.help}"},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
