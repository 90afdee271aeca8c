"""
Following the log, and pruning it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt.cache._tag_hash import tag_hash

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

CHANGES = "select public.get_cache_changes(%s)"
CLEAN = "select public.cleanup_expired_cache()"
COUNT = "select count(*) from supaopt.{}"


def invalidate(connection: Connection, tag: str) -> int:
    """End a tag's entries; return the tag's hash."""
    connection.execute("select public.invalidate_cache_by_tags(array[%s])", [tag])
    return tag_hash(tag)


def test_a_follower_starts_with_a_reset(service: Connection, one: One) -> None:
    """Without a watermark there is nothing to compare with."""
    answer = one(service, CHANGES, None)
    assert (True, []) == (answer["reset"], answer["changes"])
    assert answer["watermark"]


def test_changes_are_delivered_once(service: Connection, one: One) -> None:
    """What committed since the watermark comes, and does not come again."""
    start = one(service, CHANGES, None)["watermark"]
    expected = {invalidate(service, "a"), invalidate(service, "b")}
    answer = one(service, CHANGES, start)
    assert expected == {int(tag) for tag, _xid in answer["changes"]}
    assert [] == one(service, CHANGES, answer["watermark"])["changes"]


def test_a_late_commit_is_not_missed(db: Database, service: Connection, one: One) -> None:
    """A transaction older than ones already delivered is delivered when it commits."""
    late = db.connect("service_role")
    start = one(service, CHANGES, None)["watermark"]
    with late.transaction():
        expected = invalidate(late, "late")
        invalidate(service, "early")
        middle = one(service, CHANGES, start)
        assert 1 == len(middle["changes"])
    assert [expected] == [
        int(tag) for tag, _ in one(service, CHANGES, middle["watermark"])["changes"]
    ]


@pytest.mark.parametrize("spoil", ["generation", "future", "floor"])
def test_a_void_watermark_resets(
    service: Connection, owner: Connection, one: One, spoil: str
) -> None:
    """A watermark of another history, from the future or too old means: drop everything."""
    mark = one(service, CHANGES, None)["watermark"]
    if spoil == "generation":
        mark = "0" * 32 + mark[32:]
    elif spoil == "future":
        mark = mark[:33] + "99999999:99999999:"
    else:
        owner.execute("select pg_current_xact_id()")
        owner.execute(
            "select supaopt.write_state(install, pg_snapshot_xmin(pg_current_snapshot()))"
            " from supaopt.state"
        )
    assert one(service, CHANGES, mark)["reset"] is True


def test_a_follower_far_behind_is_reset(service: Connection, owner: Connection, one: One) -> None:
    """Beyond as many changes as the settings say dropping everything is cheaper."""
    mark = one(service, CHANGES, None)["watermark"]
    owner.execute("update supaopt.settings set max_changes = 10")
    owner.execute("insert into supaopt.log (tag) select generate_series(1, 10)")
    assert 10 == len(one(service, CHANGES, mark)["changes"])
    owner.execute("insert into supaopt.log (tag) select generate_series(11, 11)")
    assert (True, []) == (
        (answer := one(service, CHANGES, mark))["reset"],
        answer["changes"],
    )


def store(service: Connection, one: One, key: str, tag: str) -> None:
    """Keep an entry."""
    lease = one(service, "select public.get_cache_entry(%s) ->> 'lease'", key)
    one(service, "select public.set_cached_data(%s, '1', '1 h', array[%s], %s)", key, tag, lease)


def test_clean_up_removes_what_cannot_be_served(
    service: Connection, owner: Connection, one: One
) -> None:
    """Expired and invalidated entries go, with their hit counts; the live one stays."""
    for key in ("live", "expired", "killed"):
        store(service, one, key, key)
    service.execute("""select public.record_cache_hits('{"live": 1, "expired": 1, "killed": 1}')""")
    invalidate(service, "killed")
    owner.execute("update supaopt.entries set expires_at = now() where key = 'expired'")
    assert [2, 0] == [one(service, CLEAN), one(service, CLEAN)]
    assert ("live", 1) == owner.execute(
        "select min(e.key), (select count(*) from supaopt.hits) from supaopt.entries as e"
    ).fetchone()


def test_the_log_is_pruned_by_xid_after_its_retention(
    service: Connection, owner: Connection, one: One
) -> None:
    """Log rows go only once the floor has passed them, and entries older than it go with them."""
    owner.execute("delete from supaopt.log")
    invalidate(service, "a")
    store(service, one, "old", "old")
    one(service, CLEAN)
    assert 1 == one(owner, COUNT.format("log"))
    for _ in range(2):
        owner.execute("select pg_current_xact_id()")
        owner.execute(
            "update supaopt.state set next_at = next_at - interval '3 days';"
            "update supaopt.state set self = xmin"
        )
        one(service, CLEAN)
    assert [0, 0] == [one(owner, COUNT.format(table)) for table in ("log", "entries")]


def test_pruning_never_serves_what_it_forgot(
    db: Database, service: Connection, owner: Connection, one: One
) -> None:
    """An entry whose killing row was pruned stays dead, however the clock was set."""
    old = db.connect("service_role")
    lease = one(old, "select public.get_cache_entry('k') ->> 'lease'")
    store(service, one, "k", "t")
    invalidate(service, "t")
    for _ in range(2):
        owner.execute("select pg_current_xact_id()")
        owner.execute(
            "update supaopt.state set next_at = '-infinity';update supaopt.state set self = xmin"
        )
        one(service, CLEAN)
    assert 0 == one(owner, COUNT.format("log"))
    assert one(service, "select public.get_cached_data('k')") is None
    late = "select public.set_cached_data('k', '1', '1 h', array['t'], %s)"
    assert one(old, late, lease) is False


def test_clean_up_runs_once_at_a_time(db: Database, one: One) -> None:
    """A second clean-up does not wait for the first."""
    first, second = db.connect("service_role"), db.connect("service_role")
    second.execute("set lock_timeout = '5s'")
    with first.transaction():
        one(first, CLEAN)
        assert 0 == one(second, CLEAN)


def test_a_state_row_that_was_copied_voids_everything(
    service: Connection, owner: Connection, one: One
) -> None:
    """Restored from a dump the cache is empty and refuses leases until clean-up starts it anew."""
    store(service, one, "k", "t")
    lease = one(service, "select public.get_cache_entry('other') ->> 'lease'")
    owner.execute("create temp table dump as select * from supaopt.state")
    owner.execute("delete from supaopt.state; insert into supaopt.state select * from dump")
    assert one(service, "select public.get_cached_data('k')") is None
    assert one(service, "select public.get_cache_entry('k') ->> 'lease'") is None
    late = "select public.set_cached_data('k', '1', '1 h', array['t'], %s)"
    assert one(service, late, lease) is False
    assert one(service, CHANGES, lease)["reset"] is True

    one(service, CLEAN)
    assert 0 == one(owner, COUNT.format("entries"))
    assert one(service, late, lease) is False, "the old generation's lease stays void"
    store(service, one, "k", "t")
    assert 1 == one(service, "select public.get_cached_data('k')")


def test_log_rows_from_another_cluster_are_removed(
    service: Connection, owner: Connection, one: One
) -> None:
    """Rows with an xid that this cluster has not reached came with a dump."""
    owner.execute("insert into supaopt.log values (1, '999999999999')")
    one(service, CLEAN)
    assert 0 == one(owner, "select count(*) from supaopt.log where tag = 1")


def test_clean_up_inside_a_savepoint_starts_anew_as_well(
    service: Connection, owner: Connection, one: One
) -> None:
    """A savepoint's rows carry a subtransaction's xid, which the state row must name."""
    owner.execute("create temp table dump as select * from supaopt.state")
    owner.execute("delete from supaopt.state; insert into supaopt.state select * from dump")
    with service.transaction(), service.transaction():
        one(service, CLEAN)
    store(service, one, "k", "t")
    assert 1 == one(service, "select public.get_cached_data('k')")


def test_retention_must_exceed_the_longest_lifetime(owner: Connection) -> None:
    """The settings refuse a log that forgets before entries do."""
    with pytest.raises(psycopg.errors.CheckViolation, match="log_outlives_entries"):
        owner.execute("update supaopt.settings set max_lifetime = '3 days'")
