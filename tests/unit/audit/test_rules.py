"""
Every rule against the examples that it shows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from supaopt.audit import RULES, Rule, _rules
from supaopt.audit._engine import audit_text


def _found(text: str) -> list[str]:
    return [finding.code for finding in audit_text(text, RULES, path="app.py")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_speaks_of_its_bad_example_alone(rule: Rule) -> None:
    """The bad example gives findings of this rule and of no other."""
    assert {rule.code} == set(_found(rule.bad))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_nothing_is_wrong_with_a_good_example(rule: Rule) -> None:
    """The good example gives no finding of any rule."""
    assert [] == _found(rule.good)


def test_codes_and_names_are_unique() -> None:
    """No two rules share a code or a name."""
    assert len(RULES) == len({rule.code for rule in RULES}) == len({rule.name for rule in RULES})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_in_the_file_of_its_name(rule: Rule) -> None:
    """Whoever reads a finding finds the rule's file."""
    folder = Path(_rules.__file__).parent
    assert (folder / f"{rule.name.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_guide_lists_every_rule(rule: Rule) -> None:
    """The table of the guide has a line for each code and name."""
    guide = Path(__file__).parents[3] / "docs" / "guides" / "audit.md"
    assert f"| {rule.code} | `{rule.name}` |" in guide.read_text(encoding="utf-8")
