"""
What goes over the wire to the SQL functions, and what their answers mean.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from supaopt._coroutine import run
from supaopt._figures import CacheMetrics
from supaopt._wire import Request, Response
from supaopt.cache._model import Hit, Miss
from supaopt.cache._store import PostgrestStore
from supaopt.errors import BadGatewayError, NotFoundError


class Wire:
    """
    Records requests and answers them with JSON.
    """

    def __init__(self) -> None:
        self.answer: Any = None
        self.status = 200
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        """
        Answer.
        """
        self.requests.append(request)
        return Response(
            status=self.status,
            headers={"content-type": "application/json"},
            content=json.dumps(self.answer).encode(),
        )

    def sent(self) -> tuple[str, str, Any]:
        """
        Return method, path and body of the only request.
        """
        (request,) = self.requests
        return request.method, request.path, json.loads(request.content or b"")


@pytest.fixture(name="wire")
def _wire() -> Wire:
    return Wire()


@pytest.fixture(name="store")
def _store(wire: Wire) -> PostgrestStore:
    return PostgrestStore(wire.send, timeout=2.0, clock=lambda: 0.0)


def test_looks_up_on_the_primary(wire: Wire, store: PostgrestStore) -> None:
    """
    A look-up is a POST, because a lease from a read replica is unsound.
    """
    wire.answer = {"hit": False, "data": None, "lease": "g:1:2:"}
    assert Miss(lease="g:1:2:") == run(store.lookup("k", max_age=300.0))
    body = {"p_cache_key": "k", "p_max_age": "300.000000 seconds"}
    assert ("POST", "rpc/get_cache_entry", body) == wire.sent()


def test_every_call_has_a_time_limit(wire: Wire, store: PostgrestStore) -> None:
    """
    A hung database costs the limit and no more.
    """
    wire.answer = {"hit": False}
    run(store.lookup("k", max_age=1.0))
    assert [2.0] == [request.timeout for request in wire.requests]


def test_reads_an_entry(wire: Wire, store: PostgrestStore) -> None:
    """
    A hit brings the data as JSON text, the tags and the lease it was stored under.
    """
    wire.answer = {
        "hit": True,
        "data": {"a": [1, None]},
        "stored_at": "2026-01-01T00:00:00+00:00",
        "expires_at": "2026-01-01T00:05:00.5+00:00",
        "tags": ["products"],
        "lease": "g:1:2:",
    }
    expected = Hit(
        data=b'{"a":[1,null]}',
        tags=("products",),
        lease="g:1:2:",
        stored_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=datetime(2026, 1, 1, 0, 5, 0, 500_000, tzinfo=UTC),
    )
    assert expected == run(store.lookup("k", max_age=300.0))


def test_json_null_is_a_hit(wire: Wire, store: PostgrestStore) -> None:
    """
    A kept null is told from a miss.
    """
    wire.answer = {"hit": True, "data": None, "tags": [], "lease": "g:1:2:"}
    assert Hit(data=b"null", lease="g:1:2:") == run(store.lookup("k", max_age=300.0))


@pytest.mark.parametrize("answer", [None, [], {}, {"hit": None}, "hit"])
def test_refuses_an_answer_that_is_no_entry(
    wire: Wire, store: PostgrestStore, answer: object
) -> None:
    """
    Anything but an entry is an error, which the flow counts as a miss.
    """
    wire.answer = answer
    with pytest.raises(BadGatewayError, match="no entry"):
        run(store.lookup("k", max_age=300.0))


@pytest.mark.parametrize("answer", [True, False])
def test_stores_under_the_lease(wire: Wire, store: PostgrestStore, *, answer: bool) -> None:
    """
    The data travel as they are, with duration, tags and lease; the answer says if they are kept.
    """
    wire.answer = answer
    data = b'[{"a":"\xc3\xa9"}]'
    kept = run(store.store("k", data, duration=0.5, tags=("a", "b"), lease="g:1:2:"))
    body = {
        "p_cache_key": "k",
        "p_cache_data": [{"a": "é"}],
        "p_cache_duration": "0.500000 seconds",
        "p_cache_tags": ["a", "b"],
        "p_lease": "g:1:2:",
    }
    assert ("POST", "rpc/set_cached_data", body) == wire.sent()
    assert answer is kept


def test_invalidates(wire: Wire, store: PostgrestStore) -> None:
    """
    An invalidation tells how many entries it ended.
    """
    wire.answer = 3
    assert run(store.invalidate(("a",))) == 3
    assert ("POST", "rpc/invalidate_cache_by_tags", {"p_tags": ["a"]}) == wire.sent()


def test_reads_metrics(wire: Wire, store: PostgrestStore) -> None:
    """
    The metrics are read by name; what a newer database adds is left alone.
    """
    wire.answer = {"total_entries": 2, "average_hits": 1.5, "something_new": 1}
    assert CacheMetrics(total_entries=2, average_hits=1.5) == run(store.metrics())


def test_missing_functions_raise(wire: Wire, store: PostgrestStore) -> None:
    """
    A database without the SQL assets is told as such.
    """
    wire.status = 404
    wire.answer = {"code": "PGRST202", "message": "Could not find the function"}
    with pytest.raises(NotFoundError, match="Could not find the function"):
        run(store.metrics())
