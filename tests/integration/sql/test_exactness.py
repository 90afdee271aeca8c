"""
An entry is served only if every committed write to its tags was seen by its lease.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

LEASE = "select public.get_cache_entry('k') ->> 'lease'"
STORE = "select public.set_cached_data('k', to_jsonb(%s::int), '1 hour', array['t'], %s)"
READ = "select public.get_cached_data('k')"
WRITE = "update public.t set v = %s"
TABLE = "select v from public.t"


@pytest.fixture(name="table", autouse=True)
def _table(owner: Connection) -> None:
    owner.execute("create table public.t (id int primary key, v int, note json)")
    owner.execute("insert into public.t values (1, 1, '{}')")
    owner.execute("grant all on public.t to service_role")
    owner.execute("select supaopt.watch_table('public.t', array['t'])")


@pytest.fixture(name="writer")
def _writer(db: Database) -> Connection:
    return db.connect("service_role")


def keep(service: Connection, one: One) -> None:
    """Store what the table holds now."""
    lease = one(service, LEASE)
    assert one(service, STORE, one(service, TABLE), lease) is True


def test_a_committed_write_ends_the_entry(
    service: Connection, writer: Connection, one: One
) -> None:
    """The entry is served until the write commits, and not after."""
    keep(service, one)
    with writer.transaction():
        one(writer, WRITE, 2)
        assert 1 == one(service, READ)
        assert one(writer, READ) is None, "the writer reads its own write"
    assert one(service, READ) is None


def test_a_rollback_leaves_no_trace(service: Connection, writer: Connection, one: One) -> None:
    """A write that was rolled back ends nothing."""
    keep(service, one)
    with writer.transaction(force_rollback=True):
        one(writer, WRITE, 2)
    assert 1 == one(service, READ)


def test_a_late_store_does_no_harm(service: Connection, writer: Connection, one: One) -> None:
    """A value computed before a write and stored after it is refused."""
    lease = one(service, LEASE)
    value = one(service, TABLE)
    one(writer, WRITE, 2)
    assert one(service, STORE, value, lease) is False
    assert one(service, READ) is None


@pytest.mark.parametrize("commit_before_store", [True, False])
def test_a_reader_between_write_and_commit_keeps_nothing_stale(
    service: Connection, writer: Connection, one: One, *, commit_before_store: bool
) -> None:
    """A reader that starts after the write and before the commit sees the old value."""
    with writer.transaction():
        one(writer, WRITE, 2)
        lease = one(service, LEASE)
        value = one(service, TABLE)
        assert 1 == value
        if not commit_before_store:
            assert one(service, STORE, value, lease) is True
            assert 1 == one(service, READ), "right until the commit"
    if commit_before_store:
        assert one(service, STORE, value, lease) is False
    assert one(service, READ) is None


def test_a_prepared_transaction_counts_when_it_commits(
    service: Connection, writer: Connection, one: One
) -> None:
    """Two-phase commit is no loophole."""
    writer.execute("begin")
    one(writer, WRITE, 2)
    writer.execute("prepare transaction 'supaopt_exactness'")
    keep(service, one)
    assert 1 == one(service, READ)
    writer.execute("commit prepared 'supaopt_exactness'")
    assert one(service, READ) is None


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_writers_of_any_isolation_end_entries(
    service: Connection, writer: Connection, one: One, level: str
) -> None:
    """A writer whose snapshot is older than the lease ends the entry all the same."""
    writer.execute(f"begin isolation level {level}".encode())
    one(writer, TABLE)
    keep(service, one)
    one(writer, WRITE, 2)
    writer.execute("commit")
    assert one(service, READ) is None


def test_a_reader_in_an_old_snapshot_sees_what_its_snapshot_sees(
    service: Connection, writer: Connection, one: One
) -> None:
    """A REPEATABLE READ reader is served what fits its snapshot, before and after a write."""
    keep(service, one)
    service.execute("begin isolation level repeatable read")
    assert 1 == one(service, READ)
    one(writer, WRITE, 2)
    assert (1, 1) == (one(service, TABLE), one(service, READ))
    service.execute("commit")
    assert one(service, READ) is None


def test_a_savepoint_that_is_rolled_back_ends_nothing(
    service: Connection, writer: Connection, one: One
) -> None:
    """What counts is what commits."""
    keep(service, one)
    with writer.transaction():
        with writer.transaction(force_rollback=True):
            one(writer, WRITE, 2)
        writer.execute("select pg_current_xact_id()")
    assert 1 == one(service, READ)


def test_a_savepoint_that_commits_ends_the_entry(
    service: Connection, writer: Connection, one: One
) -> None:
    """The log names the top-level transaction, which a lease lists as running."""
    with writer.transaction():
        writer.execute("select pg_current_xact_id()")
        with writer.transaction():
            one(writer, WRITE, 2)
        keep(service, one)
    assert one(service, READ) is None


def test_tags_end_entries_by_hand_and_are_counted(service: Connection, one: One) -> None:
    """Invalidation returns how many entries it ended; none for none."""
    keep(service, one)
    invalidate = "select public.invalidate_cache_by_tags(%s)"
    assert [0, 0, 0, 1, 0] == [
        one(service, invalidate, tags) for tags in (None, [], ["other", None], ["t"], ["t"])
    ]
    assert one(service, READ) is None


@pytest.mark.parametrize("tag", ["order:1", "order:*", "*"])
def test_a_tag_its_prefix_and_the_star_end_an_entry(
    service: Connection, one: One, tag: str
) -> None:
    """An entry tagged order:1 ends by order:1, by order:* and by *."""
    store = "select public.set_cached_data('o', '1', '1 hour', array['order:1'], %s)"
    lease = one(service, LEASE)
    assert one(service, store, lease) is True
    assert 0 == one(service, "select public.invalidate_cache_by_tags(array['order:2', 'order'])")
    assert 1 == one(service, "select public.invalidate_cache_by_tags(array[%s])", tag)


def test_invalidation_waits_for_its_commit(
    service: Connection, writer: Connection, one: One
) -> None:
    """An invalidation that is rolled back has not happened."""
    keep(service, one)
    with writer.transaction(force_rollback=True):
        writer.execute("select public.invalidate_cache_by_tags(array['t'])")
        assert 1 == one(service, READ)
    assert 1 == one(service, READ)


def test_flush_ends_every_entry_and_lease(service: Connection, owner: Connection, one: One) -> None:
    """After flush neither an entry nor a value under way is served."""
    keep(service, one)
    lease = one(service, LEASE)
    owner.execute("select supaopt.flush()")
    assert one(service, READ) is None
    assert one(service, STORE, 1, lease) is False


def test_watching_a_table_voids_leases_from_before(
    db: Database, service: Connection, owner: Connection, one: One
) -> None:
    """A write that no trigger saw, because it came before watch_table, is not missed."""
    owner.execute("select supaopt.unwatch_table('public.t')")
    lease = one(service, LEASE)
    value = one(service, TABLE)
    one(db.connect("service_role"), WRITE, 2)
    owner.execute("select supaopt.watch_table('public.t', array['t'])")
    assert one(service, STORE, value, lease) is False


def test_writers_never_wait_for_each_other(db: Database, service: Connection, one: One) -> None:
    """Two transactions that end the same entries do not block or deadlock."""
    keep(service, one)
    first, second = db.connect("service_role"), db.connect("service_role")
    second.execute("set lock_timeout = '5s'")
    with first.transaction(), second.transaction():
        first.execute("insert into public.t values (10, 1)")
        second.execute("insert into public.t values (20, 1)")
        first.execute("insert into public.t values (11, 1)")
        second.execute("insert into public.t values (21, 1)")
        assert 1 == one(service, READ), "nor does a reader wait for them"
    assert one(service, READ) is None


def test_a_repeatable_read_writer_is_not_refused_for_the_cache(
    service: Connection, db: Database, one: One
) -> None:
    """A writer never fails to serialise on a row of the cache."""
    keep(service, one)
    first, second = db.connect("service_role"), db.connect("service_role")
    second.execute("begin isolation level repeatable read")
    second.execute("select 1")
    first.execute("insert into public.t values (10, 1)")
    second.execute("insert into public.t values (20, 1)")
    second.execute("commit")
    assert one(service, READ) is None


def test_a_long_transaction_does_not_stop_the_cache(
    db: Database, service: Connection, writer: Connection, one: One
) -> None:
    """Entries are stored and served while an old transaction stays open."""
    old = db.connect("service_role")
    old.execute("begin")
    old.execute("select pg_current_xact_id()")
    for value in range(3):
        one(writer, WRITE, value)
    keep(service, one)
    assert 2 == one(service, READ)
    one(writer, WRITE, 9)
    assert one(service, READ) is None
    old.execute("commit")
