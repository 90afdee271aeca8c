"""
Watched tables that have partitions, or change while they are watched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

pytestmark = pytest.mark.usefixtures("orders")

PARTS = """
create table public.parts (id int, area int, primary key (id, area)) partition by list (area);
create table public.parts_1 partition of public.parts for values in (1);
create table public.parts_2 partition of public.parts for values in (2);
"""


@pytest.mark.parametrize("watched", ["parts", "parts_1"])
def test_partitions_are_watched_with_their_parent(
    owner: Connection, logged: Any, watched: str
) -> None:
    """Writes through the parent and straight to a partition are seen, whichever was named."""
    owner.execute(PARTS.encode())
    owner.execute(
        f"select supaopt.watch_table('public.{watched}', array['lines', 'line:{{id}}'])".encode()
    )
    logged()
    assert ["line:1", "line:2", "lines"] == logged("insert into public.parts values (1, 1), (2, 2)")
    assert ["line:1", "lines"] == logged("delete from public.parts_1")
    assert ["line:2", "lines"] == logged("update public.parts set area = 1 where id = 2")
    assert ["line:*", "lines"] == logged("truncate public.parts_2")
    assert ["line:*", "lines"] == logged("truncate public.parts")


def test_a_partition_with_other_column_order_is_watched(owner: Connection, logged: Any) -> None:
    """A table attached as a partition may keep its columns in another order."""
    owner.execute(PARTS.encode())
    owner.execute("create table public.lone (area int not null, id int not null)")
    owner.execute("alter table public.parts attach partition public.lone for values in (3)")
    owner.execute("select supaopt.watch_table('public.parts', array['lines', 'line:{id}'])")
    logged()
    assert ["line:1", "lines"] == logged("insert into public.lone (area, id) values (3, 1)")


def test_added_and_dropped_columns_do_not_matter(logged: Any) -> None:
    """Writes go on after DDL in the same session."""
    logged("insert into public.orders (id, customer) values (1, 'a')")
    for change in ("add column extra int default 3", "drop column document"):
        logged(f"alter table public.orders {change}")
        assert ["customer:a", "order:1", "orders"] == logged(
            "update public.orders set total = coalesce(total, 0) + 1"
        )


@pytest.mark.parametrize(
    "change",
    ["alter table public.orders rename to bought", "alter table public.orders set schema s"],
)
def test_a_renamed_or_moved_table_is_still_exact(
    owner: Connection, logged: Any, change: str
) -> None:
    """The trigger goes with its table."""
    owner.execute("create schema s")
    owner.execute(change.encode())
    table = "public.bought" if "rename" in change else "s.orders"
    assert ["customer:a", "order:1", "orders"] == logged(
        f"insert into {table} (id, customer) values (1, 'a')"
    )


@pytest.mark.parametrize(
    "change",
    [
        "rename column customer to buyer",
        "rename column id to number",
        "drop column customer",
        "alter column customer type varchar(9)",
        "alter column id type bigint",
    ],
)
def test_what_can_no_longer_be_named_logs_bulk_tags(
    owner: Connection, logged: Any, change: str
) -> None:
    """A column renamed, dropped or retyped fails no write and misses no entry."""
    logged("insert into public.orders (id, customer) values (1, 'a')")
    owner.execute(f"alter table public.orders {change}".encode())
    bulk = ["customer:*", "order:*", "orders"]
    assert [bulk, bulk] == [
        logged(statement)
        for statement in ("update public.orders set total = 1", "delete from public.orders")
    ]


def test_swapped_names_do_not_deceive_it(owner: Connection, logged: Any) -> None:
    """A column is known by its number and type as well."""
    owner.execute(
        """alter table public.orders add column other text;
        alter table public.orders rename column customer to old;
        alter table public.orders rename column other to customer"""
    )
    assert ["customer:*", "order:*", "orders"] == logged(
        "insert into public.orders (id, customer) values (1, 'a')"
    )


BULK = ["customer:*", "order:*", "orders"]


def test_another_sessions_ddl_is_noticed(db: Database, owner: Connection, logged: Any) -> None:
    """A session that has planned its trigger asks the catalogue again once the table changes."""
    writer = db.connect("postgres")
    writer.execute("insert into public.orders (id, customer) values (1, 'a')")
    owner.execute("alter table public.orders rename column customer to buyer")
    logged()
    writer.execute("update public.orders set total = 1")
    assert BULK == logged()
    owner.execute("alter table public.orders rename column buyer to customer")
    writer.execute("update public.orders set total = 2")
    assert ["customer:a", "order:1", "orders"] == logged()


def test_ddl_that_is_rolled_back_is_forgotten(owner: Connection, logged: Any) -> None:
    """A rename counts from its statement on, and no longer than it lasts."""
    with owner.transaction():
        owner.execute("insert into public.orders (id, customer) values (1, 'a')")
        with owner.transaction(force_rollback=True):
            owner.execute("alter table public.orders rename column customer to buyer")
            logged()
            assert BULK == logged("update public.orders set total = 1")
        logged()
        assert ["customer:a", "order:1", "orders"] == logged("update public.orders set total = 2")


def test_an_old_snapshot_leaves_nothing_behind(
    db: Database, owner: Connection, logged: Any
) -> None:
    """What a repeatable read transaction sees of the catalogue is not kept for later ones."""
    writer = db.connect("postgres")
    writer.execute("begin isolation level repeatable read")
    writer.execute("select")
    owner.execute("alter table public.orders alter column customer type varchar(9)")
    writer.execute("insert into public.orders (id, customer) values (1, 'a')")
    writer.execute("commit")
    logged()
    writer.execute("insert into public.orders (id, customer) values (2, 'a')")
    assert BULK == logged()


def test_equal_values_of_other_text_are_changes(owner: Connection, logged: Any) -> None:
    """Tags are text: 1.5 and 1.50 are equal, and make two tags."""
    owner.execute("select supaopt.watch_table('public.orders', array['orders', 'kind:{total}'])")
    owner.execute("insert into public.orders (id, total) values (1, 1.5)")
    logged()
    assert ["kind:1.5", "kind:1.50", "orders"] == logged("update public.orders set total = 1.50")


def test_watching_again_makes_it_exact_again(owner: Connection, logged: Any) -> None:
    """After a rename, watch_table with the new name logs row by row."""
    owner.execute("alter table public.orders rename column customer to buyer")
    owner.execute(
        "select supaopt.watch_table('public.orders', array['orders', 'customer:{buyer}'])"
    )
    logged()
    assert ["customer:a", "orders"] == logged(
        "insert into public.orders (id, buyer) values (1, 'a')"
    )


def test_a_watched_table_can_be_dropped(owner: Connection, one: One) -> None:
    """Watching puts nothing in the way of the user's DDL."""
    owner.execute("drop table public.orders")
    assert one(owner, "select to_regclass('public.orders')") is None


def test_a_key_of_an_extensions_type_is_compared(owner: Connection, logged: Any) -> None:
    """Equality of a type outside pg_catalog is not needed: the path of the trigger is empty."""
    owner.execute(
        """create schema ext; create domain ext.code as text;
        create table public.coded (code ext.code primary key, v int);
        select supaopt.watch_table('public.coded', array['lines'])"""
    )
    logged("insert into public.coded values ('a', 1), ('b', 1)")
    assert [] == logged("update public.coded set v = 1")
    assert ["lines"] == logged("update public.coded set v = case code when 'a' then 2 else 1 end")
