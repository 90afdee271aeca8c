"""
What is shown of a cache in a real database: by Prometheus, OpenTelemetry and the dashboard.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry

from supaopt._adapters.sql import apply
from supaopt.cache import AsyncDatabaseCacheManager, CacheConfig, CacheTally, DatabaseCacheManager
from supaopt.contrib.dashboard import CacheDashboard
from supaopt.contrib.opentelemetry import CacheTelemetry
from supaopt.contrib.prometheus import CacheCollector
from supaopt.local import LocalSupabase
from supaopt.sql import assets
from supaopt.testing._clients import async_client, client

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS: dict[str, Any] = {"timeout": "20 seconds"}
PATIENCE = "20 seconds"


@pytest.fixture(name="service")
def _service(lms_stack: Any) -> Iterator[Any]:
    with client(lms_stack.url, lms_stack.secret_key) as service:
        yield service


@pytest.fixture(name="mortal")
def _mortal() -> Iterator[LocalSupabase]:
    """A Supabase that a test may stop."""
    with LocalSupabase() as stack:
        apply(stack.db_url, assets("core"))
        stack.reload_schema()
        yield stack


def _get(app: CacheDashboard, path: str) -> str:
    async def send() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return (await http.get(path)).text

    return asyncio.run(send())


def _value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"supaopt_cache_{name}", labels)


def test_prometheus_has_the_databases_figures(service: Any) -> None:
    """Entries, bytes and tags of watched tables are those of the database."""
    tally, registry = CacheTally(), CollectorRegistry()
    cache = DatabaseCacheManager(service, on_event=tally, **OPTIONS)
    registry.register(CacheCollector(cache, tally, patience=PATIENCE))
    config = CacheConfig("5 minutes", ["products", "product:7"])
    assert [7, 7] == [cache.get_cached_data("shown:prometheus", lambda: 7, config) for _ in "ab"]
    try:
        figures = cache.get_cache_metrics()
        assert figures.bytes == _value(registry, "size_bytes")
        assert figures.by_tag["products"].entries == _value(registry, "tag_entries", tag="products")
        assert None is _value(registry, "tag_entries", tag="product:7")
        assert [1, 1, 1] == [
            _value(registry, "events_total", kind=kind, tier="database")
            for kind in ("miss", "stored", "hit")
        ]
    finally:
        cache.invalidate_by_tags(["product:7"])


def test_an_async_manager_is_scraped_from_a_servers_thread(lms_stack: Any) -> None:
    """The figures are asked for on the manager's loop, with its client's own connections."""

    async def main() -> float | None:
        aclient = async_client(lms_stack.url, lms_stack.secret_key)
        tally, registry = CacheTally(), CollectorRegistry()
        async with AsyncDatabaseCacheManager(aclient, on_event=tally, **OPTIONS) as cache:
            registry.register(CacheCollector(cache, tally, patience=PATIENCE))
            up = await asyncio.to_thread(_value, registry, "database_up")
        await aclient.postgrest.aclose()
        return up

    assert 1 == asyncio.run(main())


def test_opentelemetry_has_the_databases_figures(service: Any) -> None:
    """An export holds the log's length and that the database is up."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    telemetry = CacheTelemetry(provider)
    cache = DatabaseCacheManager(service, on_event=telemetry, **OPTIONS)
    telemetry.watch(cache, patience=PATIENCE)
    data: Any = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    provider.shutdown()
    (scope,) = data["resource_metrics"][0]["scope_metrics"]
    values = {
        metric["name"]: [point["value"] for point in metric["data"]["data_points"]]
        for metric in scope["metrics"]
    }
    assert [1] == values["supaopt.cache.database.up"]
    assert [cache.get_cache_metrics().log_rows] == values["supaopt.cache.log.rows"]


def test_entries_of_single_users_are_counted_and_never_named(lms_stack: Any, service: Any) -> None:
    """The dashboard tells how many there are; no key, scope or value of theirs is on it."""
    with psycopg.connect(lms_stack.db_url) as db:
        (student,) = db.execute("select id, client_id from public.students limit 1").fetchall()
        claims = {"role": "authenticated", "sub": str(student[0]), "user_role": "student"}
        claims["client_id"] = str(student[1])
        db.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
        db.execute("set local role authenticated")
        db.execute("select public.get_student_progress_summary_cached(%s)", [student[0]])
        db.execute("reset role")
        kept = db.execute(
            "select scope, key, data::text from supaopt.entries where scope <> 'shared'"
        ).fetchall()
    assert 1 <= len(kept)
    tally = CacheTally()
    cache = DatabaseCacheManager(service, on_event=tally, **OPTIONS)
    app = CacheDashboard(cache, tally, allow=lambda _: True, patience=PATIENCE)
    page, data = _get(app, "/"), _get(app, "/data")
    assert "user" in {scope["name"] for scope in json.loads(data)["database"]["scopes"]}
    shown = [text for entry in kept for text in entry if text in page or text in data]
    assert [] == shown


def test_a_supabase_that_stops_fails_no_scrape_and_no_page(mortal: LocalSupabase) -> None:
    """After its end the last figures are shown, by either, and that it does not answer."""
    with client(mortal.url, mortal.secret_key) as service:
        tally, registry = CacheTally(), CollectorRegistry()
        cache = DatabaseCacheManager(service, on_event=tally, **OPTIONS)
        collector = CacheCollector(cache, tally, patience=PATIENCE)
        app = CacheDashboard(cache, tally, allow=lambda _: True, patience=PATIENCE)
        collector._readings._every = app._readings._every = 0.0  # so that each asks
        registry.register(collector)
        assert 1 == cache.get_cached_data("key", lambda: 1)
        before = json.loads(_get(app, "/data"))
        assert (1, 1) == (_value(registry, "database_up"), before["database"]["entries"])
        mortal.stop()
        after = json.loads(_get(app, "/data"))
        assert 2 == cache.get_cached_data("another", lambda: 2)
    assert (False, before["database"]) == (after["database_up"], after["database"])
    assert (0, 1) == (
        _value(registry, "database_up"),
        _value(registry, "entries", state="unexpired"),
    )
    assert _value(registry, "events_total", kind="error", tier="database")
