"""
Counters, a histogram and gauges for a cache.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from opentelemetry import metrics, trace
from opentelemetry.metrics import Observation

from supaopt.cache import CacheTally
from supaopt.cache._duration import seconds
from supaopt.contrib._gauges import GAUGES
from supaopt.contrib._readings import Readings
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from opentelemetry.metrics import CallbackOptions, MeterProvider

    from supaopt.cache import (
        AsyncDatabaseCacheManager,
        CacheEvent,
        DatabaseCacheManager,
        Duration,
    )
    from supaopt.contrib._gauges import Gauge

_SCOPE: Final = "supaopt.cache"
# In seconds; the default is for milliseconds.
_BOUNDARIES: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TOLD_TO_SPANS: Final = frozenset({"error", "stale"})


class CacheTelemetry(CacheTally):
    """
    Reports what a cache does; pass one as ``on_event``.

    It is a `CacheTally`, whose counts OpenTelemetry reads when it exports, so that a hit costs no
    more than without it. The span of a request is told of failing tiers and old answers; a cached
    read has none of its own, as its queries have theirs. No key is reported, and of an error only
    its class: keys, and texts of errors, may hold data.

    Args:
        meter_provider: Where figures go; the global one by default.
        name: Tells the managers of a program apart, as the attribute ``supaopt.cache.name``; each
            of several needs one.

    Examples:
        >>> telemetry = CacheTelemetry()
        >>> cache = DatabaseCacheManager(MemoryStore(), on_event=telemetry)
        >>> telemetry.watch(cache)
    """

    def __init__(
        self, meter_provider: MeterProvider | None = None, *, name: str | None = None
    ) -> None:
        super().__init__()
        self._watches = False
        self._own: dict[str, str] = {} if name is None else {"supaopt.cache.name": name}
        # A meter of its own: on one that two share, the second's counts would be passed over.
        self._meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider, attributes=self._own)
        self._meter.create_observable_counter(
            "supaopt.cache.events",
            callbacks=[self._observe],
            unit="{event}",
            description="What happened to reads, by kind and tier",
        )
        self._computations = self._meter.create_histogram(
            "supaopt.cache.computation.duration",
            unit="s",
            description="How long answers took to compute",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self.subscribe(self._hear)

    def watch(
        self,
        cache: DatabaseCacheManager | AsyncDatabaseCacheManager,
        *,
        tags: Collection[str] = (),
        every: Duration = "10 seconds",
        patience: Duration = "1 second",
    ) -> None:
        """
        Report the database's figures too.

        Args:
            cache: The manager. Call this on an asynchronous one's event loop.
            tags: Tags whose entries and bytes are reported, beside those of watched tables.
            every: How old the figures may be; the database reads every entry to tell them.
            patience: How long an export waits for the database; then the last ones are reported.

        Raises:
            ConfigError: *cache* is no manager, or another is watched already.
        """
        if self._watches:
            raise ConfigError(
                "this telemetry watches a cache already, and a second one's figures would be lost; "
                "give each manager a CacheTelemetry(name=...) of its own"
            )
        readings = Readings(
            cache,
            every=seconds(every, name="every"),
            patience=seconds(patience, name="patience"),
        )
        self._watches = True
        bounded = frozenset((tags,) if isinstance(tags, str) else tags)
        for gauge in GAUGES:
            self._meter.create_observable_gauge(
                f"{_SCOPE}.{gauge.name}",
                callbacks=[partial(self._read, gauge, readings, bounded)],
                unit=gauge.unit,
                description=gauge.description,
            )

    def _observe(self, _options: CallbackOptions) -> Iterable[Observation]:
        for (kind, tier), count in self.counts().items():
            yield Observation(count, {**self._own, **_attributes(kind, tier)})

    def _read(
        self,
        gauge: Gauge,
        readings: Readings,
        tags: Collection[str],
        _options: CallbackOptions,
    ) -> Iterable[Observation]:
        for labels, value in gauge.samples(readings.get(), tags):
            named = {f"{_SCOPE}.{label}": text for label, text in labels.items()}
            yield Observation(value, {**self._own, **named})

    def _hear(self, event: CacheEvent) -> None:
        if event.seconds is not None:
            kind = {f"{_SCOPE}.kind": event.kind}
            self._computations.record(event.seconds, {**self._own, **kind})
        if event.kind in _TOLD_TO_SPANS:
            attributes = {**self._own, **_attributes(event.kind, event.tier)}
            if event.error is not None:
                attributes["error.type"] = type(event.error).__qualname__
            trace.get_current_span().add_event(f"{_SCOPE}.{event.kind}", attributes)


def _attributes(kind: str, tier: str) -> dict[str, str]:
    return {f"{_SCOPE}.kind": kind, f"{_SCOPE}.tier": tier}
