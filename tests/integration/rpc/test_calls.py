"""
Every wrapped function against a live API.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from supaopt import rpc as functions
from supaopt.errors import ConflictError, NotFoundError, PermissionDeniedError, ResponseError
from supaopt.rpc import rpc
from supaopt.selectors import Col, Row


@rpc(stable=True)
def get_expert_sessions_with_statz(*, p_product_id: UUID | None = None) -> list[dict[str, Any]]:
    """
    A misspelt function.
    """
    raise NotImplementedError


class LearnerName(Row):
    """Two of a learner's columns, one under another name."""

    id: UUID
    name: Annotated[str | None, Col("full_name")]


@rpc(name="get_learners_with_progress", stable=True)
def learner_names(*, p_limit: int = 50) -> list[LearnerName]:
    """
    Return the names of learners.
    """
    raise NotImplementedError


@pytest.fixture(name="student")
def _student(sync_lms: Any) -> tuple[UUID, UUID]:
    """A student with progress, and its client."""
    ((student, client),) = sync_lms.execute(
        "select s.id, s.client_id from students s "
        "where exists (select from student_module_progress g where g.student_id = s.id) "
        "order by s.id limit 1"
    )
    return student, client


def test_sessions_come_with_their_figures(lms: Any) -> None:
    """One call returns what 1 + N calls returned, with rates that are rates."""
    sessions = lms.run(functions.get_expert_sessions_with_stats(lms.client))
    assert len(sessions) == 6
    assert all(0 <= session.completion_rate <= 100 for session in sessions)
    assert [each.created_at for each in sessions] == sorted(
        (each.created_at for each in sessions), reverse=True
    )


def test_sessions_of_one_product_keep_all_their_products(lms: Any) -> None:
    """A filter narrows the sessions and not their lists."""
    everything = lms.run(functions.get_expert_sessions_with_stats(lms.client))
    product = next(each.products[0].id for each in everything if each.products)
    some = lms.run(functions.get_expert_sessions_with_stats(lms.client, p_product_id=product))
    assert some == [
        each for each in everything if product in {listed.id for listed in each.products}
    ]


def test_a_cached_answer_is_the_same_answer(lms: Any) -> None:
    """The JSON form reads back as the rows of the table form."""
    call = functions.get_expert_sessions_with_stats_cached
    fresh = lms.run(functions.get_expert_sessions_with_stats(lms.client))
    assert lms.run(call(lms.client)) == fresh
    assert lms.run(call(lms.client, p_cache_duration=timedelta(minutes=1))) == fresh
    assert lms.run(call(lms.client, p_cache_duration=None)) == fresh


def test_product_performance_is_per_client(lms: Any, student: tuple[UUID, UUID]) -> None:
    """Cached and uncached agree, and a client has no more learners than all have."""
    everything = lms.run(functions.calculate_product_performance(lms.client))
    own = lms.run(functions.calculate_product_performance(lms.client, p_client_id=student[1]))
    assert lms.run(functions.get_product_performance_cached(lms.client)) == everything
    assert sum(each.enrolled_students for each in own) < sum(
        each.enrolled_students for each in everything
    )


def test_a_students_summary_is_there_or_none(lms: Any, student: tuple[UUID, UUID]) -> None:
    """An unknown student is None, not an error."""
    summary = lms.run(functions.get_student_progress_summary(lms.client, student[0]))
    assert summary.student_id == student[0]
    assert lms.run(functions.get_student_progress_summary_cached(lms.client, student[0])) == summary
    assert lms.run(functions.get_student_progress_summary(lms.client, uuid4())) is None
    assert lms.run(functions.get_student_progress_summary_cached(lms.client, uuid4())) is None


def test_analytics_say_whether_they_were_cached(lms: Any, student: tuple[UUID, UUID]) -> None:
    """The second answer comes from the cache and is the first."""
    call = functions.get_cached_analytics_data
    lms.run(call(lms.client, p_client_id=student[1]))
    again = lms.run(call(lms.client, p_client_id=student[1]))
    fresh = lms.run(functions.get_analytics_data(lms.client, p_client_id=student[1]))
    assert again.cached is True
    assert again.products == fresh.products


def test_learners_are_paged_by_key(lms: Any) -> None:
    """Two pages hold no learner twice."""
    call = functions.get_learners_with_progress
    first = lms.run(call(lms.client, p_limit=5))
    second = lms.run(
        call(
            lms.client,
            p_limit=5,
            p_after_created_at=first[-1].created_at,
            p_after_id=first[-1].id,
        )
    )
    assert len({each.id for each in first + second}) == 10


def test_submissions_come_with_all_that_a_list_shows(lms: Any) -> None:
    """Every name is there, and a filter holds."""
    found = lms.run(functions.get_submissions_with_details(lms.client, p_status="approved"))
    assert {each.status for each in found} == {"approved"}
    assert all(each.student_name and each.module_name for each in found)


def test_enrolment_is_a_yes_or_no(lms: Any) -> None:
    """The assignment decides."""
    ((client, product),) = lms.execute(
        "select client_id, product_id from client_product_assignments limit 1"
    )
    assert lms.run(functions.check_enrollment(lms.client, client, product)) is True
    assert lms.run(functions.check_enrollment(lms.client, client, uuid4())) is False


