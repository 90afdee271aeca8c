"""
The audit of one text: places, comments that silence, and texts of every kind.
"""

from __future__ import annotations

import ast
import re
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from supaopt.audit import RULES, Rule
from supaopt.audit._engine import audit_file, audit_text
from supaopt.audit._parse import LARGEST_BYTES
from supaopt.audit._project import Project

_BAD = 'from supabase import Client\ndef f(c: Client):\n    c.table("t").select("*").execute()'
_TOKENS = (
    *("client", "self", "c", ".", "(", ")", "[", "]", "{", "}", ",", ":", "=", "*", "**", "@"),
    *("\n", "\n    ", "\t", '"*"', "'sb_secret_'", 'f"{c}"', "await ", "async ", "def ", "class "),
    *("lambda ", "for ", "in ", "import ", "from ", "supabase ", "create_client", "return "),
    *("table", "select", "execute", "global ", "# supaopt: ignore", "\\", "\x00", "\ufeff", "é"),
)


def _codes(text: str, *, path: str = "app.py") -> list[str]:
    return [finding.code for finding in audit_text(text, RULES, path=path)]


@settings(max_examples=300)
@given(st.text())
@example("\ud800")
@example("#" + "\r" * 3)
def test_no_text_makes_the_audit_fail(text: str) -> None:
    """Whatever stands in a file, there are findings or none."""
    assert isinstance(audit_text(f"# supabase\n{text}", RULES, path="app.py"), list)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_TOKENS), max_size=40))
def test_nothing_that_looks_like_a_program_makes_it_fail(tokens: list[str]) -> None:
    """Nor do pieces of programs in any order."""
    text = "from supabase import create_client\n" + "".join(tokens)
    assert isinstance(audit_text(text, RULES, path="app.py"), list)


@given(st.sampled_from(RULES), st.data())
@settings(max_examples=150)
def test_no_change_to_a_real_program_makes_it_fail(rule: Rule, data: st.DataObject) -> None:
    """Nor do the rules' own examples with one expression in the place of another."""
    tree = ast.parse(rule.bad)
    places = [
        (node, name)
        for node in ast.walk(tree)
        for name, value in ast.iter_fields(node)
        if isinstance(value, ast.expr)
    ]
    (node, name), (donor, part) = (data.draw(st.sampled_from(places)) for _ in range(2))
    setattr(node, name, deepcopy(getattr(donor, part)))
    text = ast.unparse(tree)
    assert isinstance(audit_text(text, RULES, path="app.py"), list)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "x = " + "(" * 90 + ")" * 90,
        "x = " + "-" * 50_000 + "1",
        "x = " + "[" * 150 + "]" * 150,
        "c" + ".a" * 20_000,
        "c" + ".eq(1)" * 3_000,
        "x = " + "+".join(["1"] * 20_000),
        "def f(c: Client): c" + ".eq(1)" * 900 + ".table('t').select('*').execute()",
    ],
    ids=lambda text: f"{text[:14]}... {len(text)}",
)
def test_deep_nesting_is_survived(text: str) -> None:
    """What nests too deeply is reported as unreadable, or audited; Python stays alive."""
    found = _codes(f"from supabase import Client\n{text}")
    assert found in ([], ["SUP001"])


def test_a_mistake_in_the_syntax_is_a_finding_at_its_place() -> None:
    """A file that is no Python says where."""
    (finding,) = audit_text("supabase = 1\nx = = 2\n", RULES, path="app.py")
    assert ("SUP001", 2, 5) == (finding.code, finding.line, finding.column)


