"""
A cache's figures in OpenTelemetry, by its own SDK.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from supaopt.cache import CacheConfig, CacheEvent, DatabaseCacheManager
from supaopt.contrib.opentelemetry import CacheTelemetry
from supaopt.errors import ConfigError

HOSTILE = "student:ada@example.com"


@pytest.fixture(name="reader")
def _reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture(name="meters")
def _meters(reader: InMemoryMetricReader) -> Iterator[MeterProvider]:
    provider = MeterProvider([reader])
    yield provider
    provider.shutdown()


@pytest.fixture(name="telemetry")
def _telemetry(meters: MeterProvider) -> CacheTelemetry:
    return CacheTelemetry(meters)


@pytest.fixture(name="spans")
def _spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture(name="tracer")
def _tracer(spans: InMemorySpanExporter) -> Any:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("test")


def _exported(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """Return the data points by metric."""
    points: dict[str, list[Any]] = {}
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            assert "supaopt.cache" == scope.scope.name
            for metric in scope.metrics:
                points.setdefault(metric.name, []).extend(metric.data.data_points)
    return points


def _values(points: list[Any], *labels: str) -> dict[Any, float]:
    """Return the values by those attributes."""
    return {
        tuple(point.attributes[f"supaopt.cache.{label}"] for label in labels): point.value
        for point in points
    }


def test_events_are_counted_by_kind_and_tier(
    telemetry: CacheTelemetry, reader: InMemoryMetricReader, database: Any
) -> None:
    """What an export holds is what happened, and zero for what did not."""
    cache = DatabaseCacheManager(database, on_event=telemetry)
    for _ in range(3):
        cache.get_cached_data("key", lambda: 1)
    values = _values(_exported(reader)["supaopt.cache.events"], "kind", "tier")
    expected = {("hit", "database"): 2, ("miss", "database"): 1, ("stored", "database"): 1}
    assert expected == {outcome: value for outcome, value in values.items() if value}
    assert 0 == values["error", "changes"]


def test_counts_go_on_between_exports(
    telemetry: CacheTelemetry, reader: InMemoryMetricReader
) -> None:
    """Exports are cumulative: the second one holds what the first one held and more."""
    telemetry.hit("process", "key")
    first = _values(_exported(reader)["supaopt.cache.events"], "kind", "tier")
    telemetry.hit("process", "key")
    second = _values(_exported(reader)["supaopt.cache.events"], "kind", "tier")
    assert [1, 2] == [each["hit", "process"] for each in (first, second)]


def test_no_key_and_no_text_of_an_error_is_exported(
    telemetry: CacheTelemetry,
    reader: InMemoryMetricReader,
    spans: InMemorySpanExporter,
    tracer: Any,
) -> None:
    """Keys would make a series each, and keys and texts may name people."""
    error = ValueError(f"nobody is {HOSTILE}")
    with tracer.start_as_current_span("request"):
        telemetry(CacheEvent(kind="error", tier="database", key=HOSTILE, error=error))
        telemetry(CacheEvent(kind="stored", tier="database", key=HOSTILE, seconds=0.1))
    exported = repr(_exported(reader)) + repr(
        [span.to_json() for span in spans.get_finished_spans()]
    )
    assert (False, True) == ("ada" in exported, "ValueError" in exported)


def test_computations_are_timed_in_fitting_buckets(
    telemetry: CacheTelemetry, reader: InMemoryMetricReader
) -> None:
    """A time that an event carries goes into a histogram whose boundaries are seconds."""
    for seconds in (0.003, 0.3):
        telemetry(CacheEvent(kind="stored", tier="database", key="key", seconds=seconds))
    telemetry(CacheEvent(kind="stored", tier="database", key="key"))
    (point,) = _exported(reader)["supaopt.cache.computation.duration"]
    filled = [number for number, count in enumerate(point.bucket_counts) if count]
    assert (2, [0, 6]) == (point.count, filled)


def test_the_requests_span_is_told_of_failures(
    telemetry: CacheTelemetry, spans: InMemorySpanExporter, tracer: Any
) -> None:
    """A failing tier and an old answer are events of the span in which they were met."""
    with tracer.start_as_current_span("request"):
        telemetry(CacheEvent(kind="miss", tier="database", key="key"))
        telemetry(CacheEvent(kind="error", tier="redis", key="key", error=TimeoutError()))
        telemetry(CacheEvent(kind="stale", tier="database", key="key"))
    (span,) = spans.get_finished_spans()
    told = [(event.name, dict(event.attributes or {})) for event in span.events]
    assert [
        (
            "supaopt.cache.error",
            {
                "supaopt.cache.kind": "error",
                "supaopt.cache.tier": "redis",
                "error.type": "TimeoutError",
            },
        ),
        (
            "supaopt.cache.stale",
            {"supaopt.cache.kind": "stale", "supaopt.cache.tier": "database"},
        ),
    ] == told


def test_several_managers_are_told_apart(
    meters: MeterProvider, reader: InMemoryMetricReader
) -> None:
    """Managers with a name each report under it."""
    first, second = CacheTelemetry(meters, name="first"), CacheTelemetry(meters, name="second")
    first.hit("process", "key")
    second.hit("redis", "key")
    values = _values(_exported(reader)["supaopt.cache.events"], "name", "kind", "tier")
    hits = {outcome for outcome, value in values.items() if value}
    assert {("first", "hit", "process"), ("second", "hit", "redis")} == hits


def test_the_databases_figures_are_gauges(
    telemetry: CacheTelemetry, reader: InMemoryMetricReader, database: Any
) -> None:
    """A watched cache reports entries, sizes and the log, and bounded tags alone."""
    cache = DatabaseCacheManager(database, on_event=telemetry)
    telemetry.watch(cache, tags=["prices"], patience=10)
    cache.get_cached_data("key", lambda: 1, CacheConfig(60, ["products", "prices", HOSTILE]))
    points = _exported(reader)
    assert {("unexpired",): 1, ("expired",): 0} == _values(points["supaopt.cache.entries"], "state")
    assert {("products",): 1, ("prices",): 1} == _values(points["supaopt.cache.tag.size"], "tag")
    assert {(): 1} == _values(points["supaopt.cache.database.up"])


def test_a_database_that_is_down_fails_no_export(
    telemetry: CacheTelemetry, reader: InMemoryMetricReader, database: Any
) -> None:
    """Counts go out as ever, and the database is told to be down."""
    database.broken = True
    telemetry.watch(DatabaseCacheManager(database, on_event=telemetry), patience=10)
    telemetry.hit("process", "key")
    points = _exported(reader)
    assert {(): 0} == _values(points["supaopt.cache.database.up"])
    assert 1 == _values(points["supaopt.cache.events"], "kind", "tier")["hit", "process"]


def test_the_global_provider_is_the_default(database: Any) -> None:
    """Without a provider, and without an SDK, reads go on as ever."""
    cache = DatabaseCacheManager(database, on_event=CacheTelemetry())
    assert [1, 1] == [cache.get_cached_data("key", lambda: 1) for _ in range(2)]


def test_only_managers_are_watched(telemetry: CacheTelemetry) -> None:
    """Something else is refused where it is handed over."""
    with pytest.raises(ConfigError, match="cache is a dict"):
        telemetry.watch({})  # type: ignore[arg-type]  # that is the point


def test_a_second_cache_is_refused(telemetry: CacheTelemetry, database: Any) -> None:
    """Figures of a second cache under one name would be dropped in silence."""
    cache = DatabaseCacheManager(database, on_event=telemetry)
    telemetry.watch(cache)
    with pytest.raises(ConfigError, match="of its own"):
        telemetry.watch(cache)
