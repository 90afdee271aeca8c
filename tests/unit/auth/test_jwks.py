"""
Key sets over time: fresh, ageing, overdue, dead; one fetch for many; outages and floods.
"""

import asyncio
import gc
import json
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from supaopt.auth._freshness import JwksPolicy
from supaopt.auth._jwks import AsyncJwks, Jwks
from supaopt.auth._token import Header
from supaopt.errors import KeysUnavailableError
from supaopt.testing import FrozenClock, SigningKey

POLICY = JwksPolicy(ttl=600, refresh_after=480, max_stale=3_600, cooldown=30, retry_after=5)
KNOWN, UNKNOWN = Header("ES256", "known"), Header("ES256", "unknown")
CONTENT = json.dumps(SigningKey.es256("known").jwks()).encode()


class Endpoint:
    """A key endpoint whose answers, failures and slowness a test decides."""

    def __init__(self) -> None:
        self.content: bytes = CONTENT
        self.error: Exception | None = None
        self.hits = 0

    def fetch(self) -> bytes:
        self.hits += 1
        if self.error is not None:
            raise self.error
        return self.content

    async def afetch(self) -> bytes:
        return self.fetch()


class Source:
    """Either colour behind blocking calls; background work is done before a call returns."""

    def __init__(self, real: Jwks | AsyncJwks, runner: asyncio.Runner) -> None:
        self.real, self._runner = real, runner

    def kids(self, header: Header) -> bool:
        return self._do(lambda: self.real.ring(header)).get(header) is not None

    def hydrate(self) -> None:
        self._do(self.real.hydrate)

    def _do(self, call: Callable[[], Any]) -> Any:
        async def inside() -> Any:
            try:
                return await call()
            finally:
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    await task

        if isinstance(self.real, AsyncJwks):
            return self._runner.run(inside())
        try:
            return call()
        finally:
            for thread in threading.enumerate():
                if thread.name == "supaopt-jwks":
                    thread.join()


@pytest.fixture(name="endpoint")
def _endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture(name="source", params=["sync", "async"])
def _source(
    request: pytest.FixtureRequest,
    endpoint: Endpoint,
    clock: FrozenClock,
    runner: asyncio.Runner,
) -> Source:
    if request.param == "sync":
        return Source(Jwks(endpoint.fetch, POLICY, clock), runner)
    return Source(AsyncJwks(endpoint.afetch, POLICY, clock), runner)


