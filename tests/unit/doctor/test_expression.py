"""
What policies' expressions do for each row.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.doctor._expression import (
    calls_per_row,
    columns_asked_for,
    functions_per_row,
    with_calls_once,
)

# As pg_get_expr renders them.
PER_ROW = {
    "(id = auth.uid())": ["auth.uid()"],
    "((auth.jwt() ->> 'role'::text) = 'admin'::text)": ["auth.jwt()"],
    "((owner = auth.uid()) AND (auth.role() = 'x'::text))": ["auth.uid()", "auth.role()"],
    "(team = (current_setting('app.team'::text))::uuid)": ["current_setting()"],
    # Once wrapped and once not.
    "((id = ( SELECT auth.uid() AS uid)) OR (owner = auth.uid()))": ["auth.uid()"],
    # A sub-select that looks at the row is done for each.
    "( SELECT (auth.uid() = notes.owner))": ["auth.uid()"],
    "(EXISTS ( SELECT 1\n   FROM m\n  WHERE (m.who = auth.uid())))": ["auth.uid()"],
    # A parenthesis in a text hides nothing.
    "((a = ')'::text) AND (owner = auth.uid()))": ["auth.uid()"],
    "((a = '( SELECT '::text) AND (owner = auth.uid()))": ["auth.uid()"],
}
ONCE = [
    "true",
    "(id = ( SELECT auth.uid() AS uid))",
    "(( SELECT (auth.jwt() ->> 'role'::text)) = 'admin'::text)",
    "(( SELECT (( SELECT auth.jwt() AS jwt) ->> 'role'::text)) = 'admin'::text)",
    "(team = ( SELECT (current_setting('app.team'::text))::uuid AS current_setting))",
    "(EXISTS ( SELECT 1\n   FROM m\n  WHERE (m.who = ( SELECT auth.uid() AS uid))))",
    "(note = 'auth.uid()'::text)",
]


@pytest.mark.parametrize("expression", PER_ROW)
def test_calls_for_each_row_are_named(expression: str) -> None:
    """A call outside a sub-select of its own is made for each row."""
    assert PER_ROW[expression] == calls_per_row(expression, "notes")


@pytest.mark.parametrize("expression", ONCE)
def test_calls_made_once_are_not(expression: str) -> None:
    """A call in a sub-select that needs no row is made once a statement."""
    assert [] == calls_per_row(expression, "notes")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(id = auth.uid())", "(id = (select auth.uid()))"),
        (
            "((id = ( SELECT auth.uid() AS x)) OR (a = auth.uid()) OR f.g(1))",
            "((id = ( SELECT auth.uid() AS x)) OR (a = (select auth.uid())) OR (select f.g(1)))",
        ),
        ("private.owns(id)", "private.owns(id)"),
        # Whoever keeps a key in a policy does not want it printed.
        ("(private.header() = 'secret'::text)", None),
    ],
)
def test_calls_are_put_into_selects(expression: str, expected: str | None) -> None:
    """Only bare calls are; and an expression with texts in it is not shown at all."""
    assert expected == with_calls_once(expression, "notes")


@given(st.lists(st.sampled_from(["auth.uid()", "public.f()", "( SELECT auth.jwt() AS j)"])))
def test_what_is_rewritten_calls_nothing_per_row(parts: list[str]) -> None:
    """After the rewriting neither check finds anything."""
    text = with_calls_once(" AND ".join(f"(a = {part})" for part in parts), "notes")
    assert text is not None
    assert ([], []) == (calls_per_row(text, "notes"), functions_per_row(text, "notes"))


FUNCTIONS = {
    "private.is_admin()": ["private.is_admin"],
    '(private.has_role(\'admin\'::text, 3, true) AND "My"."Fn"())': [
        "private.has_role",
        '"My"."Fn"',
    ],
    "private.has_role('admin'::public.app_role)": ["private.has_role"],
    "(private.is_admin() OR ( SELECT private.is_admin() AS is_admin))": ["private.is_admin"],
    "( SELECT (private.is_admin() AND notes.open))": ["private.is_admin"],
    # Each row has an answer of its own.
    "private.owns(id)": [],
    "private.owns(id, 'x'::text)": [],
    "(owner IN ( SELECT private.mine(notes.id) AS mine))": [],
    "( SELECT private.is_admin() AS is_admin)": [],
    # Found as what they are.
    "(owner = auth.uid())": [],
    "(now() > until)": [],
    "(note = 'private.is_admin()'::text)": [],
}


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_functions_called_for_each_row_are_named(expression: str) -> None:
    """A function that looks at no row could be called once a statement."""
    assert FUNCTIONS[expression] == functions_per_row(expression, "notes")


@pytest.mark.parametrize(
    "expression",
    [
        "(owner = ( SELECT auth.uid() AS uid))",
        "(( SELECT auth.uid() AS uid) = owner)",
        "(owner = auth.uid())",
        "(auth.uid() = owner)",
        "(notes.owner = ( SELECT auth.uid() AS uid))",
        "((owner = ANY (ARRAY( SELECT m.who\n   FROM m))) AND open)",
    ],
)
def test_a_column_that_finds_rows_is_named(expression: str) -> None:
    """A column that is compared with what a caller is can be looked up in an index."""
    assert ["owner"] == columns_asked_for(expression, "notes", ("owner", "open"))


@pytest.mark.parametrize(
    "expression",
    [
        "(owner = 'x'::text)",
        "(open AND (kind = 'owner = ( SELECT'::text))",
        "((owner)::text = ( SELECT auth.uid() AS uid))",
        "((owner = ( SELECT auth.uid() AS uid)) OR open)",
        "(co_owner = ( SELECT auth.uid() AS uid))",
        "(other.owner = ( SELECT auth.uid() AS uid))",
    ],
)
def test_a_column_that_finds_none_is_not(expression: str) -> None:
    """A constant, a cast, an alternative or another table's column gives an index nothing to do."""
    assert [] == columns_asked_for(expression, "notes", ("owner", "open"))


@given(st.text(alphabet="()' \n=SELECTFROMauth.uid()xOR", max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Whatever an expression looks like, reading it ends without an error."""
    assert set(calls_per_row(text, "x")) <= {"auth.uid()"}
    assert set(columns_asked_for(text, "x", ("x",))) <= {"x"}
    assert all("." in name for name in functions_per_row(text, "x"))


@given(st.lists(st.sampled_from(["auth.uid()", "auth.jwt()", "auth.role()"]), max_size=5))
def test_wrapping_every_call_leaves_none(calls: list[str]) -> None:
    """Each bare call is named once; none is when each stands in a select of its own."""
    bare = " AND ".join(f"(a = {call})" for call in calls)
    wrapped = " AND ".join(f"(a = ( SELECT {call} AS x))" for call in calls)
    assert list(dict.fromkeys(calls)) == calls_per_row(bare, "notes")
    assert [] == calls_per_row(wrapped, "notes")
