"""
Entity tags, and what callers say they have.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.contrib.http_cache._etag import matches, strong_etag

MINE = strong_etag(b"mine")
QUOTED = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'))


@pytest.mark.parametrize(
    "values",
    [
        [MINE],
        [f"W/{MINE}"],
        [f'"other", {MINE}'],
        ['"other"', MINE],
        [f'"a,b" ,, W/"c",{MINE},'],
        [f'  {MINE}\t, ""'],
        ["*"],
    ],
)
def test_what_a_caller_has_is_found(values: list[str]) -> None:
    """Strong or weak, in lists, in several headers, or whatever there is."""
    assert matches(values, MINE)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ['"other"'],
        [MINE.strip('"')],
        [f"w/{MINE}"],
        [f'{MINE} "other"'],
        [f"*, {MINE}"],
        [f"{MINE}x"],
        [MINE[:-1]],
        ['"' + MINE.strip('"') + ',"'],
    ],
)
def test_what_a_caller_has_not_gets_a_whole_answer(values: list[str]) -> None:
    """Another tag, or what the grammar does not allow, never gets a 304."""
    assert not matches(values, MINE)


def test_tags_are_of_the_bytes() -> None:
    """Equal bytes have one tag, others another."""
    assert strong_etag(b"[1]") == strong_etag(b"[1]")
    assert strong_etag(b"[1]") != strong_etag(b"[1] ")


@given(others=st.lists(QUOTED), weak=st.booleans())
def test_any_list_of_tags_is_read(others: list[str], *, weak: bool) -> None:
    """Whatever else is in a list, the right tag in it is found."""
    wanted = [f'"{other}"' for other in others] + [("W/" if weak else "") + MINE]
    assert matches([", ".join(wanted)], MINE)


@given(st.text())
def test_no_text_fails_or_passes_for_ours(text: str) -> None:
    """Reading never raises, and only our tag or * matches."""
    opaque = MINE.strip('"')
    assert not matches([text], MINE) or opaque in text or text.strip(" \t") == "*"
