"""
The row classes of the bundled example, a learning platform.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from supaopt.selectors._row import Row

ProgressStatus = Literal["NotStarted", "InProgress", "Completed"]


class ClientDropdown(Row, table="clients"):
    """
    A client to choose from.
    """

    id: UUID
    name: str


class ClientList(ClientDropdown):
    """
    A client in a list.
    """

    is_active: bool
    created_at: datetime


class ClientDetail(ClientList):
    """
    A client on its own page.
    """

    updated_at: datetime


class ProductList(Row, table="products"):
    """
    A product in a list. Products have no ``is_active``.
    """

    id: UUID
    name: str
    type: str | None
    description: str | None
    created_at: datetime
    updated_at: datetime


class ProductDetail(ProductList):
    """
    A product on its own page.
    """

    image_url: str | None
    created_by: UUID | None


class UserList(Row, table="profiles"):
    """
    A user in a list. Profiles have neither ``email`` nor ``created_at``.
    """

    id: UUID
    full_name: str | None
    role: str | None
    client_id: UUID | None
    is_active: bool | None
    status: str | None
    is_enrolled: bool | None


class UserDetail(UserList):
    """
    A user on its own page.
    """

    updated_at: datetime


class UserListWithClient(UserList):
    """
    A user in a list, with the client's name.
    """

    client: ClientDropdown | None


class UserDetailWithClient(UserDetail):
    """
    A user on its own page, with the client's name.
    """

    client: ClientDropdown | None


class ModuleList(Row, table="modules"):
    """
    A module in a list. Modules are ordered by ``sequence``.
    """

    id: UUID
    name: str | None
    type: str | None
    sequence: int | None
    created_at: datetime
    updated_at: datetime


class ModuleDetail(ModuleList):
    """
    A module on its own page.
    """

    configuration: dict[str, Any] | None
    product_id: UUID | None


class ModuleAdmin(ModuleDetail):
    """
    A module for those who edit it.
    """

    created_by: UUID | None


class StudentModuleProgressSummary(Row, table="student_module_progress"):
    """
    How far a student is in a module.
    """

    module_id: UUID
    status: ProgressStatus
    progress_percentage: int
    updated_at: datetime


class StudentModuleProgressDetail(StudentModuleProgressSummary):
    """
    How far a student is in a module, with the answers and times so far.
    """

    id: UUID
    student_id: UUID
    progress_details: dict[str, Any] | None


class ModuleStudent(Row, table="modules"):
    """
    A module for those who learn in it.
    """

    id: UUID
    name: str | None
    type: str | None
    sequence: int | None
    configuration: dict[str, Any] | None


class ModuleStudentWithProgress(ModuleStudent):
    """
    A module with the progress that the caller may see.
    """

    product_id: UUID | None
    student_module_progress: list[StudentModuleProgressDetail]


class LessonProgress(Row, table="lessons"):
    """
    A lesson in a progress bar.
    """

    id: UUID
    title: str | None
    sequence: int | None
    has_quiz: bool


class LessonList(LessonProgress):
    """
    A lesson in a list.
    """

    description: str | None
    created_at: datetime


class LessonDetail(LessonList):
    """
    A lesson on its own page, with its quiz.
    """

    video_url: str | None
    quiz_data: dict[str, Any] | None
    updated_at: datetime


class StudentList(Row, table="students"):
    """
    A student in a list.
    """

    id: UUID
    full_name: str | None
    email: str | None
    client_id: UUID | None
    is_active: bool | None
    last_login_at: datetime | None
    created_at: datetime


class StudentDetail(Row, table="students"):
    """
    A student on its own page.
    """

    id: UUID
    full_name: str | None
    email: str | None
    phone_number: str | None
    client_id: UUID | None
    is_active: bool | None
    star_rating: int | None
    job_readiness_star_level: str | None
    job_readiness_tier: str | None
    job_readiness_background_type: str | None
    created_at: datetime
    updated_at: datetime


class StudentProgress(Row, table="students"):
    """
    A student in a progress report.
    """

    id: UUID
    full_name: str | None
    job_readiness_star_level: str | None
    job_readiness_tier: str | None
    last_login_at: datetime | None


class LearnerDetail(StudentList):
    """
    A student as staff see one.
    """

    phone_number: str | None
    job_readiness_star_level: str | None
    job_readiness_tier: str | None


class LearnerDetailWithClient(LearnerDetail):
    """
    A student as staff see one, with the client's name.
    """

    client: ClientDropdown | None


class QuestionBankList(Row, table="assessment_questions"):
    """
    A question in a list: with what is needed to show its right answer.
    """

    id: UUID
    question_text: str | None
    question_type: str | None
    difficulty: str | None
    topic: str | None
    options: Any
    correct_answer: Any
    created_at: datetime
    updated_at: datetime


class QuestionBankDetail(QuestionBankList):
    """
    A question for those who edit it.
    """

    created_by: UUID | None


class AssessmentQuestionList(Row, table="assessment_module_questions"):
    """
    A question of an assessment, at its place. Learners see no question: it holds the answer.
    """

    module_id: UUID
    question_id: UUID
    sequence: int | None
    question: QuestionBankList | None


class AssessmentProgressDetail(Row, table="assessment_progress"):
    """
    An attempt at an assessment. It begins at ``started_at``.
    """

    module_id: UUID
    saved_answers: Any
    started_at: datetime | None
    remaining_time_seconds: int | None
