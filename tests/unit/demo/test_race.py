"""
The count of stale answers, against caches whose faults are known.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from supaopt.demo._race import Answer, Race, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _Rows:
    """Values in memory; a write shows at its end, and not at all when it is rolled back."""

    def __init__(self, on_begin: Callable[[], object] = int) -> None:
        self.values: Counter[str] = Counter()
        self.sessions = 0
        self._on_begin = on_begin
        self._lock = threading.Lock()

    @contextmanager
    def session(self) -> Iterator[_Rows]:
        with self._lock:
            self.sessions += 1
        try:
            yield self
        finally:
            with self._lock:
                self.sessions -= 1

    def committed(self) -> int:
        with self._lock:
            return sum(self.values.values())

    def truth(self, key: str, /) -> int:
        with self._lock:
            return self.values[key]

    def grow(self, key: str, /, *, hold: Callable[[], object], commit: bool) -> bool:
        self._on_begin()
        hold()
        with self._lock:
            self.values[key] += commit
        return commit


class _NoCache:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def read(self, key: str, /) -> Answer:
        return Answer(self._rows.truth(key), hit=False)


class _Forever(_NoCache):
    """Keeps the first value that it sees."""

    def __init__(self, rows: _Rows) -> None:
        super().__init__(rows)
        self._kept: dict[str, int] = {}

    def read(self, key: str, /) -> Answer:
        hit = key in self._kept
        return Answer(self._kept.setdefault(key, self._rows.truth(key)), hit=hit)


class _Broken(_NoCache):
    def read(self, key: str, /) -> Answer:
        raise RuntimeError(key)


@pytest.fixture(name="rows")
def _rows() -> _Rows:
    return _Rows()


@pytest.fixture(name="race")
def _race(rows: _Rows) -> Race[str]:
    pause = threading.Event()

    def wait_for_a_commit() -> None:
        before = rows.committed()
        while rows.committed() == before:
            pause.wait(0.0005)

    return Race(
        keys=("a",),
        session=rows.session,
        reads=31,
        readers=3,
        writers=2,
        hold=0,
        think=0,
        on_read=wait_for_a_commit,
    )


def test_reading_the_rows_themselves_is_never_stale(race: Race[str], rows: _Rows) -> None:
    """
    Without a cache no answer is stale, however many writers there are.
    """
    tally = race.run(_NoCache(rows))

    assert (31, 0, 0, 0) == (tally.reads, tally.hits, tally.stale, tally.still_wrong)
    assert tally.writes == rows.committed()


def test_a_cache_that_never_forgets_is_caught(race: Race[str], rows: _Rows) -> None:
    """
    A cache that serves its first value forever has stale hits, and wrong values at the end.
    """
    tally = race.run(_Forever(rows))

    assert tally.hits >= tally.stale >= 31 - 3
    assert 1 == tally.still_wrong


def test_rollbacks_do_not_count_as_writes() -> None:
    """
    Transactions that roll back are counted apart, and change nothing.
    """
    begun = threading.Semaphore(0)
    rows = _Rows(on_begin=begun.release)
    race = Race(
        keys=("a",),
        session=rows.session,
        reads=3,
        readers=1,
        writers=2,
        hold=0,
        think=0,
        rolled_back=1.0,
        on_read=begun.acquire,
    )

    tally = race.run(_NoCache(rows))

    assert tally.rolled_back >= 3
    assert 0 == tally.writes == rows.committed()


def test_a_failing_reader_stops_the_race(race: Race[str], rows: _Rows) -> None:
    """
    An error in a reader ends all threads, closes their sessions, and reaches the caller.
    """
    with pytest.raises(RuntimeError):
        race.run(_Broken(rows))

    assert 0 == rows.sessions


def test_the_reads_are_shared_out(rows: _Rows) -> None:
    """
    All reads are made, also when they do not divide evenly.
    """
    seen: list[None] = []
    race = Race(
        keys=("a",),
        session=rows.session,
        reads=7,
        readers=3,
        writers=1,
        on_read=lambda: seen.append(None),
    )

    tally = race.run(_NoCache(rows))

    assert isinstance(tally, Tally)
    assert 7 == tally.reads == len(seen)
