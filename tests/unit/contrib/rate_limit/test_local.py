"""
Counts in this process: bounded, exact among threads, and without threads of their own.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from supaopt.contrib.rate_limit import RateLimit, RateLimiter
from supaopt.contrib.rate_limit._local import Counts
from supaopt.contrib.rate_limit._quota import Quota

HOURLY = (Quota(3, 3600),)


class Clock:
    """Seconds that only a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


def test_attack_memory_is_bounded(clock: Clock) -> None:
    """Who comes from ever new addresses makes the process forget, not grow."""
    counts = Counts(clock, most=100)
    for number in range(1000):
        counts.hit(f"caller {number}", HOURLY)
    assert 100 == len(counts)


def test_attack_who_keeps_asking_is_not_forgotten(clock: Clock) -> None:
    """New callers push out those that have not asked for longest."""
    counts = Counts(clock, most=100)
    allowed = []
    for number in range(1000):
        counts.hit(f"caller {number}", HOURLY)
        if number % 50 == 0:
            allowed.append(counts.hit("me", HOURLY)[0])
    assert [True] * 3 == allowed[:3]
    assert not any(allowed[3:])


def test_what_is_over_goes(clock: Clock) -> None:
    """Counts whose time is over make room as others come."""
    counts = Counts(clock)
    for number in range(100):
        counts.hit(f"caller {number}", HOURLY)
    clock.now += 3601
    for number in range(100):
        counts.hit(f"later {number}", HOURLY)
    assert 100 == len(counts)


def test_no_race_lets_one_more_through(clock: Clock) -> None:
    """Of many threads at once, as many pass as are allowed."""
    counts = Counts(clock)
    quotas = (Quota(500, 3600),)
    with ThreadPoolExecutor(8) as threads:
        hits = list(threads.map(lambda _: counts.hit("all", quotas)[0], range(1000)))
    assert 500 == sum(hits)


def test_a_forked_process_counts(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child takes no lock for held that a thread of its parent held at the fork."""
    counts = Counts(clock)
    counts._lock.acquire()
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    hits: list[bool] = []
    child = threading.Thread(target=lambda: hits.append(counts.hit("me", HOURLY)[0]), daemon=True)
    child.start()
    child.join(5)
    assert [True] == hits


def test_counting_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may start no more threads, such as one that ends, still counts."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert RateLimiter().hit(RateLimit("1/hour"), "me").allowed
