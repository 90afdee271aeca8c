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
