"""
The filter methods, as they reach the wire; the same names as supabase-py's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgrest import SyncSelectRequestBuilder

from supaopt.errors import ConfigError
from supaopt.selectors import Query, Row, Selector, Where, select, where

if TYPE_CHECKING:
    from collections.abc import Callable

ATTACK = "id),secret:profiles(password"
NIL = UUID(int=0)


class Anything(Row, table="t"):
    """A row."""

    id: int


class Discard:
    """A transport that nothing is sent with."""

    def send(self, request: object) -> Any:
        """Refuse."""
        raise NotImplementedError


def fresh() -> Query[Anything, str]:
    """Return a query that is never sent."""
    return Query(Discard(), Selector(Anything))


def params(query: Any) -> tuple[tuple[str, str], ...]:
    """Return the query parameters after the select."""
    (name, _), *rest = query.request().params
    assert name == "select"
    return tuple(rest)


STEPS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda q: q.eq("a", 1), "a=eq.1"),
    (lambda q: q.neq("a", "x"), "a=neq.x"),
    (lambda q: q.gt("a", 1), "a=gt.1"),
    (lambda q: q.gte("a", 1), "a=gte.1"),
    (lambda q: q.lt("a", 1), "a=lt.1"),
    (lambda q: q.lte("a", 1), "a=lte.1"),
    (lambda q: q.like("a", "%x%"), "a=like.%x%"),
    (lambda q: q.ilike("a", "x*"), "a=ilike.x*"),
    (lambda q: q.is_("a", None), "a=is.null"),
    (lambda q: q.in_("a", ["x", "y,z"]), 'a=in.(x,"y,z")'),
    (lambda q: q.contains("a", ["x"]), "a=cs.{x}"),
    (lambda q: q.contained_by("a", ["x"]), "a=cd.{x}"),
    (lambda q: q.overlaps("a", ["x"]), "a=ov.{x}"),
    (lambda q: q.match({"a": 1, "b": "x"}), "a=eq.1&b=eq.x"),
    (lambda q: q.filter("a", "eq", "x"), "a=eq.x"),
    (lambda q: q.not_.eq("a", 1), "a=not.eq.1"),
    (lambda q: q.not_.is_("a", None), "a=not.is.null"),
    (lambda q: q.or_("a.eq.1,b.eq.2"), "or=(a.eq.1,b.eq.2)"),
    (lambda q: q.or_("a.eq.1,b.eq.2", reference_table="c"), "c.or=(a.eq.1,b.eq.2)"),
    (lambda q: q.order("a"), "order=a.asc"),
    (lambda q: q.order("a", desc=True), "order=a.desc"),
    (lambda q: q.order("a", nullsfirst=True), "order=a.asc.nullsfirst"),
    (lambda q: q.order("a", desc=True, nullsfirst=False), "order=a.desc.nullslast"),
    (lambda q: q.order("a").order("b", desc=True), "order=a.asc,b.desc"),
    (lambda q: q.order("a", foreign_table="c"), "c.order=a.asc"),
    (lambda q: q.order("client(name)"), "order=client(name).asc"),
    (lambda q: q.limit(3), "limit=3"),
    (lambda q: q.limit(3, foreign_table="c"), "c.limit=3"),
    (lambda q: q.order("a").range(10, 19), "order=a.asc&offset=10&limit=10"),
    (lambda q: q.order("a").offset(5), "order=a.asc&offset=5"),
]


@pytest.mark.parametrize(("step", "expected"), STEPS)
def test_a_step_is_sent_as_supabase_py_sends_it(
    step: Callable[[Any], Any], expected: str, sync_project: Any
) -> None:
    """Each method writes what supabase-py's method of the same name writes."""
    assert params(step(fresh())) == tuple(parse_qsl(expected.replace("%", "%25")))
    theirs = step(sync_project.client.table("t").select("id"))
    assert isinstance(theirs, SyncSelectRequestBuilder)
    theirs.execute()
    assert sorted(sync_project.params[1:]) == sorted(parse_qsl(expected.replace("%", "%25")))


def test_alternatives_can_be_negated() -> None:
    """None of them may hold; older versions of supabase-py lose the negation."""
    assert params(fresh().not_.or_("a.eq.1,b.eq.2")) == (("not.or", "(a.eq.1,b.eq.2)"),)
    assert params(fresh().or_(where.not_.or_("a.eq.1", "b.eq.2").eq("c", 3))) == (
        ("or", "(and(not.or(a.eq.1,b.eq.2),c.eq.3))"),
    )


def test_no_step_changes_the_query_it_is_called_on() -> None:
    """A part may be kept and reused; supabase-py's builders change under the reader's hand."""
    start = fresh().eq("a", 1)
    start.eq("b", 2).order("c").limit(1).not_.is_("d", None)
    assert params(start) == (("a", "eq.1"),)


def test_a_negation_ends_with_the_next_filter() -> None:
    """Only one filter is negated, and asking twice takes it back."""
    assert params(fresh().not_.eq("a", 1).eq("b", 2)) == (("a", "not.eq.1"), ("b", "eq.2"))
    assert params(fresh().not_.not_.eq("a", 1)) == (("a", "eq.1"),)


