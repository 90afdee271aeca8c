"""
Going through many rows.
"""

from __future__ import annotations

import inspect
import warnings
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qs

import httpx
import pytest

from supaopt.errors import ConfigError
from supaopt.selectors import Col, Row, RowCapWarning, select


class Event(Row, table="events"):
    """A row with a key of two columns."""

    id: int
    at: Annotated[datetime | None, Col("happened_at")]
    spread: Annotated[str, Col("name", spread="rooms")]


START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "at": (START + timedelta(hours=number // 3)).isoformat(),
        "spread": "x",
    }
    for number in range(10)
]


def collect(project: Any, rows: Any) -> list[Any]:
    """Return all rows of an iterator of either colour."""
    return project.run(_gathered(rows)) if inspect.isasyncgen(rows) else list(rows)


async def _gathered(rows: Any) -> list[Any]:
    return [row async for row in rows]


@pytest.fixture(name="server")
def _server(project: Any) -> Any:
    """A server that understands `id=gt.` and gives four rows at most."""

    def reply(request: httpx.Request) -> httpx.Response:
        query = parse_qs(request.url.query.decode())
        (after,) = query.get("id", ["gt.-1"])
        size = min(int(query["limit"][0]), 4)
        found = [row for row in ROWS if row["id"] > int(after.removeprefix("gt."))]
        return httpx.Response(200, json=found[:size])

    project.reply = reply
    return project


@pytest.mark.parametrize("size", [1, 3, 4, 5, 10, 1000])
def test_every_row_comes_once(server: Any, size: int) -> None:
    """Whatever the page's size, and however few rows the server gives."""
    rows = collect(server, select(server.client, Event).iterate("id", size=size))
    assert [row.id for row in rows] == list(range(10))


def test_the_first_page_has_no_key_and_the_next_has(server: Any) -> None:
    """The filters of the query stay on every page."""
    query = select(server.client, Event).filter("kind", "neq", "x")
    collect(server, query.iterate("id", size=4))
    first, second = (dict(each.url.params.multi_items()) for each in server.requests[:2])
    assert (first["order"], first["limit"]) == ("id.asc", "4")
    assert (first["kind"], second["kind"], second["id"]) == ("neq.x", "neq.x", "gt.3")


def test_a_page_goes_on_after_several_keys(project: Any) -> None:
    """Greater in the first, or equal there and greater in the second."""
    project.answer(ROWS[:3])
    rows = select(project.client, Event).iterate("happened_at", "id", desc=True, size=3)
    if inspect.isasyncgen(rows):
        project.run(_take(rows, 4))
    else:
        [next(rows) for _ in range(4)]
    sent = dict(project.params)
    assert sent["order"] == "happened_at.desc,id.desc"
    assert sent["or"] == (
        '(happened_at.lt."2026-01-01T00:00:00+00:00",'
        'and(happened_at.eq."2026-01-01T00:00:00+00:00",id.lt.2))'
    )


async def _take(rows: Any, count: int) -> None:
    for _ in range(count):
        await anext(rows)
    await rows.aclose()


def test_a_key_that_is_null_ends_with_an_error(project: Any) -> None:
    """Nothing sorts after null, so rows would be lost."""
    project.answer([{"id": 1, "at": None, "spread": "x"}])
    with pytest.raises(ConfigError, match=r"Event\.at is None"):
        collect(project, select(project.client, Event).iterate("happened_at"))


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda q: q.iterate(), "columns to page by"),
        (lambda q: q.iterate("missing"), "has no column missing"),
        (lambda q: q.iterate("name"), "has no column name"),
        (lambda q: q.iterate("id", size=0), "size=0"),
        (lambda q: q.iterate("id", size=True), "size=True"),
        (lambda q: q.order("id").iterate("id"), "leave out order"),
        (lambda q: q.limit(5).iterate("id"), "leave out order"),
        (lambda q: q.offset(5).iterate("id"), "leave out order"),
        (lambda q: q.not_.iterate("id"), "not_ has no filter"),
    ],
)
def test_a_way_through_that_cannot_be_gone_is_refused(project: Any, call: Any, reason: str) -> None:
    """Mistakes raise before the first page."""
    with pytest.raises(ConfigError, match=reason):
        call(select(project.client, Event))
    assert project.requests == []


def test_an_answer_as_long_as_the_cap_warns(project: Any) -> None:
    """A thousand rows of a thousand are more likely a thousand of many."""
    project.answer(ROWS)
    query = select(project.client, Event, row_cap=10)
    with pytest.warns(RowCapWarning, match="exactly 10 rows") as caught:
        project.run(query.execute())
    assert "src/supaopt" not in caught[0].filename


@pytest.mark.parametrize(
    ("options", "step"),
    [
        ({"row_cap": 11}, lambda q: q),
        ({"row_cap": None}, lambda q: q),
        ({"row_cap": 10}, lambda q: q.limit(10)),
        ({"row_cap": 10, "count": "exact"}, lambda q: q),
    ],
)
def test_an_answer_that_is_known_to_be_whole_does_not_warn(
    project: Any, options: dict[str, Any], step: Any
) -> None:
    """Shorter than the cap, as long as was asked for, or counted."""
    project.answer(ROWS, content_range="0-9/10")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = project.run(step(select(project.client, Event, **options)).execute())
    assert len(result.data) == 10
