"""
A cache's metrics in a registry of Prometheus.
"""

import asyncio
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheEvent,
    CacheMetrics,
    CacheShare,
    CacheTally,
    DatabaseCacheManager,
)
from supaopt.contrib.prometheus import CacheCollector
from supaopt.errors import ConfigError

EVENTS = "supaopt_cache_events_total"
UP = "supaopt_cache_database_up"

# A worker of a server with several: counts, and lives on to answer a scrape or not.
WORKER = """
import sys
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from supaopt.cache import CacheEvent, CacheTally, DatabaseCacheManager, MemoryStore
from supaopt.contrib.prometheus import CacheCollector

tally = CacheTally()
cache = DatabaseCacheManager(MemoryStore(), on_event=tally)
collector = CacheCollector(cache, tally, patience=10)
for _ in range(int(sys.argv[1])):
    tally.hit("process", "key")
tally(CacheEvent(kind="stored", tier="database", key="key", seconds=0.2))
registry = CollectorRegistry()
MultiProcessCollector(registry)
registry.register(collector)
print(generate_latest(registry).decode())
"""


@pytest.fixture(name="cache")
def _cache(database: Any, tally: CacheTally) -> DatabaseCacheManager:
    return DatabaseCacheManager(database, on_event=tally)


@pytest.fixture(name="registry")
def _registry(cache: DatabaseCacheManager, tally: CacheTally) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    collector = CacheCollector(cache, tally, patience=10)
    collector._readings._every = 0.0  # so that each scrape asks
    registry.register(collector)
    return registry


def _scrape(registry: CollectorRegistry) -> dict[str, dict[Any, float]]:
    """Return what a scrape holds, as Prometheus would read it: values by name and labels."""
    return _parsed(generate_latest(registry).decode())