@pytest.mark.parametrize("step", [lambda q: q.range(10, 19), lambda q: q.offset(5)])
def test_rows_are_not_skipped_in_no_order(step: Callable[[Any], Any]) -> None:
    """Pages of unordered rows repeat some and miss others; the first page may be had."""
    with pytest.raises(ConfigError, match="needs an order"):
        step(fresh()).request()
    assert params(fresh().range(0, 9)) == (("offset", "0"), ("limit", "10"))


def test_the_last_limit_counts() -> None:
    """A second limit replaces the first, where supabase-py sends both."""
    assert params(fresh().limit(5).limit(3)) == (("limit", "3"),)


def test_none_is_compared_as_null() -> None:
    """`eq(column, None)` asks for null, where supabase-py sends the word."""
    assert params(fresh().eq("a", None)) == (("a", "is.null"),)
    assert params(fresh().neq("a", None)) == (("a", "not.is.null"),)
    assert params(fresh().not_.neq("a", None)) == (("a", "is.null"),)


def test_alternatives_are_chains_of_filters() -> None:
    """The filters of one chain must all pass, one of the chains has to."""
    query = fresh().or_(where.eq("a", 'x,y)"').is_("b", None), where.not_.in_("c", ["1", "2,3"]))
    assert params(query) == (("or", '(and(a.eq."x,y)\\"",b.is.null),c.not.in.(1,"2,3"))'),)


def test_an_alternative_cannot_name_an_embed() -> None:
    """PostgREST reads no path in a tree; `reference_table` moves the whole tree."""
    with pytest.raises(ConfigError, match="reference_table"):
        fresh().or_(where.filter("client.name", "eq", "x"), where.eq("a", 1))
    query = fresh().or_(where.eq("name", "x"), reference_table="client")
    assert params(query) == (("client.or", "(name.eq.x)"),)


def test_alternatives_nest() -> None:
    """A chain may hold alternatives of its own."""
    query = fresh().or_(where.eq("a", 1).or_(where.eq("b", 2), where.eq("c", 3)), "d.eq.4")
    assert params(query) == (("or", "(and(a.eq.1,or(b.eq.2,c.eq.3)),d.eq.4)"),)


@pytest.mark.parametrize("call", [lambda: fresh().or_(), lambda: fresh().or_(where)])
def test_alternatives_cannot_be_empty(call: Callable[[], Any]) -> None:
    """No alternative, or one that passes everything, is a mistake."""
    with pytest.raises(ConfigError):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda q: q.match({}),
        lambda q: q.limit(-1),
        lambda q: q.limit(True),  # noqa: FBT003 - the mistake that is tested
        lambda q: q.limit("5"),
        lambda q: q.offset(-1),
        lambda q: q.range(5, 4),
        lambda q: q.eq("", 1),
        lambda q: q.eq('a"b', 1),
        lambda q: q.order('a"b'),
        lambda q: q.order("a", foreign_table='c"'),
        lambda q: q.or_("a.eq.1", reference_table='c"'),
    ],
)
def test_a_step_that_cannot_be_meant_is_refused(call: Callable[[Any], Any]) -> None:
    """Mistakes raise where they are made."""
    with pytest.raises(ConfigError):
        call(fresh())


@pytest.mark.parametrize("name", ["select", "order", "limit", "offset", "or", "and", "columns"])
def test_a_filter_on_a_column_called_like_a_parameter_stays_a_filter(name: str) -> None:
    """A caller's column name never replaces the select, order or limit."""
    query = fresh().eq(name, "*,secret:profiles(password)")
    assert params(query) == ((f'"{name}"', "eq.*,secret:profiles(password)"),)


@given(column=st.text(max_size=30), value=st.text(max_size=30))
def test_no_filter_widens_the_select(column: str, value: str) -> None:
    """Whatever a caller passes, the select stays the first parameter and the only one."""
    try:
        query = fresh().eq(column, value).order(column).filter(f"client.{column}", "eq", value)
    except ConfigError:
        return
    names = [name for name, _ in query.request().params]
    assert names.count("select") == 1
    assert query.request().params[0] == ("select", "id")
    assert set(names) & {"or", "and", "columns", "on_conflict", "limit"} == set()


@given(value=st.text(max_size=30))
def test_no_value_leaves_its_alternative(split: Callable[[str], list[str]], value: str) -> None:
    """A value in a chain of alternatives cannot add another one."""
    ((_, tree),) = params(fresh().or_(where.eq("a", value), where.eq("b", 1)))
    assert len(split(tree[1:-1])) == 2


def test_a_query_hides_its_values() -> None:
    """The repr names the filtered columns and not what they are compared with."""
    text = repr(fresh().eq("email", "ann@example.com").limit(3))
    assert "email" in text
    assert "ann@example.com" not in text


def test_a_chain_of_filters_is_text() -> None:
    """`where` chains print as PostgREST reads them."""
    assert str(where.eq("a", 1)) == "a.eq.1"
    assert isinstance(where.eq("a", 1), Where)


def test_both_colours_have_the_same_steps(sync_project: Any, async_project: Any) -> None:
    """A query's methods are the same for either client."""
    public = [
        {name for name in dir(select(each.client, Anything)) if not name.startswith("_")}
        for each in (sync_project, async_project)
    ]
    assert public[0] == public[1]