def test_a_user_is_created_once(lms: Any, student: tuple[UUID, UUID]) -> None:
    """A retry changes nothing; another role conflicts; a role that is none is refused."""
    call = functions.create_user_and_profile_atomic
    new = {"p_user_id": uuid4(), "p_full_name": "New Learner", "p_client_id": student[1]}
    assert lms.run(call(lms.client, p_role="student", **new)).created is True
    assert lms.run(call(lms.client, p_role="student", **new)).created is False
    with pytest.raises(ConflictError):
        lms.run(call(lms.client, p_role="viewer", **new))
    with pytest.raises(ResponseError) as caught:
        lms.run(call(lms.client, p_role="king", **new))
    assert caught.value.code == "22023"


def test_the_cache_keeps_a_value_until_its_tag_is_written(lms: Any) -> None:
    """Store under the lease of the miss, hit, invalidate, miss."""
    key, client = f"test:{uuid4()}", lms.client
    miss = lms.run(functions.get_cache_entry(client, key))
    assert (miss.hit, miss.data) == (False, None)
    stored = functions.set_cached_data(client, key, {"a": [1]}, "5 minutes", [key], miss.lease)
    assert lms.run(stored) is True
    hit = lms.run(functions.get_cache_entry(client, key, timedelta(minutes=1)))
    assert (hit.hit, hit.data, hit.tags) == (True, {"a": [1]}, [key])
    assert lms.run(functions.get_cached_data(client, key)) == {"a": [1]}
    assert lms.run(functions.invalidate_cache_by_tags(client, [key])) == 1
    assert lms.run(functions.get_cached_data(client, key)) is None


def test_the_cache_keeps_many_values_at_once(lms: Any) -> None:
    """Store under the lease of the look-up; each hit stands in its key's place."""
    keys, client = [f"test:{uuid4()}" for _ in range(3)], lms.client
    lease = lms.run(functions.get_cache_entries(client, keys)).lease
    new = [
        functions.NewCacheEntry(
            key=key, data={"a": [key]}, duration="5 minutes", tags=[key], lease=lease
        )
        for key in keys[:2]
    ]
    assert [True, True] == lms.run(functions.set_cached_entries(client, new))
    ages = [timedelta(minutes=1), "1 minute", None]
    found = lms.run(functions.get_cache_entries(client, keys, ages)).entries
    assert [{"a": [keys[0]]}, {"a": [keys[1]]}, None] == [each and each.data for each in found]


def test_the_cache_tells_its_figures_and_changes(lms: Any) -> None:
    """Metrics, hit counts, changes and clean-up answer as they are declared."""
    start = lms.run(functions.get_cache_changes(lms.client))
    assert start.reset is True
    lms.run(functions.invalidate_cache_by_tags(lms.client, ["t:1"]))
    changed = lms.run(functions.get_cache_changes(lms.client, start.watermark))
    assert (changed.reset, len(changed.changes)) == (False, 1)
    assert lms.run(functions.record_cache_hits(lms.client, {"nobody": 1})) is None
    assert lms.run(functions.get_cache_metrics(lms.client)).total_entries >= 0
    assert lms.run(functions.cleanup_expired_cache(lms.client)) >= 0


def test_a_key_that_is_too_long_is_refused_with_a_hint(lms: Any) -> None:
    """The database's own check comes back whole."""
    lease = lms.run(functions.get_cache_entry(lms.client, "k")).lease
    with pytest.raises(ResponseError) as caught:
        lms.run(functions.set_cached_data(lms.client, "k" * 600, 1, "5 minutes", ["t"], lease))
    assert caught.value.code == "22023"


def test_a_stable_function_can_be_called_by_get(lms: Any, student: tuple[UUID, UUID]) -> None:
    """GET and POST answer alike."""
    call = functions.get_student_progress_summary
    posted = lms.run(call(lms.client, student[0]))
    assert lms.run(call.with_options(get=True)(lms.client, student[0])) == posted


def test_a_row_narrows_what_a_function_returns(lms: Any) -> None:
    """Only the columns of the row class are sent."""
    names = lms.run(learner_names(lms.client, p_limit=3))
    assert [set(type(each).model_fields) for each in names] == [{"id", "name"}] * 3
    assert all(each.name for each in names)


def test_a_misspelt_function_comes_with_the_right_one(lms: Any) -> None:
    """The API's own suggestion is part of the hint."""
    with pytest.raises(NotFoundError) as caught:
        lms.run(get_expert_sessions_with_statz(lms.client))
    assert "public.get_expert_sessions_with_stats" in str(caught.value.hint)


def test_a_function_that_is_not_granted_is_denied(untouched_stack: Any) -> None:
    """The publishable key may not touch the cache."""
    from supaopt.testing._clients import client

    with client(untouched_stack.url, untouched_stack.publishable_key) as anonymous:
        for call in (functions.get_cache_metrics, functions.cleanup_expired_cache):
            with pytest.raises(PermissionDeniedError):
                call(anonymous)
