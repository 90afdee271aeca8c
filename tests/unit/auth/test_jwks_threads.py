"""
Key sets under many threads: one fetch for all who need it, nobody held up who does not.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from supaopt.auth._freshness import JwksPolicy
from supaopt.auth._jwks import Jwks
from supaopt.auth._token import Header
from supaopt.testing import FrozenClock

POLICY = JwksPolicy(ttl=600, refresh_after=480, max_stale=3_600, cooldown=30, retry_after=5)
KNOWN, UNKNOWN = Header("ES256", "known"), Header("ES256", "unknown")


def test_nobody_waits_for_keys_that_only_age(endpoint: Any, clock: FrozenClock) -> None:
    """While the fetch behind hangs, callers are answered with the keys at hand."""
    proceed = threading.Event()
    proceed.set()

    def slow() -> bytes:
        proceed.wait()
        return endpoint.fetch()

    jwks = Jwks(slow, POLICY, clock)
    jwks.hydrate()
    proceed.clear()
    clock.advance(481)
    found = [len(jwks.ring(KNOWN)) for _ in range(3)]
    proceed.set()
    for thread in threading.enumerate():
        if thread.name == "supaopt-jwks":
            thread.join()
    assert ([1] * 3, 2) == (found, endpoint.hits)


def test_threads_at_once_fetch_once(endpoint: Any, clock: FrozenClock) -> None:
    """Fifty threads that need keys at the same moment share one fetch."""
    entered, proceed = threading.Event(), threading.Event()

    def slow() -> bytes:
        entered.set()
        proceed.wait()
        return endpoint.fetch()

    jwks = Jwks(slow, POLICY, clock)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(jwks.ring(KNOWN)))) for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    entered.wait()
    proceed.set()
    for thread in threads:
        thread.join()
    assert ([1] * 50, 1) == (found, endpoint.hits)


def test_without_threads_keys_are_used_as_they_are(
    endpoint: Any, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When no thread can be had, ageing keys serve on and a later caller refreshes them."""
    jwks = Jwks(endpoint.fetch, POLICY, clock)
    jwks.hydrate()
    clock.advance(481)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_threads)
        assert 1 == len(jwks.ring(KNOWN))
    clock.advance(200)
    assert 1 == len(jwks.ring(KNOWN))
    assert 2 == endpoint.hits


def _no_threads(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("call", [lambda jwks: jwks.ring(KNOWN), Jwks.hydrate, Jwks.forget])
def test_a_forked_process_does_not_wait_for_its_parents_fetch(
    call: Callable[[Jwks], Any],
    endpoint: Any,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A child that was forked during a fetch fetches for itself, and does not hang."""
    jwks = Jwks(endpoint.fetch, POLICY, clock)
    jwks._fetching.acquire()  # as a thread of the parent did
    pid = os.getpid() + 1
    monkeypatch.setattr("supaopt.auth._jwks.os.getpid", lambda: pid)
    call(jwks)
    assert 1 == len(jwks.ring(KNOWN))


def test_threads_with_a_new_key_wait_for_the_one_fetch(endpoint: Any, clock: FrozenClock) -> None:
    """Of many threads whose tokens name a key just published none is refused."""
    entered, proceed = threading.Event(), threading.Event()
    proceed.set()

    def slow() -> bytes:
        entered.set()
        proceed.wait()
        return endpoint.fetch()

    jwks = Jwks(slow, POLICY, clock)
    jwks.hydrate()
    endpoint.rotate()
    clock.advance(31)
    proceed.clear()
    entered.clear()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(jwks.ring, UNKNOWN)
        entered.wait()
        known = pool.submit(jwks.ring, KNOWN).result()
        others = [pool.submit(jwks.ring, UNKNOWN) for _ in range(5)]
        proceed.set()
        found = [future.result().get(UNKNOWN) is not None for future in (first, *others)]
    assert ([True] * 6, 1, 2) == (found, len(known), endpoint.hits)


def test_threads_do_not_wait_for_a_fetch_in_an_outage(endpoint: Any, clock: FrozenClock) -> None:
    """While the endpoint fails, a token with an invented key holds up nobody but the one asker."""
    entered, proceed = threading.Event(), threading.Event()
    proceed.set()

    def slow() -> bytes:
        entered.set()
        proceed.wait()
        return endpoint.fetch()

    jwks = Jwks(slow, POLICY, clock)
    jwks.hydrate()
    endpoint.error = OSError("down")
    clock.advance(31)
    jwks.ring(UNKNOWN)
    clock.advance(31)
    proceed.clear()
    entered.clear()
    with ThreadPoolExecutor(2) as pool:
        asker = pool.submit(jwks.ring, UNKNOWN)
        entered.wait()
        try:
            other = pool.submit(jwks.ring, UNKNOWN).result(timeout=10)
        finally:
            proceed.set()
        asker.result()
    assert (1, 3) == (len(other), endpoint.hits)
