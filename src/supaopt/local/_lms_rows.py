"""
The rows of the learning platform, one function a table, as columns by name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from supaopt.local import _lms_documents as documents
from supaopt.local import _lms_words as words
from supaopt.local._lms_sample import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from supaopt.local._lms_sample import Sample

Row = dict[str, Any]

_PRODUCT_TYPES: Final = ("JOB_READINESS", "ASSESSMENT", "JOB_READINESS", "COURSE")
_MODULE_TYPES: Final = ("Course", "Assessment", "Project", "Interview")
_BACKGROUNDS: Final = ("COMPUTER_SCIENCE", "COMMERCE", "MECHANICAL", "MARKETING", "ECONOMICS")
_STARS: Final = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
_TIERS: Final = ("BRONZE", "SILVER", "GOLD")
_LANGUAGES: Final = ("en-IN", "en-IN", "en-GB", "hi-IN", "ta-IN", "te-IN")
_ROLES: Final = ("Staff", "Client Staff", "Client Staff", "Viewer")
_MEDIA: Final = "https://media.example/storage/v1/object/public"


def clients(sample: Sample) -> Iterator[Row]:
    """
    Yield the colleges.
    """
    rng = sample.rng("clients")
    for number, key in enumerate(sample.keys("clients")):
        created = moment(rng)
        yield {
            "id": key,
            "name": words.college(number),
            "is_active": rng.random() < 0.9,
            "created_at": created,
            "updated_at": moment(rng, created),
        }


def profiles(sample: Sample) -> Iterator[Row]:
    """
    Yield the staff.
    """
    rng = sample.rng("profiles")
    colleges = sample.keys("clients")
    for number, key in enumerate(sample.keys("profiles")):
        role = _ROLES[number % len(_ROLES)]
        yield {
            "id": key,
            "full_name": words.person(rng, number, "staff.example").name,
            "role": role,
            "client_id": None if role == "Staff" else rng.choice(colleges),
            "is_active": rng.random() < 0.95,
            "status": rng.choice(["active", "active", "invited"]),
            "is_enrolled": False,
            "last_login_at": moment(rng),
            "updated_at": moment(rng),
        }


def products(sample: Sample) -> Iterator[Row]:
    """
    Yield what is taught, half of it job readiness.
    """
    rng = sample.rng("products")
    for number, key in enumerate(sample.keys("products")):
        created = moment(rng)
        track = words.TRACKS[number % len(words.TRACKS)]
        kind = _PRODUCT_TYPES[number % len(_PRODUCT_TYPES)]
        yield {
            "id": key,
            "name": f"{track}: {kind.replace('_', ' ').capitalize()} {number + 1}",
            "description": words.prose(rng, 120),
            "type": kind,
            "image_url": f"{_MEDIA}/product-images/{key}.png",
            "created_by": rng.choice(sample.keys("profiles")),
            "created_at": created,
            "updated_at": moment(rng, created),
        }


def job_readiness_products(sample: Sample) -> Iterator[Row]:
    """
    Yield the settings of the job-readiness products.
    """
    rng = sample.rng("job_readiness_products")
    for number, key in enumerate(sample.keys("products")):
        if _PRODUCT_TYPES[number % len(_PRODUCT_TYPES)] == "JOB_READINESS":
            yield {
                "product_id": key,
                "configuration": json.dumps(documents.product_configuration(rng)),
            }


def client_product_assignments(sample: Sample) -> Iterator[Row]:
    """
    Yield who bought what: one to four products a client.
    """
    rng = sample.rng("client_product_assignments")
    for number, client in enumerate(sample.keys("clients")):
        bought = min(1 + number % 4, len(sample.keys("products")))
        for product in rng.sample(sample.keys("products"), bought):
            yield {"client_id": client, "product_id": product, "created_at": moment(rng)}


def modules(sample: Sample) -> Iterator[Row]:
    """
    Yield the parts of products.
    """
    rng = sample.rng("modules")
    offered = sample.keys("products")
    for number, key in enumerate(sample.keys("modules")):
        created = moment(rng)
        kind = _module_type(number)
        yield {
            "id": key,
            "name": f"{rng.choice(words.TOPICS).capitalize()} ({kind.lower()} {number + 1})",
            "type": kind,
            "sequence": number // len(offered) + 1,
            "configuration": json.dumps(documents.module_configuration(rng)),
            "product_id": offered[number % len(offered)],
            "created_by": rng.choice(sample.keys("profiles")),
            "created_at": created,
            "updated_at": moment(rng, created),
        }


def assessments(sample: Sample) -> tuple[UUID, ...]:
    """
    Return the keys of the modules that are assessments.
    """
    keys = enumerate(sample.keys("modules"))
    return tuple(key for number, key in keys if _module_type(number) == "Assessment")


def _module_type(number: int) -> str:
    # Neighbours belong to different products; five is coprime to the usual numbers of them.
    return _MODULE_TYPES[number // 5 % len(_MODULE_TYPES)]


def lessons(sample: Sample) -> Iterator[Row]:
    """
    Yield the parts of modules, each with a quiz of about 3 kB.
    """
    rng = sample.rng("lessons")
    taught = sample.keys("modules")
    for number, key in enumerate(sample.keys("lessons")):
        created = moment(rng)
        yield {
            "id": key,
            "module_id": taught[number % len(taught)],
            "title": f"{rng.choice(words.TOPICS).capitalize()}, part {number // len(taught) + 1}",
            "description": words.prose(rng, 120),
            "video_url": f"{_MEDIA}/lesson-videos/{key}.mp4",
            "sequence": number // len(taught) + 1,
            "has_quiz": True,
            "quiz_data": json.dumps(documents.quiz(rng)),
            "created_by": rng.choice(sample.keys("profiles")),
            "created_at": created,
            "updated_at": moment(rng, created),
        }


def students(sample: Sample) -> Iterator[Row]:
    """
    Yield the learners.
    """
    rng = sample.rng("students")
    colleges = sample.keys("clients")
    domains = [words.domain(words.college(n), n) for n in range(len(colleges))]
    for number, key in enumerate(sample.keys("students")):
        created = moment(rng)
        college = rng.randrange(len(colleges))
        person = words.person(rng, number, domains[college])
        yield {
            "id": key,
            "full_name": person.name,
            "email": person.email,
            "phone_number": person.phone,
            "client_id": colleges[college],
            "is_active": rng.random() < 0.95,
            "star_rating": rng.randrange(1, 6),
            "job_readiness_star_level": rng.choice(_STARS),
            "job_readiness_tier": rng.choice(_TIERS),
            "job_readiness_background_type": rng.choice(_BACKGROUNDS),
            "job_readiness_promotion_eligible": rng.random() < 0.2,
            "job_readiness_last_promoted_at": moment(rng, created),
            "preferred_language": rng.choice(_LANGUAGES),
            "last_login_at": moment(rng, created),
            "created_at": created,
            "updated_at": moment(rng, created),
        }


def assessment_questions(sample: Sample) -> Iterator[Row]:
    """
    Yield the question bank.
    """
    rng = sample.rng("assessment_questions")
    for key in sample.keys("questions"):
        created = moment(rng)
        kind = rng.choice(["MCQ", "MSQ"])
        right = sorted(rng.sample("ABCD", 1 if kind == "MCQ" else 2))
        yield {
            "id": key,
            "question_text": documents.question_text(rng),
            "question_type": kind,
            "difficulty": rng.choice(["Easy", "Medium", "Hard"]),
            "topic": rng.choice(words.TOPICS),
            "options": json.dumps(documents.options(rng)),
            "correct_answer": json.dumps({"answers": right}),
            "created_by": rng.choice(sample.keys("profiles")),
            "created_at": created,
            "updated_at": moment(rng, created),
        }
