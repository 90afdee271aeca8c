"""
The plan's column sets.
"""

from __future__ import annotations

import pytest

from supaopt import selectors
from supaopt.selectors import Selector, lms

# Entity, set and the columns that the plan names, after its own corrections of the schema.
PLAN = [
    ("CLIENT", "DROPDOWN", "id name"),
    ("CLIENT", "LIST", "id name"),
    ("CLIENT", "DETAIL", "id name"),
    ("PRODUCT", "LIST", "id name type description"),
    ("PRODUCT", "DETAIL", "id name type description image_url created_by created_at updated_at"),
    ("USER", "LIST", "id full_name role client_id is_active status is_enrolled"),
    ("USER", "DETAIL", "id full_name role client_id is_active status is_enrolled updated_at"),
    ("MODULE", "LIST", "id name type sequence created_at updated_at"),
    (
        "MODULE",
        "DETAIL",
        "id name type sequence configuration product_id created_at updated_at",
    ),
    (
        "MODULE",
        "ADMIN",
        "id name type sequence configuration product_id created_by created_at updated_at",
    ),
    ("MODULE", "STUDENT", "id name type sequence configuration"),
    ("LESSON", "LIST", "id title description sequence has_quiz created_at"),
    (
        "LESSON",
        "DETAIL",
        "id title description video_url sequence has_quiz quiz_data created_at updated_at",
    ),
    ("LESSON", "PROGRESS", "id title sequence has_quiz"),
    ("STUDENT", "LIST", "id full_name email client_id is_active last_login_at created_at"),
    (
        "STUDENT",
        "DETAIL",
        (
            "id full_name email phone_number client_id is_active star_rating "
            "job_readiness_star_level job_readiness_tier job_readiness_background_type "
            "created_at updated_at"
        ),
    ),
    (
        "STUDENT",
        "PROGRESS",
        "id full_name job_readiness_star_level job_readiness_tier last_login_at",
    ),
    (
        "QUESTION_BANK",
        "LIST",
        "id question_text question_type difficulty topic options correct_answer updated_at",
    ),
    ("QUESTION_BANK", "DETAIL", "id difficulty topic created_by"),
    ("LEARNER", "DETAIL", "id full_name email client_id"),
    ("STUDENT_MODULE_PROGRESS", "SUMMARY", "module_id status progress_percentage updated_at"),
    ("STUDENT_MODULE_PROGRESS", "DETAIL", "module_id status progress_details"),
]
WRONG = {
    "profiles": {"email", "created_at", "avatar_url"},
    "products": {"is_active"},
    "assessment_questions": {"difficulty_level", "explanation"},
    "modules": {"order_index"},
    "assessment_module_questions": {"order_index"},
    "assessment_progress": {"start_time"},
}


def every_selector() -> list[Selector]:  # type: ignore[type-arg]
    """Return every selector under SELECTORS."""
    groups = [group for name, group in vars(lms.SELECTORS).items() if name.isupper()]
    return [each for group in groups for name, each in vars(group).items() if name.isupper()]


@pytest.mark.parametrize(("entity", "name", "columns"), PLAN)
def test_every_set_of_the_plan_is_there(entity: str, name: str, columns: str) -> None:
    """Each set holds the columns that the plan names, whatever their order."""
    selector = getattr(getattr(selectors.SELECTORS, entity), name)
    assert set(columns.split()) - set(str(selector).split(",")) == set()


@pytest.mark.parametrize("selector", every_selector(), ids=lambda each: each.row.__name__)
def test_no_set_has_a_column_that_the_plan_corrected(selector: Selector) -> None:  # type: ignore[type-arg]
    """The columns that the plan found missing from the schema are not asked for."""
    assert set(str(selector).split(",")) & WRONG.get(selector.table, set()) == set()


@pytest.mark.parametrize("name", [name for name in vars(lms.SELECTORS) if name.isupper()])
def test_every_group_is_public_under_its_own_name(name: str) -> None:
    """`lms.USER` is `SELECTORS.USER`."""
    assert getattr(lms, name) is getattr(lms.SELECTORS, name)


def test_progress_has_three_states() -> None:
    """The plan's enum values are the only ones."""
    field = lms.StudentModuleProgressSummary.model_fields["status"]
    assert field.annotation == lms.ProgressStatus
    assert lms.ProgressStatus.__args__ == ("NotStarted", "InProgress", "Completed")


def test_the_example_is_loaded_on_demand() -> None:
    """A name that is not there is told as Python tells it."""
    with pytest.raises(AttributeError, match="no attribute 'SELECTOR'"):
        selectors.SELECTOR  # type: ignore[attr-defined] # noqa: B018
