"""
The JSON columns of the sample data, as large and as nested as a learning platform's are.

In a lesson the quiz is about five sixths of the row: that is what ``select=*`` costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from supaopt.local._lms_words import TOPICS, clause, prose, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_LETTERS: Final = "ABCD"
_QUESTIONS: Final = 8
_TIERS: Final = {"BRONZE": [0, 40], "SILVER": [41, 70], "GOLD": [71, 100]}


def identifier(rng: Random) -> UUID:
    """
    Return a version 4 UUID drawn from *rng*.
    """
    return UUID(int=rng.getrandbits(128), version=4)


def options(rng: Random) -> list[dict[str, Any]]:
    """
    Return four answers to choose from.
    """
    return [{"id": letter, "text": clause(rng)} for letter in _LETTERS]


def question_text(rng: Random) -> str:
    """
    Return the text of a question about one of the topics.
    """
    return f"{sentence(rng)} Which step in {rng.choice(TOPICS)} comes next?"


def quiz(rng: Random) -> dict[str, Any]:
    """
    Return a lesson's quiz: about 3 kB.
    """
    return {
        "passing_score": rng.choice([60, 70, 80]),
        "questions": [
            {
                "id": str(identifier(rng)),
                "question": question_text(rng),
                "options": options(rng),
                "correct": rng.choice(_LETTERS),
                "points": rng.choice([1, 2, 5]),
            }
            for _ in range(_QUESTIONS)
        ],
    }


def module_configuration(rng: Random) -> dict[str, Any]:
    """
    Return a module's settings: about 450 bytes.
    """
    return {
        "timeLimitSeconds": rng.choice([1800, 2700, 3600, 5400]),
        "passing_score": rng.choice([50, 60, 70]),
        "randomize": rng.random() < 0.5,
        "max_attempts": rng.choice([1, 2, 3]),
        "instructions": prose(rng, 150),
        "tiers": _TIERS,
    }


def product_configuration(rng: Random) -> dict[str, Any]:
    """
    Return a job-readiness product's settings.
    """
    return {
        "tiers": _TIERS,
        "unlock_in_order": rng.random() < 0.8,
        "promotion_exam": {"pass_percent": rng.choice([60, 70]), "questions": 25},
        "welcome": prose(rng, 120),
    }


def progress_details(rng: Random, lessons: Sequence[UUID], started_at: str) -> dict[str, Any]:
    """
    Return what a learner has done in a module.

    Args:
        rng: Where to draw from.
        lessons: Lessons to name; may be empty.
        started_at: When the learner began, in ISO 8601.
    """
    known = [str(lesson) for lesson in rng.sample(lessons, min(len(lessons), rng.randrange(6)))]
    return {
        "started_at": started_at,
        "last_viewed_lesson_id": known[-1] if known else None,
        "fully_completed_lesson_ids": known[:-1],
        "video_playback_positions": {lesson: rng.randrange(30, 1800) for lesson in known},
    }


def saved_answers(rng: Random, questions: Sequence[UUID]) -> dict[str, Any]:
    """
    Return the answers of an assessment under way.
    """
    asked = rng.sample(questions, min(len(questions), 12))
    return {str(question): rng.choice(_LETTERS) for question in asked}


def submission(rng: Random) -> dict[str, Any]:
    """
    Return a project handed in by a learner: links, a text and files.
    """
    return {
        "summary": prose(rng, 350),
        "repository": f"https://code.example/{rng.getrandbits(40):010x}",
        "files": [
            {"name": f"part-{number}.pdf", "bytes": rng.randrange(20_000, 4_000_000)}
            for number in range(1, rng.randrange(2, 5))
        ],
    }


def feedback(rng: Random) -> dict[str, Any]:
    """
    Return a review of a submission.
    """
    return {
        "strengths": [sentence(rng) for _ in range(2)],
        "improvements": [sentence(rng) for _ in range(3)],
        "scores": {name: rng.randrange(40, 100) for name in ("clarity", "depth", "method")},
    }
