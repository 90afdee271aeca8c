"""
What a write to a watched table logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from supaopt.cache._tag_hash import tag_hash

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

pytestmark = pytest.mark.usefixtures("orders")


@pytest.mark.parametrize("tag", ["*", "orders", "order:1", "naïve:ü", "x" * 500])
def test_tags_hash_alike_in_python_and_postgres(owner: Connection, one: One, tag: str) -> None:
    """Upper tiers can match the log."""
    assert tag_hash(tag) in one(owner, "select supaopt.hash_tags(array[%s::text])", tag)


def test_inserts_log_the_new_rows_tags(logged: Any) -> None:
    """An insert logs the table's tag and those of its rows."""
    assert ["customer:a", "order:1", "order:2", "orders"] == logged(
        "insert into public.orders (id, customer) values (1, 'a'), (2, 'a')"
    )


def test_a_moved_row_logs_where_it_came_from_and_went_to(logged: Any) -> None:
    """An update from A to B ends the entries of both."""
    logged("insert into public.orders (id, customer) values (1, 'a')")
    assert ["customer:a", "customer:b", "order:1", "orders"] == logged(
        "update public.orders set customer = 'b'"
    )


def test_deletes_log_the_old_rows_tags(logged: Any) -> None:
    """A delete ends the entries of what is gone."""
    logged("insert into public.orders (id, customer) values (1, 'a'), (2, 'b')")
    assert ["customer:b", "order:2", "orders"] == logged("delete from public.orders where id = 2")


def test_a_changed_key_logs_both_keys(logged: Any) -> None:
    """An update of the primary key is a change of the old and of the new row."""
    logged("insert into public.orders (id, customer) values (1, 'a')")
    assert ["customer:a", "order:1", "order:2", "orders"] == logged(
        "update public.orders set id = 2"
    )


def test_an_update_that_changes_nothing_logs_nothing(logged: Any) -> None:
    """Rows written as they were end no entry; json columns are compared by their bytes."""
    logged(
        "insert into public.orders (id, customer, document) "
        "values (1, 'a', '{\"a\": 1}'), (2, 'b', null)"
    )
    assert [] == logged("update public.orders set customer = customer")
    assert ["customer:b", "order:2", "orders"] == logged(
        "update public.orders set total = case id when 2 then 1 end"
    )
    assert ["customer:a", "order:1", "orders"] == logged(
        "update public.orders set document = '{\"a\":1}' where id = 1"
    )


def test_statements_without_rows_log_nothing(logged: Any) -> None:
    """A statement that matches no row ends no entry."""
    for statement in (
        "update public.orders set total = 1",
        "delete from public.orders",
        "insert into public.orders select 1 where false",
    ):
        assert [] == logged(statement), statement


def test_truncate_logs_the_bulk_tags(logged: Any) -> None:
    """TRUNCATE ends every entry of a row and of the table."""
    assert ["customer:*", "order:*", "orders"] == logged("truncate public.orders")


def test_wide_statements_log_the_bulk_tags_alone(logged: Any) -> None:
    """Beyond settings.bulk_rows a statement logs a handful of rows, not thousands."""
    assert ["customer:*", "order:*", "orders"] == logged(
        "insert into public.orders select g, 'c' from generate_series(1, 501) g"
    )
    assert ["customer:*", "order:*", "orders"] == logged("update public.orders set total = 1")
    assert ["customer:*", "order:*", "orders"] == logged("delete from public.orders")


def test_statements_of_some_hundred_rows_log_each(owner: Connection, one: One, logged: Any) -> None:
    """Between compare_rows and bulk_rows every row's tags are logged."""
    logged("insert into public.orders select g, 'c' from generate_series(1, 501) g")
    owner.execute("update public.orders set total = 1 where id <= 200")
    assert 202 == one(owner, "select count(*) from supaopt.log")


def test_the_rows_of_a_bulk_tag_end_with_it(
    service: Connection, owner: Connection, one: One
) -> None:
    """An entry of one order ends when a statement on many orders logs order:* alone."""
    lease = one(service, "select public.get_cache_entry('k') ->> 'lease'")
    one(service, "select public.set_cached_data('k', '1', '1 h', array['order:1'], %s)", lease)
    owner.execute("insert into public.orders select g from generate_series(1000, 1600) g")
    assert one(service, "select public.get_cached_data('k')") is None


