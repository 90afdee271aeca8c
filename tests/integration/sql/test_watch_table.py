"""
What `supaopt.watch_table` takes, refuses, replaces and takes away again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

pytestmark = pytest.mark.usefixtures("orders")


def test_a_table_without_literal_tag_gets_one(owner: Connection, one: One, logged: Any) -> None:
    """Every watched table has a tag that each write logs."""
    watch = "select supaopt.watch_table('public.orders', %s::text[])"
    assert "table:public.orders" == one(owner, watch, ["order:{id}"])
    logged()
    assert ["order:1", "table:public.orders"] == logged("insert into public.orders (id) values (1)")
    assert "table:public.orders" == one(owner, watch, [])
    logged()
    assert ["table:public.orders"] == logged("update public.orders set total = 1")


def test_tags_take_several_columns_and_types(owner: Connection, logged: Any) -> None:
    """Templates may join columns of every stable type."""
    owner.execute(
        "select supaopt.watch_table('public.orders', array["
        "'orders', 'pair:{id}:{customer}', 'kind:{stage}', 'kind:{total}'])"
    )
    logged()
    assert ["kind:1.50", "kind:done", "orders", "pair:1:a"] == logged(
        "insert into public.orders values (1, 'a', 'done', null, 1.50)"
    )


def test_tables_without_a_key_are_watched(owner: Connection, logged: Any) -> None:
    """Without a primary key single-row updates are compared, and wider ones are logged."""
    owner.execute("create table public.loose (id int, note text)")
    owner.execute("select supaopt.watch_table('public.loose', array['lines', 'line:{id}'])")
    logged("insert into public.loose values (1, 'x')")
    assert [] == logged("update public.loose set note = note")
    logged("insert into public.loose values (2, 'x')")
    assert ["line:1", "line:2", "lines"] == logged("update public.loose set note = note")


def test_odd_names_are_quoted(owner: Connection, logged: Any) -> None:
    """Names that need quotes, and tags with quotes in them, are taken literally."""
    table = sql.Identifier("s x", """O'Neil "t" """)
    owner.execute('create schema "s x"')
    owner.execute(sql.SQL('create table {} ("a b" int primary key)').format(table))
    owner.execute(
        "select supaopt.watch_table(%s::regclass, array['lines', 'line:{a b}'])",
        [table.as_string(owner)],
    )
    logged()
    owner.execute(sql.SQL("insert into {} values (1)").format(table))
    assert ["line:1", "lines"] == logged()


@pytest.mark.parametrize(
    ("table", "tags", "message"),
    [
        ("public.orders", ["order:{nope}"], "has no column nope"),
        ("public.orders", ["order{id}"], "malformed"),
        ("public.orders", ["{id}"], "malformed"),
        ("public.orders", ["order:{id"], "malformed"),
        ("public.orders", ["order:id}"], "malformed"),
        ("public.orders", ["order:{document}"], "is of type json"),
        ("public.orders", [None], "tags are null"),
        ("public.orders", [""], "tags are null"),
        ("public.orders", None, "tags are null"),
        ("public.query_cache", [], "cannot be watched"),
        ("pg_catalog.pg_class", [], "cannot be watched"),
        ("supaopt.log", [], "cannot be watched"),
        (None, [], "cannot be watched"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_a_hint(
    owner: Connection, table: str | None, tags: Any, message: str
) -> None:
    """Wrong tables and templates raise 22023 and say what to do."""
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=message) as caught:
        owner.execute("select supaopt.watch_table(%s::regclass, %s::text[])", [table, tags])
    assert caught.value.diag.message_hint


@pytest.mark.parametrize("kind", ["timestamptz", "date", "float8", "bytea", "char(3)"])
def test_columns_whose_text_depends_on_settings_are_refused(owner: Connection, kind: str) -> None:
    """A tag must not change with time zone, date style or the like."""
    owner.execute(f"create table public.typed (x {kind})".encode())
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="column x of"):
        owner.execute("select supaopt.watch_table('public.typed', array['x:{x}'])")


def test_watching_again_replaces_the_tags(owner: Connection, one: One, logged: Any) -> None:
    """A second call leaves one set of triggers, with the new tags."""
    owner.execute("select supaopt.watch_table('public.orders', array['lines'])")
    logged()
    assert ["lines"] == logged("insert into public.orders (id) values (1)")
    assert 4 == one(
        owner,
        "select count(*) from pg_trigger where tgrelid = 'public.orders'::regclass"
        " and not tgisinternal",
    )


def test_unwatching_leaves_nothing_behind(owner: Connection, one: One, logged: Any) -> None:
    """Triggers and functions go, and entries that nobody would end any more end."""
    assert one(owner, "select supaopt.unwatch_table('public.orders')") is True
    assert ["*"] == logged()
    assert [] == logged("insert into public.orders (id) values (1)")
    owner.execute("alter table public.orders drop column customer")
    assert one(owner, "select supaopt.unwatch_table('public.orders')") is False


def test_writers_need_no_rights_on_the_log(db: Database, owner: Connection, logged: Any) -> None:
    """Whoever may write to the table may write; the log stays closed to them."""
    owner.execute("create policy all_rows on public.orders using (true)")
    owner.execute("grant insert on public.orders to anon")
    db.connect("anon").execute("insert into public.orders (id) values (1)")
    assert ["order:1", "orders"] == logged()
