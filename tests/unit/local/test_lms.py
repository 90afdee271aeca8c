"""
The sample data: repeatable, consistent, and shaped like a real learning platform's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supaopt import sql
from supaopt.errors import ConfigError
from supaopt.local.lms import TABLES, Sizes, table_rows

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = Sizes(
    clients=5,
    profiles=12,
    products=8,
    modules=40,
    lessons=60,
    questions=30,
    students=50,
    modules_per_student=3,
    sessions=6,
    inactive_sessions=2,
    viewers=20,
    submissions=15,
)
REFERENCES = {
    "profiles.client_id": "clients",
    "products.created_by": "profiles",
    "job_readiness_products.product_id": "products",
    "client_product_assignments.client_id": "clients",
    "client_product_assignments.product_id": "products",
    "modules.product_id": "products",
    "lessons.module_id": "modules",
    "students.client_id": "clients",
    "assessment_module_questions.module_id": "modules",
    "assessment_module_questions.question_id": "assessment_questions",
    "student_module_progress.student_id": "students",
    "student_module_progress.module_id": "modules",
    "assessment_progress.student_id": "students",
    "assessment_progress.module_id": "modules",
    "job_readiness_expert_session_products.expert_session_id": "job_readiness_expert_sessions",
    "job_readiness_expert_session_products.product_id": "products",
    "job_readiness_expert_session_progress.student_id": "students",
    "job_readiness_expert_session_progress.expert_session_id": "job_readiness_expert_sessions",
    "job_readiness_submissions.student_id": "students",
    "job_readiness_submissions.module_id": "modules",
    "job_readiness_submissions.reviewed_by": "profiles",
}
UNIQUE = {
    "client_product_assignments": ("client_id", "product_id"),
    "assessment_module_questions": ("module_id", "question_id"),
    "assessment_progress": ("student_id", "module_id"),
    "student_module_progress": ("student_id", "module_id"),
    "job_readiness_products": ("product_id",),
    "job_readiness_expert_session_products": ("expert_session_id", "product_id"),
    "job_readiness_expert_session_progress": ("student_id", "expert_session_id"),
}


@pytest.fixture(name="rows")
def _rows() -> Callable[[str], list[dict[str, Any]]]:
    return lambda table: list(table_rows(table, SMALL, seed=3))


def test_the_same_seed_gives_the_same_rows() -> None:
    """
    Two runs with one seed are equal in every column of every table.
    """
    for table in TABLES:
        assert list(table_rows(table, SMALL, seed=3)) == list(table_rows(table, SMALL, seed=3))


def test_another_seed_gives_other_people() -> None:
    """
    Seeds tell data sets apart.
    """
    one, other = (next(table_rows("students", SMALL, seed=seed)) for seed in (3, 4))

    assert one["id"] != other["id"]


def test_the_rows_do_not_change_between_releases() -> None:
    """
    The first learner of the standard data is the one that figures were published with.
    """
    learner = next(table_rows("students"))

    assert "arjun.clarke0@vindhya-college-19.example" == learner["email"]


@pytest.mark.parametrize("reference", REFERENCES)
def test_every_reference_has_a_target(
    rows: Callable[[str], list[dict[str, Any]]], reference: str
) -> None:
    """
    A foreign key names a row that exists.
    """
    table, column = reference.split(".")
    targets = {row["id"] for row in rows(REFERENCES[reference])}

    named = {row[column] for row in rows(table)} - {None}

    assert named
    assert set() == named - targets


@pytest.mark.parametrize("table", TABLES)
def test_keys_are_unique(rows: Callable[[str], list[dict[str, Any]]], table: str) -> None:
    """
    No primary or unique key occurs twice.
    """
    found = rows(table)
    keys = [tuple(row[name] for name in UNIQUE.get(table, ("id",))) for row in found]

    assert len(found) == len(set(keys)) > 0


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_those_of_the_schema(
    rows: Callable[[str], list[dict[str, Any]]], table: str
) -> None:
    """
    Every column of the reference schema is filled, and no other.
    """
    definition = re.search(
        rf"create table if not exists public\.{table} \((.*?)\n\);",
        sql.reference("schema"),
        re.DOTALL,
    )
    assert definition
    columns = re.findall(r"^    (\w+) (?!key\b|\()", definition[1], re.MULTILINE)

    assert {*columns} - {"unique", "primary", "references"} == {*rows(table)[0]}


def test_a_quiz_is_most_of_a_lesson() -> None:
    """
    The quiz is about five sixths of a lesson, and the lesson about 4 kB.
    """
    lessons = [
        row | {"quiz_data": json.loads(row["quiz_data"])} for row in table_rows("lessons", SMALL)
    ]
    whole = sum(len(json.dumps(lesson, default=str)) for lesson in lessons)
    quizzes = sum(len(json.dumps(lesson["quiz_data"])) for lesson in lessons)

    assert 0.80 < quizzes / whole < 0.88
    assert 3_500 < whole / len(lessons) < 4_500


def test_nobody_real_can_be_reached(rows: Callable[[str], list[dict[str, Any]]]) -> None:
    """
    Mail domains, media hosts and telephone numbers are ones that nobody can have.
    """
    for student in rows("students"):
        assert student["email"].endswith(".example")
        assert re.fullmatch(r"\+91 5\d{4} \d{5}", student["phone_number"])
    for table in TABLES:
        for host in re.findall(r"https?://([^/\"]+)", json.dumps(rows(table), default=str)):
            assert host.endswith(".example")


def test_colleges_have_names_of_their_own() -> None:
    """
    The first two thousand clients differ in name.
    """
    names = {row["name"] for row in table_rows("clients", Sizes(clients=2_000))}

    assert 2_000 == len(names)


def test_sessions_fan_out(rows: Callable[[str], list[dict[str, Any]]]) -> None:
    """
    Sessions belong to one product or to several, and have few viewers or many.
    """
    products = [row["expert_session_id"] for row in rows("job_readiness_expert_session_products")]
    viewers = [row["expert_session_id"] for row in rows("job_readiness_expert_session_progress")]

    assert {1, 2, 3, 4} == {products.count(session) for session in products}
    assert {20, 18, 16, 14, 12, 10, 8, 6} == {viewers.count(session) for session in viewers}


def test_a_table_does_not_depend_on_anothers_size() -> None:
    """
    More lessons leave the students as they are.
    """
    more = Sizes(lessons=2_000, students=50, viewers=20)
    fewer = Sizes(lessons=10, students=50, viewers=20)

    assert list(table_rows("students", more)) == list(table_rows("students", fewer))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clients": 0}, "clients=0"),
        ({"lessons": -1}, "lessons=-1"),
        ({"students": 10, "viewers": 11}, "only 10 students"),
        ({"modules": 4, "modules_per_student": 5}, "only 4"),
    ],
)
def test_impossible_sizes_are_refused(wrong: dict[str, int], message: str) -> None:
    """
    A size that cannot be is refused, and the message names it.
    """
    with pytest.raises(ConfigError) as caught:
        Sizes(**wrong)

    assert message in str(caught.value)


@given(
    st.builds(
        Sizes,
        clients=st.integers(1, 3),
        profiles=st.integers(1, 3),
        products=st.integers(1, 3),
        modules=st.integers(2, 8),
        lessons=st.integers(1, 3),
        questions=st.integers(1, 3),
        students=st.integers(4, 9),
        modules_per_student=st.integers(1, 2),
        sessions=st.integers(1, 3),
        inactive_sessions=st.integers(1, 2),
        viewers=st.integers(1, 4),
        submissions=st.integers(1, 3),
    ),
    st.integers(),
)
@settings(max_examples=25, deadline=None)
def test_the_smallest_platforms_work(sizes: Sizes, seed: int) -> None:
    """
    Any allowed size and any seed give rows whose keys are unique.
    """
    for table in TABLES:
        names = UNIQUE.get(table, ("id",))
        keys = [tuple(row[n] for n in names) for row in table_rows(table, sizes, seed=seed)]
        assert len(keys) == len(set(keys))
