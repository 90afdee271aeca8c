"""
The results as tables of text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.demo import caption, to_tables

if TYPE_CHECKING:
    from supaopt.demo import DemoResult


def test_every_line_fits_its_headings(result: DemoResult) -> None:
    """
    A line has as many cells as the table has headings.
    """
    for table in to_tables(result):
        assert {len(table.columns)} == {len(line) for line in table.lines}


def test_the_loop_is_judged_by_its_quicker_form(result: DemoResult) -> None:
    """
    The time before is the better of one by one and all at once.
    """
    requests = to_tables(result)[0]

    assert ("  time", "131 ms", "9.4 ms", "14 x") in requests.lines


def test_differing_answers_are_told(result: DemoResult) -> None:
    """
    A loop and a function that disagree get a line of their own.
    """
    differing = result.n_plus_one.model_copy(update={"equal": False})

    requests = to_tables(result.model_copy(update={"n_plus_one": differing}))[0]

    assert "  THE TWO ANSWERS DIFFER" == requests.lines[-1][0]


def test_stale_answers_stand_beside_each_other(result: DemoResult) -> None:
    """
    The cache table shows stale answers of both designs with the reads they are of.
    """
    cache = to_tables(result)[2]

    assert ("Stale answers while rows change", "", "73 of 1,201", "0 of 1,200") in cache.lines


def test_a_selector_that_saves_nothing_is_told(result: DemoResult) -> None:
    """
    A selector that is ``*`` by another name saves nothing, in words.
    """
    payload = to_tables(result)[1]

    saved = {line[0]: line[3] for line in payload.lines}
    assert ("nothing", "55.0 %") == (saved["MODULE.ADMIN"], saved["STUDENT.LIST"])


def test_the_caption_tells_how_to_repeat_it(result: DemoResult) -> None:
    """
    The caption names size and seed of the data.
    """
    assert "size standard, seed 7" in caption(result.environment)
