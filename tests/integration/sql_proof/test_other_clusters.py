"""
Nothing comes from the past on a lagging or promoted standby, or out of a restored dump.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connection = psycopg.Connection[tuple[Any, ...]]

# One primary for all of them.
pytestmark = pytest.mark.slow

SESSION = "00000000-0000-0000-0000-000000000001"
_DATA = f"""
insert into public.students (id) values ('{SESSION}');
insert into public.job_readiness_expert_sessions (id) values ('{SESSION}');
insert into public.job_readiness_expert_session_progress (student_id, expert_session_id)
values ('{SESSION}', '{SESSION}');
"""
_GROW = """
update public.job_readiness_expert_session_progress
set watch_time_seconds = watch_time_seconds + 1
"""
_ENTRY = "select public.get_cache_entry('total')"
_TOTAL = "select sum(watch_time_seconds) from public.job_readiness_expert_session_progress"
_STORE = f"""
select public.set_cached_data(
    'total', to_jsonb(({_TOTAL})::bigint), '1 hour', array['session:{SESSION}'],
    %s
)
"""
# One statement, hence one snapshot.
_JUDGE = f"select (public.get_cache_entry('total') ->> 'data')::bigint, ({_TOTAL})"


def _one(connection: Connection, query: str, *parameters: Any) -> Any:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return row[0] if row else None


def _fill(connection: Connection) -> bool:
    lease = _one(connection, _ENTRY)["lease"]
    return bool(_one(connection, _STORE, lease))


@pytest.fixture(name="primary", scope="module")
def _primary(make_cluster: Callable[..., Any]) -> Any:
    """
    A cluster of its own with both sets and a row to count.
    """
    primary = make_cluster(17, hot_standby="on")
    primary.create()
    primary.start()
    primary.prepare()
    with primary.connect("lms") as owner:
        owner.execute(_DATA.encode())
    return primary


@pytest.fixture(name="standby")
def _standby(primary: Any, make_cluster: Callable[..., Any]) -> Any:
    """
    A hot standby of it.
    """
    standby = make_cluster(17, hot_standby="on")
    source = f"host=127.0.0.1 port={primary.port} user=supabase_admin"
    standby.run(
        *("pg_basebackup", "-D", str(standby.data), "-R", "-X", "stream", "-c", "fast"),
        *("-d", source),
    )
    standby.start()
    return standby


@pytest.fixture(name="pair")
def _pair(primary: Any, standby: Any) -> Iterator[tuple[Connection, Connection]]:
    """
    Connections to the primary and to the standby.
    """
    with (
        primary.connect("lms", "supabase_admin") as here,
        standby.connect("lms", "supabase_admin") as there,
    ):
        yield here, there


def _catch_up(here: Connection, there: Connection) -> None:
    position = _one(here, "select pg_current_wal_insert_lsn()::text")
    there.execute("select pg_wal_replay_resume()")
    while not _one(there, "select pg_last_wal_replay_lsn() >= %s::pg_lsn", position):
        there.execute("select pg_sleep(0.01)")


def test_a_lagging_standby_serves_what_its_own_snapshot_says(
    pair: tuple[Connection, Connection],
) -> None:
    """The entry lives on the standby until the write arrives there, and dies with its arrival."""
    here, there = pair
    total = _one(here, _TOTAL)
    assert _fill(here)
    _catch_up(here, there)
    there.execute("select pg_wal_replay_pause()")
    here.execute(_GROW.encode())

    assert (None, total + 1) == here.execute(_JUDGE.encode()).fetchone()
    assert (total, total) == there.execute(_JUDGE.encode()).fetchone()
    _catch_up(here, there)
    assert (None, total + 1) == there.execute(_JUDGE.encode()).fetchone()


def test_a_standby_gives_no_lease_and_no_changes(pair: tuple[Connection, Connection]) -> None:
    """Its snapshots list no running transactions, so neither may be made from them."""
    here, there = pair
    _catch_up(here, there)
    assert _one(there, _ENTRY)["lease"] is None
    assert _one(there, "select supaopt.local_lease()") is None
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        there.execute("select public.get_cache_changes()")


def test_a_race_across_the_replication_is_never_stale(pair: tuple[Connection, Connection]) -> None:
    """While the primary writes and fills, 300 look-ups on the standby equal its own table."""
    here, there = pair
    seen = set()
    for step in range(300):
        here.execute(_GROW.encode()) if step % 3 == 0 else _fill(here)
        value, truth = there.execute(_JUDGE.encode()).fetchone() or (None, None)
        seen.add(value is None)
        assert value in {None, truth}
    assert {True, False} == seen


def test_a_promoted_standby_refuses_leases_of_its_primary(
    pair: tuple[Connection, Connection],
) -> None:
    """The new timeline numbers other transactions with the same xids: it has its own generation."""
    here, there = pair
    total = _one(here, _TOTAL)
    assert _fill(here)
    lease = _one(here, _ENTRY)["lease"]
    _catch_up(here, there)
    there.execute("select pg_promote()")

    assert (total, total) == there.execute(_JUDGE.encode()).fetchone()
    assert _one(there, _STORE, lease) is False
    assert _fill(there)
    there.execute(_GROW.encode())
    assert (None, total + 1) == there.execute(_JUDGE.encode()).fetchone()


@pytest.fixture(name="restored")
def _restored(primary: Any, make_cluster: Callable[..., Any]) -> Iterator[Connection]:
    """
    A dump of the primary, with a live entry in it, restored into another cluster.
    """
    with primary.connect("lms", "supabase_admin") as here:
        assert _fill(here)
    other = make_cluster(17)
    other.create()
    other.start()
    other.prepare()
    dump = other.folder / "dump.sql"
    dump.write_text(primary.run("pg_dump", "-d", primary.url("lms", "supabase_admin")))
    with other.connect("postgres", "supabase_admin") as admin:
        admin.execute("create database restored owner postgres")
    other.run("psql", "-Xq", "-d", other.url("restored", "supabase_admin"), "-f", str(dump))
    with other.connect("restored", "supabase_admin") as connection:
        yield connection


def test_a_restored_dump_serves_nothing_of_the_other_cluster(restored: Connection) -> None:
    """Entries came along, none is served, none is stored, until clean-up has begun anew."""
    total = _one(restored, _TOTAL)
    assert 1 == _one(restored, "select count(*) from supaopt.entries")
    restored.execute(_GROW.encode())
    assert (None, total + 1) == restored.execute(_JUDGE.encode()).fetchone()
    assert not _fill(restored)

    restored.execute("select public.cleanup_expired_cache()")
    assert 0 == _one(restored, "select count(*) from supaopt.entries")
    assert _fill(restored)
    assert (total + 1, total + 1) == restored.execute(_JUDGE.encode()).fetchone()


def test_a_state_row_that_meets_its_xid_by_chance_is_no_proof(restored: Connection) -> None:
    """A restored state row whose xmin equals what it says still names another table."""
    restored.execute("update supaopt.state set self = pg_current_xact_id()::xid")
    assert _one(restored, "select xmin = self from supaopt.state")
    assert _one(restored, "select public.get_cached_data('total')") is None
    assert _one(restored, "select supaopt.live_floor()") is None
