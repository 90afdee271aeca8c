"""
Asking for the database's figures without holding anybody up.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, DatabaseCacheManager
from supaopt.contrib._readings import Readings
from supaopt.errors import ConfigError


class Clock:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="readings")
def _readings(database: Any, clock: Clock) -> Readings:
    cache = DatabaseCacheManager(database)
    cache.get_cached_data("key", lambda: 1, CacheConfig("5 minutes", ["products"]))
    return Readings(cache, every=10, patience=5, clock=clock, wall=clock)


@pytest.fixture(name="loop")
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in a thread of its own, as a server's does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _on(loop: asyncio.AbstractEventLoop, work: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result(10)


async def _made(database: Any, clock: Clock, patience: float = 5) -> Readings:
    cache = AsyncDatabaseCacheManager(database)
    return Readings(cache, every=10, patience=patience, clock=clock, wall=clock)


def test_figures_are_told(readings: Readings) -> None:
    """The first who asks waits for the database's answer."""
    reading = readings.get()
    assert reading.figures is not None
    assert (True, 1) == (reading.up, reading.figures.total_entries)


def test_it_is_not_asked_too_often(readings: Readings, database: Any, clock: Clock) -> None:
    """Figures are good for as long as was said, however many ask."""
    for _ in range(3):
        readings.get()
    clock.now += 10
    readings.get()
    assert 2 == database.asked


def test_a_database_that_is_down_leaves_the_last_figures(
    readings: Readings, database: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """After a failure the figures stay with the moment they were taken at, and are marked."""
    before = readings.get()
    database.broken = True
    clock.now += 10
    after = readings.get()
    assert (before.figures, before.taken_at, False) == (after.figures, after.taken_at, after.up)
    assert [
        "the cache's figures could not be had, and the last ones stay: the database is down"
    ] == [record.message for record in caplog.records]


def test_an_outage_is_reported_once(
    readings: Readings, database: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has a line for each time that the database goes down, not for each scrape."""
    for broken in (True, True, False, True, True):
        database.broken = broken
        readings.get()
        clock.now += 10
    assert 2 == len(caplog.records)


def test_a_database_that_recovers_is_up_again(
    readings: Readings, database: Any, clock: Clock
) -> None:
    """The next answer counts."""
    database.broken = True
    assert False is readings.get().up
    database.broken = False
    clock.now += 10
    assert True is readings.get().up


def test_a_database_that_hangs_holds_nobody_up(database: Any) -> None:
    """Who asks gets the last figures after a moment, and no second call is made meanwhile."""
    readings = Readings(DatabaseCacheManager(database), every=0.0, patience=10)
    before = readings.get()
    readings._patience = 0.01
    database.goes_on.clear()
    after = [readings.get() for _ in range(3)]
    database.goes_on.set()
    assert [(before.figures, False)] * 3 == [(each.figures, each.up) for each in after]
    assert 2 == database.asked


def test_who_asks_in_turn_shares_one_wait(
    monkeypatch: pytest.MonkeyPatch, readings: Readings, database: Any, clock: Clock
) -> None:
    """An export that asks for many figures waits for all of them no longer than for one."""
    waits: list[float] = []

    def wait(_: Any, timeout: float) -> None:
        waits.append(timeout)
        clock.now += timeout

    database.goes_on.clear()
    monkeypatch.setattr("supaopt.contrib._readings.futures.wait", wait)
    for _ in range(3):
        readings.get()
    assert [5, 0, 0] == waits


def test_an_event_loop_is_never_held_up(
    monkeypatch: pytest.MonkeyPatch, readings: Readings, database: Any
) -> None:
    """Asked on an event loop, the figures that are there are told at once."""
    database.goes_on.clear()
    monkeypatch.delattr("supaopt.contrib._readings.futures.wait")

    async def scrape() -> Any:
        return readings.get()

    assert None is asyncio.run(scrape()).up


def test_an_async_manager_is_asked_on_its_own_loop(
    loop: asyncio.AbstractEventLoop, database: Any, clock: Clock
) -> None:
    """A scrape from another thread has figures that were asked for where the client belongs."""
    readings = _on(loop, _made(database, clock))
    assert True is readings.get().up


def test_an_async_manager_is_awaited(database: Any, clock: Clock) -> None:
    """On the loop, who awaits has the figures of this moment."""

    async def main() -> Any:
        return await (await _made(database, clock)).get_async()

    assert True is asyncio.run(main()).up


def test_a_blocking_manager_is_awaited_too(readings: Readings) -> None:
    """An application on an event loop may have a manager that blocks: a thread asks it."""
    assert True is asyncio.run(readings.get_async()).up


def test_who_gives_up_takes_nothing_from_others(readings: Readings, database: Any) -> None:
    """A cancelled request leaves the figures under way for the next."""
    database.goes_on.clear()

    async def main() -> Any:
        first = asyncio.create_task(readings.get_async())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        database.goes_on.set()
        return await readings.get_async()

    assert (True, 1) == (asyncio.run(main()).up, database.asked)


def test_an_answer_after_the_end_of_the_program_is_let_go(
    database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that answers when the asking event loop is gone makes no noise."""
    readings = Readings(DatabaseCacheManager(database), every=10, patience=0.01)
    database.goes_on.clear()
    asyncio.run(readings.get_async())
    (asking,) = (each for each in threading.enumerate() if each.name == "supaopt-cache-figures")
    database.goes_on.set()
    asking.join()
    assert ([], True) == (caplog.records, readings.get().up)


def test_without_a_loop_an_async_manager_counts_as_down(
    database: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Made where no loop runs, and asked from a thread, it says what to do and goes on."""
    readings = Readings(AsyncDatabaseCacheManager(database), every=10, patience=5, clock=clock)
    assert False is readings.get().up
    assert "make this there" in caplog.text


def test_a_loop_that_was_closed_is_let_go(database: Any, clock: Clock) -> None:
    """A second event loop, as in the next test of a suite, is asked like the first."""
    readings = asyncio.run(_made(database, clock))
    assert False is readings.get().up
    clock.now += 10
    assert True is asyncio.run(readings.get_async()).up


def test_no_more_threads_are_a_failure_like_any(
    monkeypatch: pytest.MonkeyPatch, readings: Readings
) -> None:
    """Where no thread can be started, the scrape goes on."""

    def start(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert False is readings.get().up


@pytest.mark.parametrize("wrong", [None, "cache", object()])
def test_something_else_is_refused(wrong: Any) -> None:
    """What is no manager is named, with what to pass."""
    with pytest.raises(ConfigError, match=f"cache is a {type(wrong).__name__}; pass the Database"):
        Readings(wrong, every=1, patience=1)


def test_a_forked_process_asks_for_itself(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a parent was waiting for at the fork, nobody ever tells the child."""
    readings = Readings(DatabaseCacheManager(database), every=0.0, patience=0.01)
    database.goes_on.clear()
    readings.get()
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    readings.get()
    assert 2 == database.asked
