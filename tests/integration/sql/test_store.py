"""
What may be stored, under which lease, and what comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

LEASE = "select public.get_cache_entry(%s) ->> 'lease'"
STORE = "select public.set_cached_data(%s, %s::jsonb, '1 hour', %s::text[], %s)"
READ = "select public.get_cached_data(%s)"
HIT = "select (public.get_cache_entry(%s) ->> 'hit')::boolean"


def test_a_miss_carries_a_lease_and_nothing_else(service: Connection, one: One) -> None:
    """A miss says so and hands out the lease to compute under."""
    entry = one(service, "select public.get_cache_entry('k')")
    lease = entry.pop("lease")
    assert {
        "hit": False,
        "data": None,
        "stored_at": None,
        "expires_at": None,
        "tags": None,
    } == entry
    assert 32 == lease.index(":")


def test_a_stored_value_comes_back_whole(service: Connection, one: One) -> None:
    """A hit has the value, its tags and the lease it was stored with."""
    lease = one(service, LEASE, "k")
    assert one(service, STORE, "k", '{"a": [1]}', ["t:1"], lease) is True
    entry = one(service, "select public.get_cache_entry('k')")
    assert (True, {"a": [1]}, ["t:1"], lease) == (
        entry["hit"],
        entry["data"],
        entry["tags"],
        entry["lease"],
    )
    assert {"a": [1]} == one(service, READ, "k")


@pytest.mark.parametrize("value", ["null", "0", "false", '""', "[]"])
def test_falsy_values_are_values(service: Connection, one: One, value: str) -> None:
    """JSON null, 0, false, empty text and empty array are hits."""
    one(service, STORE, "k", value, [], None)
    assert one(service, HIT, "k") is True


def test_sql_null_is_stored_as_json_null(service: Connection, one: One) -> None:
    """REST turns JSON null into SQL NULL, which is stored as the value null."""
    assert one(service, "select public.set_cached_data('k', null)") is True
    assert one(service, HIT, "k") is True


def test_a_tagged_value_without_a_lease_is_refused(service: Connection, one: One) -> None:
    """Without a lease nobody knows which writes a tagged value has seen."""
    assert one(service, STORE, "k", "1", ["t"], None) is False
    assert one(service, HIT, "k") is False


def test_the_maximum_age_is_honoured(service: Connection, owner: Connection, one: One) -> None:
    """An entry older than the asker accepts is a miss for that asker alone."""
    one(service, STORE, "k", "1", [], None)
    owner.execute("update supaopt.entries set stored_at = stored_at - interval '9 minutes'")
    assert one(service, "select public.get_cached_data('k', '1 second')") is None
    assert 1 == one(service, "select public.get_cached_data('k', '10 minutes')")
    assert 1 == one(service, "select public.get_cached_data('k', null)")


def test_an_expired_entry_is_a_miss(service: Connection, owner: Connection, one: One) -> None:
    """No entry outlives its duration."""
    one(service, STORE, "k", "1", [], None)
    owner.execute("update supaopt.entries set expires_at = clock_timestamp()")
    assert one(service, HIT, "k") is False


@pytest.mark.parametrize(
    ("key", "duration", "tags", "message"),
    [
        (None, "1 hour", [], "cache key has 0 characters"),
        ("", "1 hour", [], "cache key has 0 characters"),
        ("k" * 600, "1 hour", [], "cache key has 600 characters"),
        ("k", None, [], "cache duration is null"),
        ("k", "-1 hour", [], "cache duration is -01:00:00"),
        ("k", "0", [], "cache duration is 00:00:00"),
        ("k", "1000 years", [], "cache duration is 1000 years"),
        ("k", "1 hour", None, "cache tags are null"),
        ("k", "1 hour", ["t", None], "cache tags are null"),
        ("k", "1 hour", [""], "cache tags are null"),
        ("k", "1 hour", [f"t{n}" for n in range(201)], "an entry has 201 tags"),
    ],
)
def test_impossible_entries_are_refused_with_a_hint(
    service: Connection, key: str | None, duration: str | None, tags: Any, message: str
) -> None:
    """A key, duration or tags that can never be right raise 22023 and say what to do."""
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        service.execute(
            "select public.set_cached_data(%s, '1', %s::interval, %s::text[])",
            [key, duration, tags],
        )
    assert (caught.value.diag.message_primary or "").startswith(message)
    assert caught.value.diag.message_hint


def test_values_over_the_limit_are_refused(service: Connection, owner: Connection) -> None:
    """The size limit is a setting, and the error names it."""
    owner.execute("update supaopt.settings set max_data_bytes = 1000")
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=r"settings\.max_data_bytes"):
        service.execute("select public.set_cached_data('k', to_jsonb(repeat('x', 2000)))")


@pytest.mark.parametrize("lease", ["", "x", "1:1:", "' or true --", "g" * 32 + ":1:1:"])
def test_text_that_is_no_lease_raises(service: Connection, one: One, lease: str) -> None:
    """Anything else than what get_cache_entry gave is an error, not a refusal."""
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="p_lease is no lease"):
        one(service, STORE, "k", "1", ["t"], lease)


def test_a_lease_of_another_generation_is_refused(service: Connection, one: One) -> None:
    """A lease from another cluster, install or timeline stores nothing."""
    lease = one(service, LEASE, "k")
    foreign = ("0" if lease[0] != "0" else "1") + lease[1:]
    assert one(service, STORE, "k", "1", ["t"], foreign) is False


def test_a_lease_from_the_future_is_refused(service: Connection, one: One) -> None:
    """A forged lease that claims to have seen everything stores nothing."""
    generation = one(service, LEASE, "k").split(":")[0]
    assert one(service, STORE, "k", "1", ["t"], f"{generation}:999999999:999999999:") is False


def test_a_lease_below_the_floor_is_refused(
    service: Connection, owner: Connection, one: One
) -> None:
    """A lease whose log rows may be pruned stores nothing."""
    lease = one(service, LEASE, "k")
    owner.execute("select pg_current_xact_id()")
    owner.execute(
        "select supaopt.write_state(install, pg_snapshot_xmin(pg_current_snapshot()))"
        " from supaopt.state"
    )
    assert one(service, STORE, "k", "1", ["t"], lease) is False


def test_an_older_value_does_not_replace_a_newer_one(service: Connection, one: One) -> None:
    """Of two computations the one with the later lease stays."""
    old = one(service, LEASE, "k")
    service.execute("select pg_current_xact_id()")
    new = one(service, LEASE, "k")
    assert one(service, STORE, "k", '"new"', ["t"], new) is True
    assert one(service, STORE, "k", '"old"', ["t"], old) is False
    assert "new" == one(service, READ, "k")


def test_no_lease_once_the_transaction_has_written(
    service: Connection, owner: Connection, one: One
) -> None:
    """What such a transaction computes may be rolled back, so it gets no lease to export."""
    with service.transaction():
        service.execute("select pg_current_xact_id()")
        assert one(service, LEASE, "k") is None


def test_a_value_computed_in_a_rolled_back_savepoint_is_refused(db: Database, one: One) -> None:
    """An exported lease is void in a transaction with an xid: savepoints leave no log row."""
    writer = db.connect("service_role")
    writer.execute("insert into public.products (name) values ('true')")
    with writer.transaction():
        lease = one(writer, LEASE, "k")
        with writer.transaction(force_rollback=True):
            writer.execute("update public.products set name = 'never committed'")
            value = one(writer, "select to_jsonb(name)::text from public.products")
        assert one(writer, STORE, "k", value, ["products"], lease) is False
    assert one(writer, HIT, "k") is False


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_only_read_committed_stores(service: Connection, one: One, level: str) -> None:
    """A value computed in an older snapshot than its lease must not be kept."""
    lease = one(service, LEASE, "k")
    service.execute(f"set default_transaction_isolation = '{level}'".encode())
    assert one(service, STORE, "k", "1", ["t"], lease) is False


def test_reads_run_read_only(service: Connection, one: One) -> None:
    """Look-ups write nothing, so PostgREST may run them READ ONLY and on GET."""
    one(service, STORE, "k", "1", [], None)
    service.execute("set default_transaction_read_only = on")
    assert 1 == one(service, READ, "k")
    assert one(service, HIT, "k") is True
    assert 1 == one(service, "select public.get_cache_metrics()")["total_entries"]
    assert one(service, STORE, "k", "2", [], None) is False


def test_a_store_never_waits_for_another(db: Database, one: One) -> None:
    """The loser of two stores of one key gives up at once, and other keys are free."""
    first, second = db.connect("service_role"), db.connect("service_role")
    second.execute("set lock_timeout = '5s'")
    with first.transaction():
        assert one(first, STORE, "k", "1", [], None) is True
        assert one(second, STORE, "k", "2", [], None) is False
        assert one(second, STORE, "other", "2", [], None) is True


def test_a_store_never_waits_for_clean_up(db: Database, owner: Connection, one: One) -> None:
    """A row that clean-up is removing is skipped, not waited for."""
    cleaner, writer = db.connect("service_role"), db.connect("service_role")
    one(writer, STORE, "k", "1", [], None)
    owner.execute("update supaopt.entries set expires_at = clock_timestamp()")
    writer.execute("set lock_timeout = '5s'")
    with cleaner.transaction():
        assert 1 == one(cleaner, "select public.cleanup_expired_cache()")
        assert one(writer, STORE, "k", "2", [], None) is False
    assert one(writer, STORE, "k", "3", [], None) is True


def test_hits_are_counted_in_batches(service: Connection, one: One) -> None:
    """Counts are added up per key; unknown keys are left out; the view shows them."""
    one(service, STORE, "k", "1", ["t"], one(service, LEASE, "k"))
    for _ in range(2):
        service.execute("""select public.record_cache_hits('{"k": 3, "unknown": 5}')""")
    assert [("k", 1, ["t"], 6)] == service.execute(
        "select cache_key, cache_data, cache_tags, hit_count from public.query_cache"
    ).fetchall()
    metrics = one(service, "select public.get_cache_metrics()")
    assert (1, 6, 1, {"t": {"entries": 1, "hits": 6, "bytes": metrics["bytes"]}}) == (
        metrics["total_entries"],
        metrics["max_hits"],
        metrics["reused_entries"],
        metrics["by_tag"],
    )


@pytest.mark.parametrize("batch", ["null", "[1]", '{"k": -1}', '{"k": "x"}', '{"k": null}'])
def test_counts_that_are_none_raise(service: Connection, one: One, batch: str) -> None:
    """A batch is an object of whole numbers."""
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        one(service, "select public.record_cache_hits(%s::jsonb)", batch)


def test_metrics_of_an_empty_cache_are_zero(service: Connection, one: One) -> None:
    """An empty cache has figures, not nulls."""
    metrics = one(service, "select public.get_cache_metrics()")
    assert (0, 0, 0, 0, {}) == (
        metrics["total_entries"],
        metrics["average_hits"],
        metrics["max_hits"],
        metrics["bytes"],
        metrics["by_tag"],
    )
