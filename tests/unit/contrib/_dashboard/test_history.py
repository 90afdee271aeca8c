"""
Reads lately, from counts taken when somebody looked.
"""

from datetime import UTC, datetime, timedelta

import pytest

from supaopt.contrib._dashboard._chart import course
from supaopt.contrib._dashboard._format import percent, size
from supaopt.contrib._dashboard._history import History

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(name="history")
def _history() -> History:
    return History(BEGAN)


def _at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def test_spans_are_what_lies_between_looks(history: History) -> None:
    """Each span holds the reads since the look before it."""
    history.look(_at(10), 90, 10)
    history.look(_at(12), 100, 10)
    found = [(span.seconds, span.hits, span.misses, span.per_second) for span in history.spans]
    assert [(10, 90, 10, 10), (2, 10, 0, 5)] == found


def test_looks_at_once_are_one(history: History) -> None:
    """Several viewers do not cut time into pieces, and nothing is lost between them."""
    for seconds, hits in ((5, 5), (5.5, 6), (5.9, 7), (6, 8)):
        history.look(_at(seconds), hits, 0)
    assert [(5, 5), (1, 3)] == [(span.seconds, span.hits) for span in history.spans]


def test_a_clock_that_is_set_back_makes_no_span(history: History) -> None:
    """Time that ran backwards is waited out."""
    history.look(_at(10), 1, 0)
    history.look(_at(3), 2, 0)
    history.look(_at(12), 3, 0)
    assert [(10, 1), (2, 2)] == [(span.seconds, span.hits) for span in history.spans]


def test_the_past_is_bounded(history: History) -> None:
    """Only the last looks are kept."""
    for second in range(1, 500):
        history.look(_at(second), second, 0)
    assert (120, _at(499)) == (len(history.spans), history.spans[-1].until)


def test_bars_stay_inside_their_drawing() -> None:
    """The highest bar is as high as the drawing, and its parts stand on each other."""
    drawn = course(
        [
            {"until": "", "seconds": 1, "hits": 30, "computed": 10},
            {"until": "", "seconds": 2, "hits": 0, "computed": 20},
        ]
    )
    assert 'y="30.0" height="90.0" class="hits"' in drawn
    assert 'y="0.0" height="30.0" class="computed"' in drawn
    assert 'y="90.0" height="30.0" class="computed"' in drawn


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (5e15, "5,000.0 TB")],
)
def test_sizes_are_read_by_people(count: float, shown: str) -> None:
    """Bytes have a unit that fits."""
    assert shown == size(count)


def test_an_unknown_rate_is_a_dash() -> None:
    """No reads are not a rate of zero."""
    assert ["-", "0.0 %", "99.9 %"] == [percent(None), percent(0), percent(0.9985)]
