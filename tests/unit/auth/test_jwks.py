"""
Key sets over time, in both colours: fresh, ageing, overdue, dead; outages and floods.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from supaopt.auth._freshness import JwksPolicy
from supaopt.auth._jwks import AsyncJwks, Jwks
from supaopt.auth._token import Header
from supaopt.errors import KeysUnavailableError
from supaopt.testing import FrozenClock, SigningKey

POLICY = JwksPolicy(ttl=600, refresh_after=480, max_stale=3_600, cooldown=30, retry_after=5)
KNOWN, UNKNOWN = Header("ES256", "known"), Header("ES256", "unknown")


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


@pytest.fixture(name="source", params=["sync", "async"])
def _source(
    request: pytest.FixtureRequest,
    endpoint: Any,
    clock: FrozenClock,
    runner: asyncio.Runner,
) -> Source:
    if request.param == "sync":
        return Source(Jwks(endpoint.fetch, POLICY, clock), runner)
    return Source(AsyncJwks(endpoint.afetch, POLICY, clock), runner)


def test_fresh_keys_are_used_as_they_are(source: Source, endpoint: Any, clock: FrozenClock) -> None:
    """Until they begin to age, keys are fetched once."""
    assert source.kids(KNOWN)
    clock.advance(479)
    assert source.kids(KNOWN)
    assert 1 == endpoint.hits


def test_ageing_keys_are_replaced_behind(source: Source, endpoint: Any, clock: FrozenClock) -> None:
    """A caller that meets ageing keys has new ones fetched for those after it."""
    source.hydrate()
    clock.advance(481)
    endpoint.content = json.dumps(SigningKey.es256("unknown").jwks()).encode()
    source.kids(KNOWN)
    assert source.kids(UNKNOWN)
    assert 2 == endpoint.hits


def test_overdue_keys_are_fetched_before_use(
    source: Source, endpoint: Any, clock: FrozenClock
) -> None:
    """Past their lifetime, keys that have left the set are not used even once."""
    source.hydrate()
    clock.advance(601)
    endpoint.content = b'{"keys": []}'
    assert not source.kids(KNOWN)


def test_keys_survive_an_outage(source: Source, endpoint: Any, clock: FrozenClock) -> None:
    """While the endpoint is down, known keys keep working, and it is asked every five seconds."""
    source.hydrate()
    endpoint.error = OSError("down")
    clock.advance(601)
    for _ in range(100):
        assert source.kids(KNOWN)
        clock.advance(1)
    assert endpoint.hits <= 1 + 100 / POLICY.retry_after + 1


def test_an_outage_ends_with_the_next_answer(
    source: Source, endpoint: Any, clock: FrozenClock
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


def test_no_outage_keeps_keys_for_ever(source: Source, endpoint: Any, clock: FrozenClock) -> None:
    """Beyond the bound stale keys are no keys, and the caller hears why."""
    source.hydrate()
    endpoint.error = OSError("down")
    clock.advance(600 + 3_601)
    with pytest.raises(KeysUnavailableError) as caught:
        source.kids(KNOWN)
    assert "down" == str(caught.value.__cause__)


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"keys":[{"kty":"oct","k":"eA"}]}', b""])
def test_nonsense_does_not_replace_keys(
    content: bytes, source: Source, endpoint: Any, clock: FrozenClock
) -> None:
    """An answer that is no key set counts as an outage: the keys at hand stay."""
    source.hydrate()
    endpoint.content = content if content != b'{"keys":[{"kty":"oct","k":"eA"}]}' else b"[]"
    clock.advance(601)
    assert source.kids(KNOWN)


def test_a_down_endpoint_is_not_hammered(source: Source, endpoint: Any, clock: FrozenClock) -> None:
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
    source: Source, endpoint: Any, clock: FrozenClock
) -> None:
    """Ten thousand invented names within a minute cost two fetches."""
    source.hydrate()
    for number in range(10_000):
        if number % 167 == 0:
            clock.advance(1)
        source.kids(Header("ES256", f"invented-{number}"))
    assert endpoint.hits <= 1 + 2


def test_a_flood_does_not_delay_known_keys(
    source: Source, endpoint: Any, clock: FrozenClock
) -> None:
    """A fetch that failed for an unknown name does not take the known ones away."""
    source.hydrate()
    clock.advance(31)
    endpoint.error = OSError("down")
    assert not source.kids(UNKNOWN)
    assert source.kids(KNOWN)


def test_a_new_key_is_found_off_cooldown(source: Source, endpoint: Any, clock: FrozenClock) -> None:
    """A key that was published a moment ago is fetched for the first token that names it."""
    source.hydrate()
    endpoint.content = json.dumps(SigningKey.es256("unknown").jwks()).encode()
    clock.advance(31)
    assert source.kids(UNKNOWN)


def test_hydrate_says_when_there_are_no_keys(source: Source, endpoint: Any) -> None:
    """A start-up that cannot have its keys fails loudly."""
    endpoint.error = OSError("down")
    with pytest.raises(KeysUnavailableError):
        source.hydrate()


def test_forget_makes_the_next_caller_wait(source: Source, endpoint: Any) -> None:
    """After forget the keys are fetched anew."""
    source.hydrate()
    source.real.forget()
    assert source.kids(KNOWN)
    assert 2 == endpoint.hits


def test_every_error_is_its_own(source: Source, endpoint: Any) -> None:
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
