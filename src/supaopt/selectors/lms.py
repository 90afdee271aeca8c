"""
The column sets of the bundled example, a learning platform: `SELECTORS` and the row classes.

Nothing generic imports this module: it shows what an application writes for itself.
"""

from __future__ import annotations

from typing import Final, Literal

from supaopt.selectors._lms_rows import (
    AssessmentProgressDetail,
    AssessmentQuestionList,
    ClientDetail,
    ClientDropdown,
    ClientList,
    LearnerDetail,
    LearnerDetailWithClient,
    LessonDetail,
    LessonList,
    LessonProgress,
    ModuleAdmin,
    ModuleDetail,
    ModuleList,
    ModuleStudent,
    ModuleStudentWithProgress,
    ProductDetail,
    ProductList,
    ProgressStatus,
    QuestionBankDetail,
    QuestionBankList,
    StudentDetail,
    StudentList,
    StudentModuleProgressDetail,
    StudentModuleProgressSummary,
    StudentProgress,
    UserDetail,
    UserDetailWithClient,
    UserList,
    UserListWithClient,
)
from supaopt.selectors._selector import Entity

__all__ = [
    "ASSESSMENT_PROGRESS",
    "ASSESSMENT_QUESTION",
    "CLIENT",
    "LEARNER",
    "LESSON",
    "MODULE",
    "PRODUCT",
    "QUESTION_BANK",
    "SELECTORS",
    "STUDENT",
    "STUDENT_MODULE_PROGRESS",
    "USER",
    "AssessmentProgressDetail",
    "AssessmentQuestionList",
    "ClientDetail",
    "ClientDropdown",
    "ClientList",
    "LearnerDetail",
    "LearnerDetailWithClient",
    "LessonDetail",
    "LessonList",
    "LessonProgress",
    "ModuleAdmin",
    "ModuleDetail",
    "ModuleList",
    "ModuleStudent",
    "ModuleStudentWithProgress",
    "ProductDetail",
    "ProductList",
    "ProgressStatus",
    "QuestionBankDetail",
    "QuestionBankList",
    "StudentDetail",
    "StudentList",
    "StudentModuleProgressDetail",
    "StudentModuleProgressSummary",
    "StudentProgress",
    "UserDetail",
    "UserDetailWithClient",
    "UserList",
    "UserListWithClient",
]

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
            "last_login_at",
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
            "job_readiness_promotion_eligible",
            "job_readiness_last_promoted_at",
            "preferred_language",
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
            "updated_at",
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
