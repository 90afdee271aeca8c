"""
The audit of one file: parse it, ask every rule, take away what comments silence.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._finding import Finding
from supaopt.audit._ignores import find_ignores
from supaopt.audit._parse import Unreadable, parse, read
from supaopt.audit._project import Project
from supaopt.audit._source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePath

    from supaopt.audit._ignores import Ignore
    from supaopt.audit._rule import Hit, Rule

UNREADABLE = ("SUP001", "unreadable-file")
UNUSED_IGNORE = ("SUP002", "unused-ignore")
# A file without any of these words has nothing that a rule speaks of.
_WORDS = ("supabase", "sb_secret_", "sbp_", "eyj", "jwt")


def audit_file(path: PurePath, rules: Iterable[Rule], project: Project) -> list[Finding]:
    """
    Return the findings of one file, a single one where it cannot be read.
    """
    try:
        return audit_text(read(path), rules, path=str(path), project=project)
    except Unreadable as error:
        return [_unreadable(str(path), error)]


def audit_text(
    text: str, rules: Iterable[Rule], *, path: str, project: Project | None = None
) -> list[Finding]:
    """
    Return the findings of a source text, in the order of the source.
    """
    try:
        tree = parse(text)
    except Unreadable as error:
        return [_unreadable(path, error)]
    lowered = text.casefold()
    has_words = any(word in lowered for word in _WORDS)
    source = Source(path, text, tree, project or Project())
    return _judge(source, list(rules), has_words=has_words)


def _unreadable(path: str, error: Unreadable) -> Finding:
    code, name = UNREADABLE
    return Finding(
        *(path, error.line, error.column, code, name, str(error)),
        help="mend the file, or leave it out by `exclude`",
        end_line=error.line,
        end_column=error.column + 1,
    )


def _judge(source: Source, rules: list[Rule], *, has_words: bool) -> list[Finding]:
    ignores = find_ignores(source.text)
    found = {
        _finding(source, rule, hit): None
        for rule in rules
        if has_words and (rule.in_tests or not source.is_test)
        for hit in rule.check(source)
        if not _is_silenced(rule.code, _lines(source, hit.node), ignores)
    }
    checked = {rule.code for rule in rules}
    return sorted([*found, *_unused(source, ignores, checked)])


def _finding(source: Source, rule: Rule, hit: Hit) -> Finding:
    (line, column), (end_line, end_column) = _span(source, hit.node)
    return Finding(
        *(source.path, line, column, rule.code, rule.name, hit.message),
        help=hit.help or rule.help,
        end_line=end_line,
        end_column=end_column,
    )


def _span(source: Source, node: ast.expr | ast.stmt) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where a node begins and ends; a call of a chain begins at its own name."""
    line, offset = node.lineno, node.col_offset
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        line = node.func.end_lineno or line
        offset = (node.func.end_col_offset or offset) - len(node.func.attr.encode())
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        end = (line, offset + len("class"))
    else:
        end = (node.end_lineno or line, node.end_col_offset or offset)
    return (line, _column(source, line, offset)), (end[0], _column(source, *end))


def _column(source: Source, line: int, offset: int) -> int:
    """Return the column in characters, from 1, for an offset in bytes."""
    text = source.lines[line - 1] if line <= len(source.lines) else ""
    return len(text.encode(errors="replace")[: max(offset, 0)].decode(errors="replace")) + 1


def _lines(source: Source, node: ast.expr | ast.stmt) -> range:
    """Return the lines on which a comment may silence a finding: those of its statement."""
    whole: ast.expr | ast.stmt = node
    for around in source.scopes.around(node) if isinstance(node, ast.expr) else ():
        if isinstance(around, ast.stmt):
            whole = node if hasattr(around, "body") else around
            break
    if hasattr(whole, "body") and isinstance(whole, ast.stmt):
        return range(whole.lineno, whole.lineno + 1)
    return range(whole.lineno, (whole.end_lineno or whole.lineno) + 1)


def _is_silenced(code: str, lines: range, ignores: list[Ignore]) -> bool:
    covering = [ignore for ignore in ignores if ignore.line in lines and ignore.covers(code)]
    return bool(covering)


def _unused(source: Source, ignores: list[Ignore], checked: set[str]) -> Iterator[Finding]:
    code, name = UNUSED_IGNORE
    for ignore in ignores:
        unused = [each for each in ignore.unused if not each or each in checked]
        if not unused:
            continue
        what = ", ".join(unused) or "anything"
        yield Finding(
            *(source.path, ignore.line, ignore.column, code, name),
            f"this comment silences {what}, and there is nothing to silence",
            help="remove it, so that it hides nothing later",
            end_line=ignore.line,
            end_column=ignore.end_column,
        )
