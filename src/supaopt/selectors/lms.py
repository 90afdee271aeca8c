"""
The column sets of the bundled example, a learning platform.

Row classes and the `SELECTORS` made of them. Nothing generic imports this module: it shows what
an application writes for itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from supaopt.selectors._row import Row
from supaopt.selectors._selector import Entity

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

    is_active: bool | None
    created_at: datetime | None


class ClientDetail(ClientList):
    """
    A client on its own page.
    """

    updated_at: datetime | None


class ProductList(Row, table="products"):
    """
    A product in a list. Products have no ``is_active``.
    """

    id: UUID
    name: str
    type: str | None
    description: str | None
    created_at: datetime | None
    updated_at: datetime | None


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

    updated_at: datetime | None


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
    created_at: datetime | None
    updated_at: datetime | None


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
    status: ProgressStatus | None
    progress_percentage: int | None
    updated_at: datetime | None


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
    has_quiz: bool | None


class LessonList(LessonProgress):
    """
    A lesson in a list.
    """

    description: str | None
    created_at: datetime | None


class LessonDetail(LessonList):
    """
    A lesson on its own page, with its quiz.
    """

    video_url: str | None
    quiz_data: dict[str, Any] | None
    updated_at: datetime | None


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
    created_at: datetime | None


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
    created_at: datetime | None
    updated_at: datetime | None


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
    created_at: datetime | None
    updated_at: datetime | None


class QuestionBankDetail(QuestionBankList):
    """
    A question for those who edit it.
    """

    created_by: UUID | None


class AssessmentQuestionList(Row, table="assessment_module_questions"):
    """
    A question of an assessment, at its place.
    """

    module_id: UUID
    question_id: UUID
    sequence: int | None
    question: QuestionBankList


class AssessmentProgressDetail(Row, table="assessment_progress"):
    """
    An attempt at an assessment. It begins at ``started_at``.
    """

    module_id: UUID | None
    saved_answers: Any
    started_at: datetime | None
    remaining_time_seconds: int | None


_CLIENTS: Final[Entity[Literal["id", "name", "is_active", "created_at", "updated_at"]]] = Entity(
    "clients"
)
_PRODUCTS: Final[
    Entity[
        Literal[
            "id",
            "name",
            "description",
            "type",
            "image_url",
            "created_by",
            "created_at",
            "updated_at",
        ]
    ]
] = Entity("products")
_PROFILES: Final[
    Entity[
        Literal[
            "id",
            "full_name",
            "role",
            "client_id",
            "is_active",
            "status",
            "is_enrolled",
            "updated_at",
        ]
    ]
] = Entity("profiles")
_MODULES: Final[
    Entity[
        Literal[
            "id",
            "name",
            "type",
            "sequence",
            "configuration",
            "product_id",
            "created_by",
            "created_at",
            "updated_at",
        ]
    ]
] = Entity("modules")
_LESSONS: Final[
    Entity[
        Literal[
            "id",
            "module_id",
            "title",
            "description",
            "video_url",
            "sequence",
            "has_quiz",
            "quiz_data",
            "created_by",
            "created_at",
            "updated_at",
        ]
    ]
] = Entity("lessons")
_STUDENTS: Final[
    Entity[
        Literal[
            "id",
            "full_name",
            "email",
            "phone_number",
            "client_id",
            "is_active",
            "star_rating",
            "job_readiness_star_level",
            "job_readiness_tier",
            "job_readiness_background_type",
            "last_login_at",
            "created_at",
            "updated_at",
        ]
    ]
] = Entity("students")
_QUESTIONS: Final[
    Entity[
        Literal[
            "id",
            "question_text",
            "question_type",
            "difficulty",
            "topic",
            "options",
            "correct_answer",
            "created_by",
            "created_at",
            "updated_at",
        ]
    ]
] = Entity("assessment_questions")
_MODULE_PROGRESS: Final[
    Entity[
        Literal[
            "id",
            "student_id",
            "module_id",
            "status",
            "progress_percentage",
            "progress_details",
            "updated_at",
        ]
    ]
] = Entity("student_module_progress")
_MODULE_QUESTIONS: Final[Entity[Literal["module_id", "question_id", "sequence"]]] = Entity(
    "assessment_module_questions"
)
_ATTEMPTS: Final[
    Entity[
        Literal[
            "id",
            "student_id",
            "module_id",
            "saved_answers",
            "started_at",
            "remaining_time_seconds",
        ]
    ]
] = Entity("assessment_progress")


class CLIENT:
    """
    Column sets of ``clients``.
    """

    DROPDOWN: Final = _CLIENTS.selector(ClientDropdown)
    LIST: Final = _CLIENTS.selector(ClientList)
    DETAIL: Final = _CLIENTS.selector(ClientDetail)


class PRODUCT:
    """
    Column sets of ``products``.
    """

    LIST: Final = _PRODUCTS.selector(ProductList)
    DETAIL: Final = _PRODUCTS.selector(ProductDetail)


class USER:
    """
    Column sets of ``profiles``.
    """

    LIST: Final = _PROFILES.selector(UserList)
    DETAIL: Final = _PROFILES.selector(UserDetail)
    LIST_WITH_CLIENT: Final = _PROFILES.selector(UserListWithClient)
    DETAIL_WITH_CLIENT: Final = _PROFILES.selector(UserDetailWithClient)


class MODULE:
    """
    Column sets of ``modules``.
    """

    LIST: Final = _MODULES.selector(ModuleList)
    DETAIL: Final = _MODULES.selector(ModuleDetail)
    ADMIN: Final = _MODULES.selector(ModuleAdmin)
    STUDENT: Final = _MODULES.selector(ModuleStudent)
    STUDENT_WITH_PROGRESS: Final = _MODULES.selector(ModuleStudentWithProgress)


class LESSON:
    """
    Column sets of ``lessons``.
    """

    LIST: Final = _LESSONS.selector(LessonList)
    DETAIL: Final = _LESSONS.selector(LessonDetail)
    PROGRESS: Final = _LESSONS.selector(LessonProgress)


class STUDENT:
    """
    Column sets of ``students``.
    """

    LIST: Final = _STUDENTS.selector(StudentList)
    DETAIL: Final = _STUDENTS.selector(StudentDetail)
    PROGRESS: Final = _STUDENTS.selector(StudentProgress)


class LEARNER:
    """
    Column sets of ``students`` as staff see them.
    """

    DETAIL: Final = _STUDENTS.selector(LearnerDetail)
    DETAIL_WITH_CLIENT: Final = _STUDENTS.selector(LearnerDetailWithClient)


class QUESTION_BANK:  # noqa: N801 - the plan's name
    """
    Column sets of ``assessment_questions``.
    """

    LIST: Final = _QUESTIONS.selector(QuestionBankList)
    DETAIL: Final = _QUESTIONS.selector(QuestionBankDetail)


class ASSESSMENT_QUESTION:  # noqa: N801 - named like the others
    """
    Column sets of ``assessment_module_questions``.
    """

    LIST: Final = _MODULE_QUESTIONS.selector(AssessmentQuestionList)


class ASSESSMENT_PROGRESS:  # noqa: N801 - named like the others
    """
    Column sets of ``assessment_progress``.
    """

    DETAIL: Final = _ATTEMPTS.selector(AssessmentProgressDetail)


class STUDENT_MODULE_PROGRESS:  # noqa: N801 - the plan's name
    """
    Column sets of ``student_module_progress``.
    """

    SUMMARY: Final = _MODULE_PROGRESS.selector(StudentModuleProgressSummary)
    DETAIL: Final = _MODULE_PROGRESS.selector(StudentModuleProgressDetail)


class SELECTORS:
    """
    Every column set, by entity: ``SELECTORS.USER.LIST``.
    """

    ASSESSMENT_PROGRESS: Final = ASSESSMENT_PROGRESS
    ASSESSMENT_QUESTION: Final = ASSESSMENT_QUESTION
    CLIENT: Final = CLIENT
    LEARNER: Final = LEARNER
    LESSON: Final = LESSON
    MODULE: Final = MODULE
    PRODUCT: Final = PRODUCT
    QUESTION_BANK: Final = QUESTION_BANK
    STUDENT: Final = STUDENT
    STUDENT_MODULE_PROGRESS: Final = STUDENT_MODULE_PROGRESS
    USER: Final = USER
