"""
A log of thousands of rows: what is asked each second reads a handful of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

ROWS = 5_000
FEW = 100

_READ = """
select coalesce(sum(
    pg_stat_get_xact_tuples_returned('supaopt.log'::regclass)
    + (
        select coalesce(sum(pg_stat_get_xact_tuples_returned(i.indexrelid)), 0)
        from pg_index as i
        where i.indrelid = 'supaopt.log'::regclass
    )
), 0)::bigint
"""


def rows_read(owner: Connection, one: One, statement: str, *values: object) -> int:
    """Return how many rows and index entries of the log *statement* reads."""
    with owner.transaction():
        before = one(owner, _READ)
        owner.execute(statement, values)
        read: int = one(owner, _READ) - before
    return read


def write_hot_tag(owner: Connection) -> None:
    """Let many transactions have written to one tag, long ago, and nobody have analysed since."""
    owner.execute("alter table supaopt.log set (autovacuum_enabled = false)")
    owner.execute(
        "insert into supaopt.log (tag, xid)"
        " select hashtextextended('hot' collate \"C\", 0), n::text::xid8"
        " from generate_series(3, %s) as n",
        [ROWS],
    )


@pytest.fixture(name="far_ahead")
def _far_ahead(owner: Connection) -> None:
    # So that the log's transaction numbers are of the past also in a fresh cluster.
    owner.execute(
        f"""
        do $$
        begin
            while pg_snapshot_xmax(pg_current_snapshot()) < '{ROWS + 10}'::xid8 loop
                perform pg_current_xact_id();
                commit;
            end loop;
        end
        $$
        """
    )


@pytest.mark.usefixtures("far_ahead")
def test_a_look_up_reads_what_its_lease_has_not_seen(
    db: Database, service: Connection, owner: Connection, one: One
) -> None:
    """
    An entry of a hot tag, stored while somebody was writing, is looked up by a few index entries.
    """
    write_hot_tag(owner)
    running = db.connect("postgres")
    with running.transaction():
        running.execute("select pg_current_xact_id()")
        owner.execute("select pg_current_xact_id()")
        lease = one(service, "select public.get_cache_entry('k') ->> 'lease'")
        one(service, "select public.set_cached_data('k', '1', '1 h', array['hot'], %s)", lease)
        read = rows_read(owner, one, "select public.get_cached_data('k')")
        killed = one(
            owner, "select supaopt.is_killed(hashes, lease) from supaopt.entries where key = 'k'"
        )
        assert 1 == one(service, "select public.get_cached_data('k')")

    assert lease.split(":")[3]
    assert killed is False
    assert read < FEW


@pytest.mark.usefixtures("far_ahead")
@pytest.mark.parametrize("tags", [1, 3])
def test_statistics_of_few_tags_do_not_mislead_a_look_up(
    service: Connection, owner: Connection, one: One, tags: int
) -> None:
    """
    Where all writes since an entry was stored went to few other tags, none of them is read.
    """
    lease = one(service, "select public.get_cache_entry('k') ->> 'lease'")
    one(service, "select public.set_cached_data('k', '1', '1 h', array['own'], %s)", lease)
    owner.execute(
        "insert into supaopt.log (tag, xid)"
        " select n %% %s, (pg_current_xact_id()::text::bigint + n)::text::xid8"
        " from generate_series(1, %s) as n",
        [tags, ROWS],
    )
    owner.execute("analyze supaopt.log")

    read = rows_read(owner, one, "select public.get_cached_data('k')")
    judged = rows_read(owner, one, "select supaopt.is_killed(hashes, lease) from supaopt.entries")

    assert 1 == one(service, "select public.get_cached_data('k')")
    assert max(read, judged) < FEW


@pytest.mark.usefixtures("far_ahead")
def test_a_poll_reads_what_is_new(service: Connection, owner: Connection, one: One) -> None:
    """
    A follower that is up to date does not read the log that it has seen.
    """
    write_hot_tag(owner)
    mark = one(service, "select public.get_cache_changes(null) ->> 'watermark'")
    one(service, "select public.invalidate_cache_by_tags(array['new'])")

    read = rows_read(owner, one, "select public.get_cache_changes(%s)", mark)

    assert 1 == len(one(service, "select public.get_cache_changes(%s)", mark)["changes"])
    assert read < FEW


_READ_ENTRIES = _READ.replace("supaopt.log", "supaopt.entries")
_MANY = "select public.get_cache_entries(array(select 'k' || n from generate_series(1, 100) as n))"
_STORE_MANY = """
select public.set_cached_entries(jsonb_agg(jsonb_build_object(
    'key', 'k' || n, 'data', n, 'duration', '1 hour', 'tags', array['hot', 'hot:' || n],
    'lease', %s::text
)))
from generate_series(1, 100) as n
"""


def reads_of_many(owner: Connection, one: One) -> tuple[int, int]:
    """Return how many rows of the log, and of the entries, a look-up of 100 keys reads."""
    with owner.transaction():
        before = one(owner, _READ), one(owner, _READ_ENTRIES)
        found = one(owner, _MANY)["entries"]
        after = one(owner, _READ), one(owner, _READ_ENTRIES)
    assert [*range(1, 101)] == [entry and entry["data"] for entry in found]
    return after[0] - before[0], after[1] - before[1]


def fill_entries(owner: Connection) -> None:
    """Let there be thousands of entries that nobody asks for."""
    owner.execute(
        "insert into supaopt.entries (scope, key, data, tags, hashes, lease, expires_at)"
        " select 'shared', 'other ' || n, '1', '{}', '{}', pg_current_snapshot(), 'infinity'"
        " from generate_series(1, %s) as n",
        [ROWS],
    )


@pytest.mark.usefixtures("far_ahead")
@pytest.mark.parametrize("analysed", [False, True])
def test_a_look_up_of_many_reads_what_their_leases_have_not_seen(
    db: Database, service: Connection, owner: Connection, one: One, *, analysed: bool
) -> None:
    """
    A hundred entries of a hot tag, stored while somebody was writing, are looked up by a few index
    entries each.
    """
    write_hot_tag(owner)
    fill_entries(owner)
    running = db.connect("postgres")
    with running.transaction():
        running.execute("select pg_current_xact_id()")
        owner.execute("select pg_current_xact_id()")
        lease = one(service, "select public.get_cache_entries('{}') ->> 'lease'")
        assert lease.split(":")[3]
        one(service, _STORE_MANY, lease)
        if analysed:
            owner.execute("analyze supaopt.log, supaopt.entries")
        log, entries = reads_of_many(owner, one)

    assert log < FEW
    assert entries <= 100


@pytest.mark.usefixtures("far_ahead")
@pytest.mark.parametrize("after", ["", "analyze supaopt.log, supaopt.entries"])
def test_no_plan_reads_a_table_through_for_many(
    service: Connection, owner: Connection, one: One, after: str
) -> None:
    """
    Neither a plan that was made while the tables were empty, nor statistics that know of one tag
    alone, make a look-up read what was written to other tags since, or other entries.
    """
    for table in ("log", "entries"):
        owner.execute(f"alter table supaopt.{table} set (autovacuum_enabled = false)")
        owner.execute(f"delete from supaopt.{table}")
        owner.execute(f"vacuum supaopt.{table}")
    for _ in range(7):  # by then plans are kept, as long as nothing alters the tables
        one(owner, _MANY)
    lease = one(service, "select public.get_cache_entries('{}') ->> 'lease'")
    one(service, _STORE_MANY, lease)
    fill_entries(owner)
    owner.execute(
        "insert into supaopt.log (tag, xid)"
        " select 1, (pg_current_xact_id()::text::bigint + n)::text::xid8"
        " from generate_series(1, %s) as n",
        [ROWS],
    )
    if after:
        owner.execute(after)

    log, entries = reads_of_many(owner, one)

    assert log < FEW
    assert entries <= 100