def test_limits_are_settings(owner: Connection, logged: Any) -> None:
    """Watching again after a changed limit uses it."""
    owner.execute("update supaopt.settings set bulk_rows = 1, compare_rows = 0")
    owner.execute(
        "select supaopt.watch_table('public.orders',"
        " array['orders', 'order:{id}', 'customer:{customer}'])"
    )
    logged()
    assert ["customer:*", "order:*", "orders"] == logged(
        "insert into public.orders (id, customer) values (1, 'a'), (2, 'a')"
    )


def test_null_columns_make_no_tag(logged: Any) -> None:
    """A row without customer ends the table's entries and its own."""
    assert ["order:1", "orders"] == logged("insert into public.orders (id) values (1)")


ON_CONFLICT = """
insert into public.orders (id, customer) values (1, 'b')
on conflict (id) do update set customer = excluded.customer
"""
MERGE = """
merge into public.orders as o using (values (1, 'b'), (3, 'c')) as s (id, customer) on o.id = s.id
when matched then update set customer = s.customer
when not matched then insert (id, customer) values (s.id, s.customer)
"""
WITH = """
with gone as (delete from public.orders returning id)
insert into public.orders (id, customer) select id + 1, 'b' from gone
"""


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (ON_CONFLICT, ["customer:a", "customer:b", "order:1", "orders"]),
        ("insert into public.orders (id) values (1) on conflict do nothing", []),
        (MERGE, ["customer:a", "customer:b", "customer:c", "order:1", "order:3", "orders"]),
        (WITH, ["customer:a", "customer:b", "order:1", "order:2", "orders"]),
    ],
    ids=["on conflict update", "on conflict nothing", "merge", "writing with"],
)
def test_every_form_of_write_is_seen(logged: Any, statement: str, expected: list[str]) -> None:
    """ON CONFLICT, MERGE and data-modifying WITH log what they changed."""
    logged("insert into public.orders (id, customer) values (1, 'a')")
    assert expected == logged(statement)


def test_copy_is_seen(owner: Connection, logged: Any) -> None:
    """COPY logs like an insert."""
    with owner.cursor() as cursor, cursor.copy("copy public.orders (id, customer) from stdin") as c:
        c.write_row((1, "a"))
    assert ["customer:a", "order:1", "orders"] == logged()


def test_writes_inside_functions_are_seen(owner: Connection, logged: Any) -> None:
    """A write is logged whoever makes it."""
    owner.execute(
        """create function public.add() returns void language sql security definer
        set search_path = '' as $$ insert into public.orders (id) values (1) $$"""
    )
    assert ["order:1", "orders"] == logged("select public.add()")


def test_replica_sessions_are_seen(db: Database, logged: Any) -> None:
    """Bulk loaders that switch triggers off by session_replication_role do not switch ours off."""
    loader = db.connect("superuser")
    loader.execute("set session_replication_role = replica")
    loader.execute("insert into public.orders (id) values (1)")
    assert ["order:1", "orders"] == logged()


def test_cascades_are_seen(owner: Connection, logged: Any) -> None:
    """Rows that a foreign key deletes or changes are logged with their own tags."""
    owner.execute(
        """create table public.lines (
            id int primary key,
            order_id int references public.orders on delete cascade on update cascade
        );
        select supaopt.watch_table(
            'public.lines', array['lines', 'line:{id}', 'order:{order_id}']
        )"""
    )
    logged("insert into public.orders (id) values (1), (2)")
    logged("insert into public.lines values (1, 1), (2, 2)")
    assert ["line:1", "lines", "order:1", "orders"] == logged(
        "delete from public.orders where id = 1"
    )
    assert ["line:2", "lines", "order:2", "order:3", "orders"] == logged(
        "update public.orders set id = 3 where id = 2"
    )
    assert ["customer:*", "line:*", "lines", "order:*", "orders"] == logged(
        "truncate public.orders cascade"
    )
