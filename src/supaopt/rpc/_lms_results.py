"""
What the functions of the bundled example return.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

_MODEL: Final = ConfigDict(frozen=True, defer_build=True)

ProgressStatus = Literal["NotStarted", "InProgress", "Completed"]
UserRole = Literal["admin", "staff", "client_staff", "viewer", "student"]


class ExpertSessionProduct(BaseModel):
    """
    A product that a session belongs to.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    id: UUID
    name: str
    type: str


class ExpertSessionStats(BaseModel):
    """
    A session with its figures over the learners whom the caller may see.

    Attributes:
        video_duration: Seconds.
        completion_rate: Percent of the viewers, 0 to 100.
        average_watch_time: Seconds.
        products: Its job-readiness products.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    id: UUID
    title: str | None
    description: str | None
    video_url: str | None
    video_duration: int | None
    is_active: bool
    created_at: datetime
    updated_at: datetime
    total_viewers: int
    completion_rate: float
    average_watch_time: float
    products: list[ExpertSessionProduct]


class ProductPerformance(BaseModel):
    """
    A product with its learners' figures.

    Attributes:
        completed_students: Those who completed all its modules.
        average_progress: Percent over enrolled learners and modules, 0 to 100.
        completion_rate: Percent of the enrolled, 0 to 100.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    product_id: UUID
    product_name: str
    product_type: str | None
    enrolled_students: int
    active_students: int
    started_students: int
    completed_students: int
    average_progress: float
    completion_rate: float


class ModuleProgress(BaseModel):
    """
    How far a student is in a module.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    module_id: UUID
    status: ProgressStatus
    progress_percentage: int
    updated_at: datetime


class StudentProgressSummary(BaseModel):
    """
    How far a student is in all modules.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    student_id: UUID
    progress_summary: list[ModuleProgress]


class LearnerWithProgress(BaseModel):
    """
    A student with client and progress.

    Attributes:
        average_progress: Percent over the modules with progress; None where there is none.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    id: UUID
    full_name: str | None
    email: str | None
    client_id: UUID | None
    client_name: str | None
    is_active: bool | None
    job_readiness_star_level: str | None
    job_readiness_tier: str | None
    last_login_at: datetime | None
    created_at: datetime
    started_modules: int
    completed_modules: int
    average_progress: float | None
    last_progress_at: datetime | None


class SubmissionWithDetails(BaseModel):
    """
    A submission with student, client, module, product and reviewer.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    id: UUID
    status: str
    score: float | None
    submitted_at: datetime
    reviewed_at: datetime | None
    student_id: UUID
    student_name: str | None
    student_email: str | None
    client_id: UUID | None
    client_name: str | None
    module_id: UUID
    module_name: str | None
    product_id: UUID | None
    product_name: str | None
    reviewer_name: str | None


class StudentFigures(BaseModel):
    """
    How many students there are.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    total: int
    active: int


class ProgressFigures(BaseModel):
    """
    How far they are, in module runs and percent.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    started: int
    completed: int
    average_progress: float


class ExpertSessionFigures(BaseModel):
    """
    What they watched.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    viewers: int
    views: int
    completed: int
    watch_time_seconds: int


class Analytics(BaseModel):
    """
    Figures of the platform, or of one client.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    generated_at: datetime
    students: StudentFigures
    progress: ProgressFigures
    expert_sessions: ExpertSessionFigures
    products: list[ProductPerformance]


class CachedAnalytics(Analytics):
    """
    The same, and whether it came from the cache.
    """

    cached: bool


class CreatedUser(BaseModel):
    """
    A user whose rows are there.

    Attributes:
        created: False when they were there before.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    user_id: UUID
    user_role: UserRole
    created: bool
