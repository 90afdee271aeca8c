"""
Many keys in one call: what goes over the wire, what its answers mean, and older releases.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt._coroutine import run
from supaopt._wire import Request, Response
from supaopt.cache._calls import ENTRIES, KEYS, LOAD, loads_of
from supaopt.cache._model import Hit, Miss
from supaopt.cache._ports import BulkStore, NewEntry
from supaopt.cache._store import PostgrestStore
from supaopt.errors import BadGatewayError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

NO_FUNCTION = {"code": "PGRST202", "message": "Could not find the function"}


class Wire:
    """
    Records requests, and answers them as a test says.
    """

    def __init__(self) -> None:
        self.answer: Callable[[Any], Any] = lambda body: body
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
            content=json.dumps(self.answer(json.loads(request.content or b""))).encode(),
        )

    def bodies(self) -> list[Any]:
        """
        Return the bodies of all requests.
        """
        return [json.loads(request.content or b"") for request in self.requests]


@pytest.fixture(name="wire")
def _wire() -> Wire:
    return Wire()


@pytest.fixture(name="store")
def _store(wire: Wire, clock: Any) -> PostgrestStore:
    return PostgrestStore(wire.send, timeout=2.0, clock=clock)


def new(key: str, data: bytes = b"1") -> NewEntry:
    """
    Return an entry to store.
    """
    return NewEntry(key=key, data=data, duration=0.5, tags=("t",), lease="g:1:2:")


def all_miss(body: Any) -> Any:
    """
    Find nothing.
    """
    return {"lease": "g:1:2:", "entries": [None for _ in body["p_cache_keys"]]}


def test_the_store_can_do_both(store: PostgrestStore) -> None:
    """
    The database's store is asked for many keys at once.
    """
    assert isinstance(store, BulkStore)


def test_looks_up_many_in_one_call(wire: Wire, store: PostgrestStore) -> None:
    """
    Keys travel with their ages by POST; hits bring their own lease, misses the one of the call.
    """
    wire.answer = lambda _: {
        "lease": "g:3:4:",
        "entries": [
            {
                "data": None,
                "stored_at": "2026-01-01T00:00:00+00:00",
                "expires_at": "2026-01-01T00:05:00+00:00",
                "tags": ["t"],
                "lease": "g:1:2:",
            },
            None,
        ],
    }
    hit = Hit(
        data=b"null",
        tags=("t",),
        lease="g:1:2:",
        stored_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=datetime(2026, 1, 1, 0, 5, tzinfo=UTC),
    )
    expected = {"a": hit, "b": Miss(lease="g:3:4:")}
    assert expected == run(store.lookup_many({"a": 300.0, "b": 0.5}))
    ages = ["300.000000 seconds", "0.500000 seconds"]
    assert [{"p_cache_keys": ["a", "b"], "p_max_ages": ages}] == wire.bodies()
    assert [("POST", "rpc/get_cache_entries", 2.0)] == [
        (request.method, request.path, request.timeout) for request in wire.requests
    ]


def test_nobody_is_asked_for_more_keys_than_it_takes(wire: Wire, store: PostgrestStore) -> None:
    """
    Each call asks for as many keys as the database allows, and none is lost between them.
    """
    wire.answer = all_miss
    keys = [f"k{number}" for number in range(2 * KEYS + 1)]
    assert keys == list(run(store.lookup_many(dict.fromkeys(keys, 1.0))) or ())
    assert [KEYS, KEYS, 1] == [len(body["p_cache_keys"]) for body in wire.bodies()]


@pytest.mark.parametrize("answer", [None, [], {}, {"entries": None}, {"entries": [None, None]}])
def test_refuses_an_answer_that_is_of_other_keys(
    wire: Wire, store: PostgrestStore, answer: object
) -> None:
    """
    Anything but an entry for each key is an error, which the flow counts as a miss.
    """
    wire.answer = lambda _: answer
    with pytest.raises(BadGatewayError, match="something else"):
        run(store.lookup_many({"k": 1.0}))


def test_stores_many_in_one_call(wire: Wire, store: PostgrestStore) -> None:
    """
    The data travel as they are, and the answer says of each whether it is kept.
    """
    wire.answer = lambda _: [True, False]
    assert [True, False] == run(store.store_many([new("a", b'{"\xc3\xa9":[1]}'), new("b")]))
    rest = {"duration": "0.500000 seconds", "tags": ["t"], "lease": "g:1:2:"}
    a, b = {"data": {"é": [1]}, "key": "a"} | rest, {"data": 1, "key": "b"} | rest
    assert [{"p_entries": [a, b]}] == wire.bodies()
    assert ["rpc/set_cached_entries"] == [request.path for request in wire.requests]


@pytest.mark.parametrize("answer", [None, {}, True, [], [True, True]])
def test_refuses_fates_of_other_entries(wire: Wire, store: PostgrestStore, answer: object) -> None:
    """
    Nothing counts as stored by an answer that does not say so of each.
    """
    wire.answer = lambda _: answer
    with pytest.raises(BadGatewayError, match="something else"):
        run(store.store_many([new("k")]))


@given(sizes=st.lists(st.integers(1, LOAD // 2), max_size=3 * ENTRIES))
def test_no_call_stores_too_much(sizes: list[int]) -> None:
    """
    Entries are split in order, as few times as limits of number and size ask for.
    """
    entries = [new(f"k{at}", b"1" * size) for at, size in enumerate(sizes)]
    loads = list(loads_of(entries))
    assert entries == [entry for some in loads for entry in some]
    sums = [sum(len(entry.data) for entry in some) for some in loads]
    assert all(
        len(some) <= ENTRIES and total <= LOAD for some, total in zip(loads, sums, strict=True)
    )
    for some, following, total in zip(loads, loads[1:], sums, strict=False):
        assert len(some) == ENTRIES or total + len(following[0].data) > LOAD


def test_an_entry_larger_than_a_load_goes_alone() -> None:
    """
    Whether it is too large is for the database to say.
    """
    large = new("large", b"1" * (LOAD + 1))
    assert [[new("a")], [large], [new("b")]] == list(loads_of([new("a"), large, new("b")]))


@pytest.mark.parametrize("code", ["PGRST202", "42883"])
def test_an_older_release_is_asked_for_single_keys(
    wire: Wire, store: PostgrestStore, clock: Any, code: str
) -> None:
    """
    Where the functions are missing that is remembered for a while, and then asked anew.
    """
    wire.status, wire.answer = 404, lambda _: NO_FUNCTION | {"code": code}
    assert [None] * 3 == [run(store.lookup_many({"k": 1.0})) for _ in range(3)]
    assert run(store.store_many([new("k")])) is None
    assert 1 == len(wire.requests)

    wire.status, wire.answer = 200, all_miss
    clock.now += 61
    assert {"k": Miss(lease="g:1:2:")} == run(store.lookup_many({"k": 1.0}))


def test_another_404_is_no_older_release(wire: Wire, store: PostgrestStore) -> None:
    """
    A wrong URL is an outage, which is reported.
    """
    wire.status, wire.answer = 404, lambda _: {"message": "no route"}
    with pytest.raises(NotFoundError):
        run(store.lookup_many({"k": 1.0}))
