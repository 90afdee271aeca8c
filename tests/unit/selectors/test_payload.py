"""
Bytes of a column set beside those of `*`.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from supaopt.errors import ConfigError, ResponseError
from supaopt.selectors import Payload, Row, measure
from supaopt.selectors._payload import compare


class Lesson(Row, table="lessons"):
    """A lesson without its quiz."""

    id: int
    title: str


FULL = [{"id": number, "title": "Lesson", "quiz": "q" * 500} for number in range(10)]
SET = [{"id": row["id"], "title": row["title"]} for row in FULL]


def test_the_same_rows_are_fetched_in_both_ways(sync_project: Any) -> None:
    """One request by `*`, one by the column set, both with the same limit."""
    bodies = iter([json.dumps(FULL), json.dumps(SET)])
    sync_project.reply = lambda _request: httpx.Response(
        200, content=next(bodies), headers={"content-type": "application/json"}
    )
    payload = measure(sync_project.client, Lesson, rows=10)
    sent = [dict(request.url.params) for request in sync_project.requests]
    assert sent == [{"select": "*", "limit": "10"}, {"select": "id,title", "limit": "10"}]
    assert (payload.row, payload.table, payload.rows) == ("Lesson", "lessons", 10)
    assert (payload.star_bytes, payload.bytes) == (len(json.dumps(FULL)), len(json.dumps(SET)))
    assert payload.saved_percent > 90
    assert payload.heaviest == "title"
    assert payload.saves_nothing is False


def test_a_set_that_is_everything_is_told() -> None:
    """A column set equal to `*` saves nothing."""
    body = json.dumps(FULL).encode()
    payload = compare("Lesson", "lessons", body, body)
    assert (payload.saved_percent, payload.gzip_saved_percent) == (0.0, 0.0)
    assert payload.saves_nothing is True
    assert payload.heaviest == "quiz"
    assert payload.heaviest_percent > 80


def test_an_empty_table_has_no_heaviest_column() -> None:
    """Nothing is divided by nothing."""
    payload = compare("Lesson", "lessons", b"[]", b"[]")
    assert (payload.rows, payload.heaviest, payload.saves_nothing) == (0, "", False)
    assert isinstance(payload, Payload)


def test_a_refusal_is_raised(sync_project: Any) -> None:
    """A table that may not be read has no size."""
    sync_project.refuse(403, "42501", "permission denied")
    with pytest.raises(ResponseError):
        measure(sync_project.client, Lesson)


def test_a_report_is_made_with_a_sync_client(async_project: Any) -> None:
    """The error says why."""
    with pytest.raises(ConfigError):
        measure(async_project.client, Lesson)
