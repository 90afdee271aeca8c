"""
What learners did: progress, attempts, sessions watched, projects handed in.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Final

from supaopt.local import _lms_documents as documents
from supaopt.local import _lms_words as words
from supaopt.local._lms_rows import assessments
from supaopt.local._lms_sample import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from supaopt.local._lms_rows import Row
    from supaopt.local._lms_sample import Sample

_STATUSES: Final = ("NotStarted", "InProgress", "Completed")
_REVIEWS: Final = ("submitted", "in_review", "approved", "approved", "rejected")
_MEDIA: Final = "https://media.example/storage/v1/object/public"


def assessment_module_questions(sample: Sample) -> Iterator[Row]:
    """
    Yield which questions of the bank each assessment asks: up to ten.
    """
    rng = sample.rng("assessment_module_questions")
    bank = sample.keys("questions")
    for module in assessments(sample):
        for place, question in enumerate(rng.sample(bank, min(10, len(bank))), start=1):
            yield {"module_id": module, "question_id": question, "sequence": place}


def student_module_progress(sample: Sample) -> Iterator[Row]:
    """
    Yield how far each learner has come in a few neighbouring modules.
    """
    rng = sample.rng("student_module_progress")
    taught, parts = sample.keys("modules"), sample.keys("lessons")
    for number, student in enumerate(sample.keys("students")):
        for step in range(sample.sizes.modules_per_student):
            status = rng.choice(_STATUSES)
            percent = {"NotStarted": 0, "Completed": 100}.get(status, rng.randrange(1, 100))
            begun = moment(rng)
            details = documents.progress_details(rng, parts, begun.isoformat())
            yield {
                "id": documents.identifier(rng),
                "student_id": student,
                "module_id": taught[(number * 7 + step) % len(taught)],
                "status": status,
                "progress_percentage": percent,
                "progress_details": json.dumps(details),
                "updated_at": moment(rng, begun),
            }


def assessment_progress(sample: Sample) -> Iterator[Row]:
    """
    Yield one attempt under way for every fourth learner.
    """
    rng = sample.rng("assessment_progress")
    offered = assessments(sample)
    for student in sample.keys("students")[::4] if offered else ():
        yield {
            "id": documents.identifier(rng),
            "student_id": student,
            "module_id": rng.choice(offered),
            "saved_answers": json.dumps(documents.saved_answers(rng, sample.keys("questions"))),
            "started_at": moment(rng),
            "remaining_time_seconds": rng.randrange(60, 3600),
            "updated_at": moment(rng),
        }


def job_readiness_expert_sessions(sample: Sample) -> Iterator[Row]:
    """
    Yield the recorded talks of experts, the active ones first.
    """
    rng = sample.rng("job_readiness_expert_sessions")
    active = sample.sizes.sessions
    for number, key in enumerate(_sessions(sample)):
        created = moment(rng)
        expert = words.person(rng, number, "experts.example").name
        yield {
            "id": key,
            "title": f"{rng.choice(words.TOPICS).capitalize()} at work, with {expert}",
            "description": words.prose(rng, 220),
            "video_url": f"{_MEDIA}/expert-sessions/{key}.mp4",
            "video_duration": rng.randrange(900, 5400),
            "is_active": number < active,
            "created_at": created,
            "updated_at": moment(rng, created),
        }


def job_readiness_expert_session_products(sample: Sample) -> Iterator[Row]:
    """
    Yield the products that a session belongs to: one to four.
    """
    rng = sample.rng("job_readiness_expert_session_products")
    offered = sample.keys("products")
    for number, session in enumerate(_sessions(sample)):
        for product in rng.sample(offered, min(1 + number % 4, len(offered))):
            yield {"expert_session_id": session, "product_id": product}


def job_readiness_expert_session_progress(sample: Sample) -> Iterator[Row]:
    """
    Yield who watched a session: from a tenth of the most viewers up to all of them.
    """
    rng = sample.rng("job_readiness_expert_session_progress")
    most, learners = sample.sizes.viewers, sample.keys("students")
    for number, session in enumerate(_sessions(sample)):
        viewers = max(1, most * (10 - number % 10) // 10)
        for student in rng.sample(learners, viewers):
            watched = rng.randrange(30, 5400)
            yield {
                "id": documents.identifier(rng),
                "student_id": student,
                "expert_session_id": session,
                "watch_time_seconds": watched,
                "is_completed": watched > 2400,
                "updated_at": moment(rng),
            }


def job_readiness_submissions(sample: Sample) -> Iterator[Row]:
    """
    Yield the projects handed in, most of them reviewed.
    """
    rng = sample.rng("job_readiness_submissions")
    for key in sample.keys("submissions"):
        status = rng.choice(_REVIEWS)
        reviewed = status in {"approved", "rejected"}
        submitted = moment(rng)
        yield {
            "id": key,
            "student_id": rng.choice(sample.keys("students")),
            "module_id": rng.choice(sample.keys("modules")),
            "status": status,
            "content": json.dumps(documents.submission(rng)),
            "score": rng.randrange(3000, 10001) / 100 if reviewed else None,
            "feedback": json.dumps(documents.feedback(rng)) if reviewed else None,
            "reviewed_by": rng.choice(sample.keys("profiles")) if reviewed else None,
            "reviewed_at": moment(rng, submitted) if reviewed else None,
            "submitted_at": submitted,
            "updated_at": moment(rng, submitted),
        }


def _sessions(sample: Sample) -> Iterator[UUID]:
    return chain(sample.keys("sessions"), sample.keys("inactive_sessions"))
