"""
What all tables of the sample data share: sizes, a seed, keys to refer to, moments in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Final

from supaopt.errors import ConfigError
from supaopt.local._lms_documents import identifier

if TYPE_CHECKING:
    from uuid import UUID

# Never today: the same seed gives the same rows on any day.
_EPOCH: Final = datetime(2025, 1, 6, 3, 30, tzinfo=UTC)
_DAYS: Final = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """
    How many rows the learning platform has.

    Attributes:
        clients: Colleges that buy products for their students.
        profiles: Staff, of the platform and of its clients.
        products: Courses, assessments and job-readiness products.
        modules: Parts of products.
        lessons: Parts of modules, each with a quiz.
        questions: Questions of the bank, from which assessments draw.
        students: Learners.
        modules_per_student: Modules that each learner has begun.
        sessions: Active expert sessions.
        inactive_sessions: Expert sessions that nobody sees any more.
        viewers: Most learners who watched one session.
        submissions: Projects that learners handed in.

    Raises:
        ConfigError: A size is below one, or learners are too few for what they do.
    """

    clients: int = 40
    profiles: int = 250
    products: int = 24
    modules: int = 192
    lessons: int = 1_200
    questions: int = 1_000
    students: int = 4_000
    modules_per_student: int = 5
    sessions: int = 20
    inactive_sessions: int = 4
    viewers: int = 900
    submissions: int = 1_500

    @property
    def total(self) -> int:
        """
        About how many rows all tables have together: enough for a progress bar.
        """
        watched = (self.sessions + self.inactive_sessions) * self.viewers * 11 // 20
        single = self.clients + self.profiles + self.products + self.modules + self.lessons
        return (
            single
            + self.questions
            + self.students * (1 + self.modules_per_student)
            + self.students // 4
            + watched
            + self.submissions
        )

    def __post_init__(self) -> None:
        """
        Refuse sizes that leave a table empty or a learner without enough to do.
        """
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}={getattr(self, name)}: sample data needs at least one")
        if self.viewers > self.students:
            raise ConfigError(f"viewers={self.viewers}: there are only {self.students} students")
        if self.modules_per_student > self.modules:
            raise ConfigError(
                f"modules_per_student={self.modules_per_student}: there are only {self.modules}"
            )


@dataclass(frozen=True, slots=True)
class Sample:
    """
    One set of sample data, told by its seed and its sizes.
    """

    seed: int
    sizes: Sizes

    def rng(self, purpose: str) -> Random:
        """
        Return a source of its own for *purpose*, so that tables do not depend on one another.
        """
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - repeatable, and nobody's secret

    def keys(self, what: str) -> tuple[UUID, ...]:
        """
        Return the primary keys of the rows that the size called *what* counts.
        """
        return _keys(self.seed, what, getattr(self.sizes, what))


@cache
def _keys(seed: int, what: str, count: int) -> tuple[UUID, ...]:
    rng = Random(f"{seed} keys of {what}")  # noqa: S311 - see Sample.rng
    return tuple(identifier(rng) for _ in range(count))


def moment(rng: Random, after: datetime | None = None) -> datetime:
    """
    Return a moment of the sample year, or within the month after *after*.
    """
    days = 30 if after else _DAYS
    return (after or _EPOCH) + timedelta(microseconds=rng.randrange(days * 86_400_000_000))
