"""
Prometheus: a collector of what a cache's tally has counted and of the database's figures.
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from supaopt.cache import CacheTally
from supaopt.cache._duration import seconds
from supaopt.contrib._gauges import GAUGES
from supaopt.contrib._readings import Readings
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from prometheus_client.metrics_core import Metric

    from supaopt.cache import (
        AsyncDatabaseCacheManager,
        CacheEvent,
        DatabaseCacheManager,
        Duration,
    )
    from supaopt.cache._tally import Outcome
    from supaopt.contrib._gauges import Gauge
    from supaopt.contrib._readings import Reading

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SUFFIXES: Final = {"By": "_bytes", "s": "_seconds"}
_SWITCHES: Final = frozenset({"PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"})


class CacheCollector(Collector):
    """
    What a Prometheus registry asks for a cache's metrics.

    A scrape never waits for a database longer than *patience*, and not at all on an event loop:
    then it has the last known figures, and ``<namespace>_database_up`` is 0. In the multiprocess
    mode of ``prometheus_client`` the counters of all processes are added up by its
    ``MultiProcessCollector``, and this one gives the database's figures alone.

    Args:
        cache: The manager. Make the collector of an asynchronous one on its event loop.
        tally: What the manager has as ``on_event``.
        namespace: What the names of all metrics begin with; each manager of a process needs one.
        tags: Tags whose entries and bytes are reported, beside those of watched tables; those
            that are not among the 50 heaviest are left out.
        every: How old the database's figures may be; it reads every entry to tell them.
        patience: How long a scrape waits for the database.

    Raises:
        ConfigError: *cache* is no manager, *tally* no tally, or *namespace* no name.

    Examples:
        >>> tally = CacheTally()
        >>> cache = DatabaseCacheManager(MemoryStore(), on_event=tally)
        >>> registry = CollectorRegistry()
        >>> registry.register(CacheCollector(cache, tally))
        >>> cache.get_cached_data("three", lambda: 3)
        3
        >>> registry.get_sample_value(
        ...     "supaopt_cache_events_total", {"kind": "miss", "tier": "database"}
        ... )
        1.0
    """

    def __init__(
        self,
        cache: DatabaseCacheManager | AsyncDatabaseCacheManager,
        tally: CacheTally,
        *,
        namespace: str = "supaopt_cache",
        tags: Collection[str] = (),
        every: Duration = "10 seconds",
        patience: Duration = "1 second",
    ) -> None:
        if not isinstance(tally, CacheTally):
            raise ConfigError(
                f"tally is a {type(tally).__name__}; pass the CacheTally that the manager has as "
                "on_event"
            )
        if not _NAME.fullmatch(namespace):
            raise ConfigError(
                f"namespace {namespace!r} begins no metric's name; use letters, digits and '_', "
                "such as 'reports_cache'"
            )
        # As prometheus_client decides it; its MultiProcessCollector then has every counter.
        self._shared = not _SWITCHES.isdisjoint(os.environ)
        self._namespace = namespace
        self._tally = tally
        self._tags = frozenset((tags,) if isinstance(tags, str) else tags)
        self._readings = Readings(
            cache,
            every=seconds(every, name="every"),
            patience=seconds(patience, name="patience"),
        )
        self._lock = threading.Lock()
        self._reported: dict[Outcome, int] = {}
        self._events = Counter(
            f"{namespace}_events",
            "What happened to reads, by kind and tier",
            ["kind", "tier"],
            registry=None,
        )
        self._computations = Histogram(
            f"{namespace}_computation_seconds",
            "How long answers took to compute",
            registry=None,
        )
        self._report()
        tally.subscribe(self._hear)

    def collect(self) -> Iterator[Metric]:
        """
        Yield the metrics of a scrape.
        """
        self._report()
        if not self._shared:
            yield from self._events.collect()
            yield from self._computations.collect()
        reading = self._readings.get()
        for gauge in GAUGES:
            yield self._family(gauge, reading)

    def describe(self) -> Iterator[Metric]:
        """
        Yield the metrics without asking for them, so that registering costs nothing.
        """
        if not self._shared:
            yield from self._events.describe()
            yield from self._computations.describe()
        for gauge in GAUGES:
            yield self._family(gauge, None)

    def _hear(self, event: CacheEvent) -> None:
        if event.seconds is not None:
            self._computations.observe(event.seconds)
        if self._shared:  # another process may answer the next scrape
            self._report()

    def _report(self) -> None:
        # In batches: a counter of theirs costs more than a hit.
        with self._lock:
            for outcome, count in self._tally.counts().items():
                new = count - self._reported.get(outcome, 0)
                self._events.labels(*outcome).inc(new)
                self._reported[outcome] = count

    def _family(self, gauge: Gauge, reading: Reading | None) -> GaugeMetricFamily:
        name = gauge.name.replace(".", "_") + _SUFFIXES.get(gauge.unit, "")
        labels = () if gauge.label is None else (gauge.label,)
        family = GaugeMetricFamily(f"{self._namespace}_{name}", gauge.description, labels=labels)
        samples: Iterable[tuple[dict[str, str], float]] = (
            () if reading is None else gauge.samples(reading, self._tags)
        )
        for values, value in samples:
            family.add_metric(list(values.values()), value)
        return family
