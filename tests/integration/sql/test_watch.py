"""
What a write to a watched table logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from supaopt.cache._tag_hash import tag_hash

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

TABLE = """
create type public.stage as enum ('new', 'done');
create table public.orders (
    id int primary key, customer text, stage public.stage, document json, total numeric
);
select supaopt.watch_table('public.orders', array['orders', 'order:{id}', 'customer:{customer}']);
delete from supaopt.log;
"""
CANDIDATES = (
    *("*", "orders", "order:*", "customer:*", "table:public.orders", "lines", "line:*"),
    *(f"order:{number}" for number in range(20)),
    *(f"customer:{letter}" for letter in "abc"),
    *("line:1", "line:2", "pair:1:a", "pair:*", "kind:done", "kind:true", "kind:1.5", "kind:1.50"),
)


@pytest.fixture(name="orders", autouse=True)
def _orders(owner: Connection) -> None:
    owner.execute(TABLE.encode())


@pytest.fixture(name="logged")
def _logged(owner: Connection) -> Any:
    names = {tag_hash(tag): tag for tag in CANDIDATES}

    def logged(statement: str = "") -> list[str]:
        # Run it; say, by name, which tags it logged; forget them.
        if statement:
            owner.execute(statement.encode())
        rows = owner.execute("delete from supaopt.log returning tag").fetchall()
        return sorted({names[tag] for (tag,) in rows})

    return logged


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
    owner.execute(TABLE.encode().split(b";")[2])
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