@pytest.mark.parametrize(
    "content",
    [b"# coding: klingon\n", b"x = '\xff'\n", b"\x00", b"# coding: utf-16\n", b"\xff\xfex\x00"],
)
def test_an_odd_encoding_is_a_finding(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no text in the encoding declared are reported."""
    path = tmp_path / "odd.py"
    path.write_bytes(content)
    assert ["SUP001"] == [each.code for each in audit_file(path, RULES, Project([str(path)]))]


@pytest.mark.parametrize(
    "content",
    [
        b"# coding: latin-1\n" + f"é = 1\n{_BAD}".encode("latin-1"),
        b"\xef\xbb\xbf" + _BAD.encode(),
        _BAD.replace("\n", "\r\n").encode(),
        _BAD.replace("\n", "\r").encode(),
    ],
    ids=["latin-1", "BOM", "CRLF", "CR"],
)
def test_other_encodings_and_line_ends_are_read(tmp_path: Path, content: bytes) -> None:
    """Declared encodings, byte-order marks and the line ends of other systems are understood."""
    path = tmp_path / "app.py"
    path.write_bytes(content)
    assert ["SUP201"] == [each.code for each in audit_file(path, RULES, Project([str(path)]))]


def test_a_huge_file_is_a_finding(tmp_path: Path) -> None:
    """Generated files of many megabytes are reported rather than parsed."""
    path = tmp_path / "huge.py"
    path.write_bytes(b"#" * (LARGEST_BYTES + 1))
    (finding,) = audit_file(path, RULES, Project([str(path)]))
    assert "larger than 4 MiB" in finding.message


def test_a_file_that_is_gone_is_a_finding(tmp_path: Path) -> None:
    """Between the listing and the reading a file may vanish; the rest goes on."""
    (finding,) = audit_file(tmp_path / "gone.py", RULES, Project())
    assert ("SUP001", True) == (finding.code, finding.message.startswith("cannot be read"))


def test_columns_count_characters() -> None:
    """A letter of two bytes before it moves a finding by one column."""
    (finding,) = audit_text(_BAD.replace('"t"', '"é"'), RULES, path="app.py")
    assert (3, 18, 29) == (finding.line, finding.column, finding.end_column)


def test_a_call_of_a_chain_is_where_its_name_is() -> None:
    """In a chain over several lines, the line of the fault counts."""
    text = _BAD.replace('c.table("t")', 'return (c\n      .table("t")\n      ') + ")"
    (finding,) = audit_text(text, RULES, path="app.py")
    assert 5 == finding.line


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# supaopt: ignore[SUP201]", []),
        ("# supaopt: ignore[sup201, SUP202]", ["SUP002"]),
        ("# supaopt: ignore", []),
        ("# noqa: E501  # supaopt: ignore[SUP201] - the client shows all", []),
        ("# supaopt: ignore[SUP101]", ["SUP201", "SUP002"]),
        ("# ignore[SUP201]", ["SUP201"]),
        ("; x = '# supaopt: ignore[SUP201]'", ["SUP201"]),
    ],
)
def test_a_comment_silences_the_rules_that_it_names(comment: str, found: list[str]) -> None:
    """On a finding's line, by code; what it does not silence is reported as unused."""
    assert found == _codes(f"{_BAD} {comment}\n")


@pytest.mark.parametrize("line", [3, 4, 5])
def test_a_comment_may_stand_on_any_line_of_the_statement(line: int) -> None:
    """A formatter may move the call away from its comment, within the statement."""
    lines = _BAD.replace("c.table(", "rows = (\n  c.table(").splitlines()
    lines.append(").data")
    lines[line - 1] += "  # supaopt: ignore[SUP201]"
    assert [] == _codes("\n".join(lines))


def test_a_comment_on_a_loop_does_not_silence_its_body() -> None:
    """A compound statement is silenced line by line."""
    text = _BAD.replace("    c.", "    for x in y:  # supaopt: ignore[SUP201]\n        c.")
    assert ["SUP002", "SUP201"] == sorted(_codes(text))


def test_an_unused_comment_on_a_clean_line_is_a_finding() -> None:
    """A comment that has nothing to silence would hide tomorrow's fault."""
    assert ["SUP002"] == _codes("x = 1  # supaopt: ignore\n")
    assert ["SUP002"] == _codes("x = 1  # supaopt: ignore[SUP201]\n")


def test_a_comment_for_a_rule_not_asked_is_left_alone() -> None:
    """Whoever asks for some rules alone learns nothing of the comments for others."""
    rules = [rule for rule in RULES if rule.code == "SUP101"]
    assert [] == audit_text(f"{_BAD}  # supaopt: ignore[SUP201]", rules, path="app.py")


def test_tests_are_asked_for_secrets_alone() -> None:
    """In tests nobody minds a select of all columns, but a key is a key."""
    key = next(rule for rule in RULES if rule.code == "SUP101").bad
    assert ["SUP101"] == _codes(_BAD + key, path="tests/test_app.py")
    assert ["SUP101", "SUP201"] == sorted(_codes(_BAD + key, path="app.py"))


def test_our_own_code_gives_no_false_alarm() -> None:
    """The library breaks no rule, nor do its examples and the snippets of the guides."""
    root = Path(__file__).parents[3]
    folders = (root / "src", root / "examples")
    files = [str(path) for folder in folders for path in folder.rglob("*.py")]
    project = Project(files)
    found = {
        (Path(each.path).parent.name, each.code)
        for path in files
        for each in audit_file(Path(path), RULES, project)
    }
    for page in (root / "README.md", *(root / "docs").rglob("*.md")):
        snippets = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        named = audit_text("\n".join(snippets), RULES, path="page.py")
        found |= {(page.name, each.code) for each in named}
    assert set() == found
