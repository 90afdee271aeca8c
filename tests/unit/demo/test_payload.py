"""
Which selectors are weighed, and against what.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.demo._payload import selectors, star


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("id,name", "*"),
        ("id,full_name,client:clients(id,name)", "*,client:clients(*)"),
        ("question:questions!inner(id,options),sequence", "*,question:questions!inner(*)"),
        ("id,a:b(c,d:e(f)),g:h(i)", "*,a:b(*,d:e(*)),g:h(*)"),
        ("id,...clients(client_name:name)", "*,...clients(*)"),
    ],
)
def test_a_star_takes_the_place_of_columns_at_every_level(select: str, expected: str) -> None:
    """
    The rival of a selector asks for all columns of the same tables.
    """
    assert expected == star(select)


@given(
    st.recursive(
        st.lists(st.sampled_from(["id", "name", "a->b", "x:y"]), min_size=1).map(",".join),
        lambda inner: st.lists(
            st.builds("{}:{}({})".format, st.just("e"), st.just("t"), inner), min_size=1
        ).map(",".join),
        max_leaves=6,
    )
)
def test_a_star_keeps_every_embed(select: str) -> None:
    """
    However deep they nest, embeds are neither lost nor doubled.
    """
    assert select.count("(") == star(select).count("(")


def test_every_selector_of_the_plan_is_weighed() -> None:
    """
    The plan's column sets are all there, each once.
    """
    found = [f"{entity}.{name}" for entity, name, _ in selectors()]

    planned = {
        *("CLIENT.LIST", "CLIENT.DETAIL", "CLIENT.DROPDOWN", "PRODUCT.LIST", "PRODUCT.DETAIL"),
        *("USER.LIST", "USER.DETAIL", "MODULE.LIST", "MODULE.DETAIL", "MODULE.ADMIN"),
        *("MODULE.STUDENT", "LESSON.LIST", "LESSON.DETAIL", "LESSON.PROGRESS", "STUDENT.LIST"),
        *("STUDENT.DETAIL", "STUDENT.PROGRESS", "QUESTION_BANK.LIST", "QUESTION_BANK.DETAIL"),
        *("LEARNER.DETAIL", "STUDENT_MODULE_PROGRESS.SUMMARY", "STUDENT_MODULE_PROGRESS.DETAIL"),
    }
    assert set() == planned - set(found)
    assert len(found) == len(set(found))