def test_fresh_keys_are_used_as_they_are(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Until they begin to age, keys are fetched once."""
    assert source.kids(KNOWN)
    clock.advance(479)
    assert source.kids(KNOWN)
    assert 1 == endpoint.hits


def test_ageing_keys_are_replaced_behind(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """A caller that meets ageing keys has new ones fetched for those after it."""
    source.hydrate()
    clock.advance(481)
    endpoint.content = json.dumps(SigningKey.es256("unknown").jwks()).encode()
    source.kids(KNOWN)
    assert source.kids(UNKNOWN)
    assert 2 == endpoint.hits


def test_nobody_waits_for_keys_that_only_age(endpoint: Endpoint, clock: FrozenClock) -> None:
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


def test_overdue_keys_are_fetched_before_use(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Past their lifetime, keys that have left the set are not used even once."""
    source.hydrate()
    clock.advance(601)
    endpoint.content = b'{"keys": []}'
    assert not source.kids(KNOWN)


def test_keys_survive_an_outage(source: Source, endpoint: Endpoint, clock: FrozenClock) -> None:
    """While the endpoint is down, known keys keep working, and it is asked every five seconds."""
    source.hydrate()
    endpoint.error = OSError("down")
    clock.advance(601)
    for _ in range(100):
        assert source.kids(KNOWN)
        clock.advance(1)
    assert endpoint.hits <= 1 + 100 / POLICY.retry_after + 1


def test_an_outage_ends_with_the_next_answer(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Once the endpoint is back, its keys replace the stale ones."""
    source.hydrate()
    endpoint.error = OSError("down")
    clock.advance(601)
    assert source.kids(KNOWN)
    endpoint.error = None
    clock.advance(6)
    assert source.kids(KNOWN)
    clock.advance(400)
    assert source.kids(KNOWN)
    assert 3 == endpoint.hits


def test_no_outage_keeps_keys_for_ever(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Beyond the bound stale keys are no keys, and the caller hears why."""
    source.hydrate()
    endpoint.error = OSError("down")
    clock.advance(600 + 3_601)
    with pytest.raises(KeysUnavailableError) as caught:
        source.kids(KNOWN)
    assert "down" == str(caught.value.__cause__)


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"keys":[{"kty":"oct","k":"eA"}]}', b""])
def test_nonsense_does_not_replace_keys(
    content: bytes, source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """An answer that is no key set counts as an outage: the keys at hand stay."""
    source.hydrate()
    endpoint.content = content if content != b'{"keys":[{"kty":"oct","k":"eA"}]}' else b"[]"
    clock.advance(601)
    assert source.kids(KNOWN)


def test_a_down_endpoint_is_not_hammered(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Without any keys, callers get their 503 at once between two attempts."""
    endpoint.error = OSError("down")
    for _ in range(50):
        with pytest.raises(KeysUnavailableError):
            source.kids(KNOWN)
    assert 1 == endpoint.hits
    clock.advance(5)
    with pytest.raises(KeysUnavailableError):
        source.kids(KNOWN)
    assert 2 == endpoint.hits


def test_an_unknown_key_is_asked_about_once_a_cooldown(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Ten thousand invented names within a minute cost two fetches."""
    source.hydrate()
    for number in range(10_000):
        if number % 167 == 0:
            clock.advance(1)
        source.kids(Header("ES256", f"invented-{number}"))
    assert endpoint.hits <= 1 + 2


def test_a_flood_does_not_delay_known_keys(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """A fetch that failed for an unknown name does not take the known ones away."""
    source.hydrate()
    clock.advance(31)
    endpoint.error = OSError("down")
    assert not source.kids(UNKNOWN)
    assert source.kids(KNOWN)


def test_a_new_key_is_found_off_cooldown(
    source: Source, endpoint: Endpoint, clock: FrozenClock
) -> None:
    """A key that was published a moment ago is fetched for the first token that names it."""
    source.hydrate()
    endpoint.content = json.dumps(SigningKey.es256("unknown").jwks()).encode()
    clock.advance(31)
    assert source.kids(UNKNOWN)


def test_hydrate_says_when_there_are_no_keys(source: Source, endpoint: Endpoint) -> None:
    """A start-up that cannot have its keys fails loudly."""
    endpoint.error = OSError("down")
    with pytest.raises(KeysUnavailableError):
        source.hydrate()


def test_forget_makes_the_next_caller_wait(source: Source, endpoint: Endpoint) -> None:
    """After forget the keys are fetched anew."""
    source.hydrate()
    source.real.forget()
    assert source.kids(KNOWN)
    assert 2 == endpoint.hits


def test_every_error_is_its_own(source: Source, endpoint: Endpoint) -> None:
    """Callers who share a failure do not share one exception, whose traceback would grow."""
    endpoint.error = OSError("down")
    errors = []
    for _ in range(3):
        with pytest.raises(KeysUnavailableError) as caught:
            source.kids(KNOWN)
        errors.append(caught.value)
    assert 3 == len({id(error) for error in errors})
    assert [None, None] == [
        error.__cause__.__traceback__ for error in errors[1:] if error.__cause__ is not None
    ]


def test_threads_at_once_fetch_once(endpoint: Endpoint, clock: FrozenClock) -> None:
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
    endpoint: Endpoint, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
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
    endpoint: Endpoint,
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


def test_tasks_at_once_fetch_once(endpoint: Endpoint, clock: FrozenClock) -> None:
    """Two hundred tasks that need keys at the same moment share one fetch."""

    async def main() -> list[int]:
        async def slow() -> bytes:
            await asyncio.sleep(0)
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        rings = await asyncio.gather(*(jwks.ring(KNOWN) for _ in range(200)))
        return [len(ring) for ring in rings]

    assert ([1] * 200, 1) == (asyncio.run(main()), endpoint.hits)


def test_a_caller_who_gives_up_takes_nobody_along(endpoint: Endpoint, clock: FrozenClock) -> None:
    """Cancelling the caller that began a fetch leaves the others their answer."""

    async def main() -> int:
        proceed = asyncio.Event()

        async def slow() -> bytes:
            await proceed.wait()
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        first = asyncio.create_task(jwks.ring(KNOWN))
        second = asyncio.create_task(jwks.ring(KNOWN))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        proceed.set()
        return len(await second)

    assert (1, 1) == (asyncio.run(main()), endpoint.hits)


def test_closing_ends_a_fetch_under_way(clock: FrozenClock) -> None:
    """Closing cancels the fetch, so no task outlives its loop."""

    async def main() -> bool:
        async def never() -> bytes:
            await asyncio.Event().wait()
            return b""

        jwks = AsyncJwks(never, POLICY, clock)
        waiting = asyncio.create_task(jwks.ring(KNOWN))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await jwks.aclose()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    assert asyncio.run(main())


def test_one_set_serves_several_loops(endpoint: Endpoint, clock: FrozenClock) -> None:
    """Keys that one loop fetched are used by the next."""
    jwks = AsyncJwks(endpoint.afetch, POLICY, clock)

    async def main() -> int:
        return len(await jwks.ring(KNOWN))

    assert ([1, 1], 1) == ([asyncio.run(main()) for _ in range(2)], endpoint.hits)


def test_loops_that_are_gone_are_forgotten(endpoint: Endpoint, clock: FrozenClock) -> None:
    """A loop that fetched keys is not kept alive, as by servers that make one for each request."""
    jwks = AsyncJwks(endpoint.afetch, POLICY, clock)

    async def main() -> weakref.ref[asyncio.AbstractEventLoop]:
        await jwks.ring(KNOWN)
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(main())
    gc.collect()
    assert loop() is None


ROTATED = json.dumps(
    {"keys": [SigningKey.es256("known").jwk(), SigningKey.es256("unknown").jwk()]}
).encode()


def test_threads_with_a_new_key_wait_for_the_one_fetch(
    endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Of many threads whose tokens name a key just published none is refused."""
    entered, proceed = threading.Event(), threading.Event()
    proceed.set()

    def slow() -> bytes:
        entered.set()
        proceed.wait()
        return endpoint.fetch()

    jwks = Jwks(slow, POLICY, clock)
    jwks.hydrate()
    endpoint.content = ROTATED
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


def test_tasks_with_a_new_key_wait_for_the_one_fetch(
    endpoint: Endpoint, clock: FrozenClock
) -> None:
    """Of many tasks whose tokens name a key just published none is refused."""

    async def main() -> tuple[list[bool], int]:
        entered, proceed = asyncio.Event(), asyncio.Event()
        proceed.set()

        async def slow() -> bytes:
            entered.set()
            await proceed.wait()
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        await jwks.hydrate()
        endpoint.content = ROTATED
        clock.advance(31)
        proceed.clear()
        entered.clear()
        first = asyncio.create_task(jwks.ring(UNKNOWN))
        await entered.wait()
        known = len(await jwks.ring(KNOWN))
        others = [asyncio.create_task(jwks.ring(UNKNOWN)) for _ in range(5)]
        await asyncio.sleep(0)
        proceed.set()
        rings = await asyncio.gather(first, *others)
        return [ring.get(UNKNOWN) is not None for ring in rings], known

    assert (([True] * 6, 1), 2) == (asyncio.run(main()), endpoint.hits)


def test_threads_do_not_wait_for_a_fetch_in_an_outage(
    endpoint: Endpoint, clock: FrozenClock
) -> None:
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


def test_tasks_do_not_wait_for_a_fetch_in_an_outage(endpoint: Endpoint, clock: FrozenClock) -> None:
    """While the endpoint fails, a token with an invented key holds up nobody but the one asker."""

    async def main() -> int:
        entered, proceed = asyncio.Event(), asyncio.Event()
        proceed.set()

        async def slow() -> bytes:
            entered.set()
            await proceed.wait()
            return endpoint.fetch()

        jwks = AsyncJwks(slow, POLICY, clock)
        await jwks.hydrate()
        endpoint.error = OSError("down")
        clock.advance(31)
        await jwks.ring(UNKNOWN)
        clock.advance(31)
        proceed.clear()
        entered.clear()
        asker = asyncio.create_task(jwks.ring(UNKNOWN))
        await entered.wait()
        try:
            other = await asyncio.wait_for(jwks.ring(UNKNOWN), timeout=10)
        finally:
            proceed.set()
        await asker
        return len(other)

    assert (1, 3) == (asyncio.run(main()), endpoint.hits)