def _parsed(text: str) -> dict[str, dict[Any, float]]:
    found: dict[str, dict[Any, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_events_are_counters(cache: DatabaseCacheManager, registry: CollectorRegistry) -> None:
    """What happened is counted by kind and tier, and what never did is zero."""
    for _ in range(3):
        cache.get_cached_data("key", lambda: 1)
    events = _scrape(registry)[EVENTS]
    expected = {("hit", "database"): 2, ("miss", "database"): 1, ("stored", "database"): 1}
    assert expected == {outcome: count for outcome, count in events.items() if count}
    assert 0 == events["error", "changes"]


def test_scrapes_count_nothing_twice(registry: CollectorRegistry, tally: CacheTally) -> None:
    """Each scrape holds all that happened until then, once."""
    counts = []
    for _ in range(3):
        tally.hit("process", "key")
        counts.append(_scrape(registry)[EVENTS]["hit", "process"])
    assert [1, 2, 3] == counts


def test_simultaneous_scrapes_count_nothing_twice(
    registry: CollectorRegistry, tally: CacheTally
) -> None:
    """Two servers that scrape at once get the same."""
    for _ in range(1000):
        tally.hit("process", "key")
    threads = [threading.Thread(target=generate_latest, args=(registry,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1000 == _scrape(registry)[EVENTS]["hit", "process"]


def test_computations_are_a_histogram(registry: CollectorRegistry, tally: CacheTally) -> None:
    """Times that events carry are added up and sorted into buckets."""
    for seconds in (0.02, 0.2):
        tally(CacheEvent(kind="stored", tier="database", key="key", seconds=seconds))
    found = _scrape(registry)
    buckets = found["supaopt_cache_computation_seconds_bucket"]
    assert (1, 2) == (buckets["0.025",], buckets["0.25",])
    assert 2 == found["supaopt_cache_computation_seconds_count"][()]


def test_the_databases_figures_are_gauges(
    cache: DatabaseCacheManager, registry: CollectorRegistry
) -> None:
    """Entries, sizes, the log and the moment they were read at are told."""
    cache.get_cached_data("key", lambda: 1, CacheConfig(60, ["products"]))
    cache.invalidate_by_tags(["other"])
    found = _scrape(registry)
    assert {("unexpired",): 1, ("expired",): 0} == found["supaopt_cache_entries"]
    names = ["size_bytes", "log_rows", "watched_tables", "reused_entries", "database_up"]
    assert [1, 1, 1, 0, 1] == [found[f"supaopt_cache_{name}"][()] for name in names]
    assert {("shared",): 1} == found["supaopt_cache_scope_entries"]
    times = ["figures_timestamp", "oldest_entry_timestamp", "newest_entry_timestamp"]
    assert all(found[f"supaopt_cache_{name}_seconds"][()] > 1e9 for name in times)


def test_tags_are_bounded(cache: DatabaseCacheManager, tally: CacheTally) -> None:
    """A tag that names a row makes no series, unless somebody asks for it."""
    tags = ["products", "prices", *(f"student:{number}" for number in range(40))]
    cache.get_cached_data("key", lambda: 1, CacheConfig(60, tags))
    registry = CollectorRegistry()
    registry.register(CacheCollector(cache, tally, tags=["prices", "student:7"], patience=10))
    expected = {("products",), ("prices",), ("student:7",)}
    assert expected == set(_scrape(registry)["supaopt_cache_tag_entries"])


@pytest.mark.parametrize("openmetrics", [False, True])
def test_hostile_names_break_no_scrape(
    database: Any, cache: DatabaseCacheManager, tally: CacheTally, *, openmetrics: bool
) -> None:
    """A watched table's tag with quotes and line ends is a label like any, and no sample."""
    tag = 'x"} 1\nsupaopt_cache_database_up 0\n# \\'
    database.figures = CacheMetrics(watched={"public.x": tag}, by_tag={tag: CacheShare(entries=7)})
    registry = CollectorRegistry()
    registry.register(CacheCollector(cache, tally, patience=10))
    if openmetrics:
        assert b"\nsupaopt_cache_database_up 0" not in generate_openmetrics(registry)
        return
    found = _scrape(registry)
    assert ({(tag,): 7}, {(): 1}) == (found["supaopt_cache_tag_entries"], found[UP])


def test_a_database_that_is_down_fails_no_scrape(
    database: Any, cache: DatabaseCacheManager, registry: CollectorRegistry
) -> None:
    """The last known figures are told, and that the database is down."""
    cache.get_cached_data("key", lambda: 1)
    before = _scrape(registry)
    database.broken = True
    after = _scrape(registry)
    assert (1, 0) == (before[UP][()], after[UP][()])
    same = "supaopt_cache_figures_timestamp_seconds", "supaopt_cache_entries"
    assert [before[name] for name in same] == [after[name] for name in same]


def test_a_database_that_hangs_holds_up_no_scrape(
    database: Any, cache: DatabaseCacheManager, tally: CacheTally
) -> None:
    """After a moment the scrape goes on with what is known."""
    database.goes_on.clear()
    registry = CollectorRegistry()
    registry.register(CacheCollector(cache, tally, patience=0.01))
    found = _scrape(registry)
    assert ({(): 0}, False) == (found[UP], "supaopt_cache_entries" in found)


def test_registering_asks_the_database_for_nothing(
    database: Any, registry: CollectorRegistry
) -> None:
    """A program starts without the database."""
    assert 0 == database.asked


def test_an_async_manager_is_scraped_from_a_thread(database: Any) -> None:
    """The server of prometheus_client runs in a thread, and the manager on its loop."""

    async def main() -> dict[str, dict[Any, float]]:
        tally, registry = CacheTally(), CollectorRegistry()
        cache = AsyncDatabaseCacheManager(database, on_event=tally)

        async def load() -> int:
            return 1

        await cache.get_cached_data("key", load)
        registry.register(CacheCollector(cache, tally, patience=10))
        return await asyncio.to_thread(_scrape, registry)

    found = asyncio.run(main())
    assert ({(): 1}, 1) == (found[UP], found["supaopt_cache_entries"]["unexpired",])


def test_a_scrape_on_the_event_loop_does_not_hold_it_up(database: Any) -> None:
    """`make_asgi_app` scrapes on the loop: it gets what is known, and the next one the rest."""

    async def main() -> list[dict[Any, float] | None]:
        tally, registry = CacheTally(), CollectorRegistry()
        cache = AsyncDatabaseCacheManager(database, on_event=tally)
        collector = CacheCollector(cache, tally, patience=10)
        registry.register(collector)
        first = _scrape(registry)
        await collector._readings.get_async()
        return [first.get(UP), _scrape(registry).get(UP)]

    assert [None, {(): 1}] == asyncio.run(main())


def test_two_managers_need_two_namespaces(cache: DatabaseCacheManager, tally: CacheTally) -> None:
    """A registry refuses the same names twice and takes others."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(CacheCollector(cache, tally))
    with pytest.raises(ValueError, match="Duplicated"):
        registry.register(CacheCollector(cache, tally))
    registry.register(CacheCollector(cache, tally, namespace="reports_cache"))
    assert {"supaopt_cache_entries", "reports_cache_entries"} <= _scrape(registry).keys()


def test_processes_are_added_up(tmp_path: Path) -> None:
    """In the multiprocess mode one process answers for all, with gauges of its own."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for hits in ("1000", "300"):
        answer = subprocess.run(
            [sys.executable, "-c", WORKER, hits],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    found = _parsed(answer.stdout)
    assert 1300 == found[EVENTS]["hit", "process"]
    assert 2 == found["supaopt_cache_computation_seconds_count"][()]
    assert {(): 1} == found[UP]


def test_the_guide_names_what_there_is(registry: CollectorRegistry) -> None:
    """Every metric in the guide's queries and alerts is one of the collector's."""
    guide = Path(__file__).parents[3].joinpath("docs", "guides", "observability.md")
    queries = re.findall(r"```(?:yaml|promql)\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    named = {name for query in queries for name in re.findall(r"supaopt_cache_\w+", query)}
    assert (True, set()) == (len(named) > 2, named - _scrape(registry).keys())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tally": None}, "tally is a NoneType; pass the CacheTally"),
        ({"cache": "cache"}, "cache is a str; pass the DatabaseCacheManager"),
        ({"namespace": "my cache"}, "namespace 'my cache' begins no metric's name"),
        ({"patience": "soon"}, "patience 'soon'"),
        ({"every": 0}, "every 0 must be above zero"),
    ],
)
def test_wrong_arguments_are_named(
    wrong: dict[str, Any], message: str, cache: DatabaseCacheManager, tally: CacheTally
) -> None:
    """What cannot be meant is refused where it is written."""
    arguments: dict[str, Any] = {"cache": cache, "tally": tally, **wrong}
    with pytest.raises(ConfigError, match=message):
        CacheCollector(**arguments)


def test_a_count_that_falls_fails_no_scrape(tally: CacheTally, registry: CollectorRegistry) -> None:
    """Threads that write a hit's count at once may put it back; the counter waits for it."""
    for _ in range(5):
        tally.hit("process", "key")
    told = [_scrape(registry)[EVENTS]["hit", "process"]]
    for count in (3, 7):
        tally._hits["process"] = count
        told.append(_scrape(registry)[EVENTS]["hit", "process"])
    assert [5, 5, 7] == told
