"""
The name that was probably meant.
"""

import pytest

from supaopt.selectors._suggest import closest

PROGRESS = ["id", "module_id", "saved_answers", "started_at", "remaining_time_seconds"]


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("order_index", ["module_id", "question_id", "sequence"], "sequence"),
        ("position", ["id", "name", "sequence"], "sequence"),
        ("start_time", PROGRESS, "started_at"),
        ("difficulty_level", ["difficulty", "topic"], "difficulty"),
        ("full_nmae", ["full_name", "role"], "full_name"),
        ("avatar_url", ["id", "full_name"], None),
        ("explanation", ["id", "topic", "options"], None),
        ("email", ["id", "role"], None),
        ("id", ["id"], None),
        ("x", [], None),
    ],
)
def test_the_likely_name_is_a_synonym_or_a_near_spelling(
    name: str, known: list[str], expected: str | None
) -> None:
    """Synonyms come before spelling, and nothing is offered where nothing is near."""
    assert closest(name, known) == expected
