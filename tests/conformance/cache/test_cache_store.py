"""
The contract of a `CacheStore`, the same for every tier that holds leases.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from supaopt.cache import Hit, Miss
from supaopt.cache._tag_hash import tag_hash


def test_a_miss_brings_a_lease(subject: Any) -> None:
    """
    Nothing kept means a lease to compute under.
    """
    found = subject.lookup()
    assert isinstance(found, Miss)
    assert found.lease


def test_what_is_stored_is_found(subject: Any) -> None:
    """
    An entry comes back with its data, tags, lease and times.
    """
    lease = subject.lookup().lease
    assert subject.keep(lease, b'{"a": [1, null]}')
    found = subject.lookup()
    assert isinstance(found, Hit)
    assert b'{"a":[1,null]}' == found.data.replace(b" ", b"")
    assert ((subject.tag,), lease) == (found.tags, found.lease)
    assert 300 == pytest.approx((found.expires_at - found.stored_at).total_seconds(), abs=1)


@pytest.mark.parametrize("data", [b"null", b"0", b"false", b'""', b"[]", b"{}"])
def test_every_json_value_is_kept(subject: Any, data: bytes) -> None:
    """
    Null and nothing are entries like any other.
    """
    subject.keep(subject.lookup().lease, data)
    found = subject.lookup()
    assert isinstance(found, Hit)
    assert data == found.data


def test_an_entry_without_tags_is_kept(subject: Any) -> None:
    """
    An answer may depend on nothing but its age.
    """
    assert subject.keep(subject.lookup().lease, tags=())
    assert isinstance(subject.lookup(), Hit)


def test_an_entry_older_than_asked_for_is_a_miss(subject: Any) -> None:
    """
    The reader's own maximum age holds beside the entry's duration.
    """
    subject.keep(subject.lookup().lease)
    assert isinstance(subject.lookup(max_age=300.0), Hit)
    # However fast the answer came, it is older than a microsecond by now.
    time.sleep(0.001)
    assert isinstance(subject.lookup(max_age=0.000001), Miss)


def test_an_invalidation_ends_the_entry(subject: Any) -> None:
    """
    An entry ends with one of its tags, and its death is counted once.
    """
    subject.keep(subject.lookup().lease)
    assert 1 == subject.invalidate(subject.tag, "another")
    assert isinstance(subject.lookup(), Miss)
    assert 0 == subject.invalidate(subject.tag)


def test_another_tag_leaves_it_alone(subject: Any) -> None:
    """
    An entry lives on when others' tags change.
    """
    subject.keep(subject.lookup().lease)
    assert 0 == subject.invalidate(f"{subject.tag} of another")
    assert isinstance(subject.lookup(), Hit)


def test_a_bulk_tag_ends_all_of_its_kind(subject: Any) -> None:
    """
    ``prefix:*`` ends every ``prefix:value``.
    """
    subject.keep(subject.lookup().lease, tags=(f"{subject.tag}:1",))
    assert 1 == subject.invalidate(f"{subject.tag}:*")
    assert isinstance(subject.lookup(), Miss)


def test_a_lease_from_before_a_write_is_refused(subject: Any) -> None:
    """
    An answer that a write has overtaken is not kept.
    """
    lease = subject.lookup().lease
    subject.invalidate(subject.tag)
    assert not subject.keep(lease)
    assert isinstance(subject.lookup(), Miss)


def test_a_lease_from_after_a_write_is_honoured(subject: Any) -> None:
    """
    An answer that has seen the write is kept.
    """
    subject.invalidate(subject.tag)
    assert subject.keep(subject.lookup().lease)


def test_a_write_takes_effect_at_its_commit(subject: Any) -> None:
    """
    An entry lives until the transaction commits, and not an instant longer.
    """
    subject.keep(subject.lookup().lease)
    transaction = subject.begin()
    transaction.touch([subject.tag])
    assert isinstance(subject.lookup(), Hit)
    transaction.commit()
    assert isinstance(subject.lookup(), Miss)


def test_a_rolled_back_write_leaves_no_trace(subject: Any) -> None:
    """
    What is undone ends nothing.
    """
    subject.keep(subject.lookup().lease)
    transaction = subject.begin()
    transaction.touch([subject.tag])
    transaction.rollback()
    assert isinstance(subject.lookup(), Hit)


def test_a_lease_from_during_a_write_dies_with_its_commit(subject: Any) -> None:
    """
    A reader that starts after the write and before its commit has not seen it.
    """
    transaction = subject.begin()
    transaction.touch([subject.tag])
    lease = subject.lookup().lease
    assert subject.keep(lease)
    assert isinstance(subject.lookup(), Hit)
    transaction.commit()
    assert isinstance(subject.lookup(), Miss)
    assert not subject.keep(lease)


def test_a_later_lease_is_not_overwritten_by_an_earlier(subject: Any) -> None:
    """
    The answer that has seen more stays.
    """
    early = subject.lookup().lease
    subject.invalidate(f"{subject.tag} of another")
    assert subject.keep(subject.lookup().lease, b"2")
    assert not subject.keep(early, b"1")
    assert subject.lookup().data == b"2"


@pytest.mark.parametrize("change", ["generation", "future"])
def test_a_foreign_lease_is_refused(subject: Any, change: str) -> None:
    """
    A lease of another database, or from the future, keeps nothing.
    """
    generation, xmin, xmax, xip = subject.lookup().lease.rsplit(":", 3)
    if change == "generation":
        generation = "0" * 32
    else:
        xmax = str(int(xmax) + 1_000_000)
    assert not subject.keep(f"{generation}:{xmin}:{xmax}:{xip}")


def test_changes_since_nothing_reset(subject: Any) -> None:
    """
    A follower that knows nothing starts with a watermark and no copies.
    """
    found = subject.changes(None)
    assert (True, ()) == (found.reset, found.written)
    assert found.watermark


def test_changes_name_what_was_written_to(subject: Any) -> None:
    """
    Each write is delivered once, by its hashed tag.
    """
    start = subject.changes(None).watermark
    subject.invalidate(subject.tag)
    first = subject.changes(start)
    tags = [tag for tag, _ in first.written]
    assert not first.reset
    assert 1 == tags.count(tag_hash(subject.tag))
    second = subject.changes(first.watermark)
    assert 0 == [tag for tag, _ in second.written].count(tag_hash(subject.tag))


def test_changes_miss_no_late_commit(subject: Any) -> None:
    """
    A transaction that began before the watermark and committed after it is delivered.
    """
    transaction = subject.begin()
    transaction.touch([subject.tag])
    subject.invalidate("another")
    watermark = subject.changes(None).watermark
    transaction.commit()
    assert tag_hash(subject.tag) in [tag for tag, _ in subject.changes(watermark).written]


def test_changes_leave_out_what_was_rolled_back(subject: Any) -> None:
    """
    What is undone was never written.
    """
    watermark = subject.changes(None).watermark
    transaction = subject.begin()
    transaction.touch([subject.tag])
    transaction.rollback()
    assert tag_hash(subject.tag) not in [tag for tag, _ in subject.changes(watermark).written]


def test_changes_since_another_life_reset(subject: Any) -> None:
    """
    A watermark of another database says nothing.
    """
    watermark = subject.changes(None).watermark
    foreign = f"{'0' * 32}:{watermark.split(':', 1)[1]}"
    assert subject.changes(foreign).reset


def test_metrics_see_the_entry(subject: Any) -> None:
    """
    The metrics count entries, per tag too.
    """
    before = subject.metrics().total_entries
    subject.keep(subject.lookup().lease)
    metrics = subject.metrics()
    assert before + 1 == metrics.total_entries
    assert metrics.oldest_entry <= metrics.newest_entry


def test_hits_are_added_up(subject: Any) -> None:
    """
    Batches of hits add up, and those of keys without an entry are left out.
    """
    subject.keep(subject.lookup().lease)
    for _ in range(2):
        subject.record_hits({subject.key: 3, f"{subject.key} of another": 5})
    tally = subject.metrics().by_tag[subject.tag]
    assert (1, 6) == (tally.entries, tally.hits)


def test_cleanup_removes_what_has_ended(subject: Any) -> None:
    """
    Ended entries go, live ones stay.
    """
    subject.keep(subject.lookup().lease)
    subject.cleanup()
    assert isinstance(subject.lookup(), Hit)
    subject.invalidate(subject.tag)
    assert 1 <= subject.cleanup()
    assert subject.tag not in subject.metrics().by_tag
