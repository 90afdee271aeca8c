"""
Counting: what is allowed to whom, and what is told of it.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import sys
import weakref
from typing import Any

import pytest

from supaopt.contrib import rate_limit
from supaopt.contrib.rate_limit import (
    AsyncRateLimiter,
    RateLimit,
    RateLimiter,
    Verdict,
    Visit,
    Window,
)
from supaopt.contrib.rate_limit._quota import Use
from supaopt.errors import ConfigError, MissingExtraError

TWICE = RateLimit("2/hour", by=["address"])
ME = Visit(peer="203.0.113.7")
OTHER = Visit(peer="203.0.113.8")


class Clock:
    """Seconds that only a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Counter:
    """A limiter of either colour."""

    def __init__(self, colour: str) -> None:
        self.kind: Any = {"sync": RateLimiter, "async": AsyncRateLimiter}[colour]
        self.made = self.kind()

    def make(self, *args: Any, **options: Any) -> None:
        self.made = self.kind(*args, **options)

    def admit(self, limit: RateLimit, visit: Visit) -> Verdict:
        return self._finish(self.made.admit(limit, visit))

    def hit(self, limit: RateLimit, *parts: str) -> Verdict:
        return self._finish(self.made.hit(limit, *parts))

    @staticmethod
    async def wait(verdict: Any) -> Verdict:
        found: Verdict = await verdict
        return found

    def _finish(self, verdict: Any) -> Verdict:
        async def wait() -> Any:
            async with self.made:
                return await verdict

        found: Verdict = asyncio.run(wait()) if inspect.isawaitable(verdict) else verdict
        return found


@pytest.fixture(name="counter", params=["sync", "async"])
def _counter(request: pytest.FixtureRequest) -> Counter:
    return Counter(request.param)


def test_each_caller_has_an_allowance_of_their_own(counter: Counter) -> None:
    """Who has used up theirs is refused, and nobody else is."""
    assert [True, True, False] == [counter.admit(TWICE, ME).allowed for _ in range(3)]
    assert counter.admit(TWICE, OTHER).allowed


@pytest.mark.parametrize(
    ("visit", "told"),
    [
        (Visit(), ["no caller's address is known"]),
        (Visit(peer="10.0.0.1", forwarded=("203.0.113.7",)), ["10.0.0.1 sends X-Forwarded-For"]),
        (Visit(peer="8.8.8.8", forwarded=("203.0.113.7",)), []),
        (Visit(peer="10.0.0.1"), []),
        (Visit(user="ada"), []),
    ],
)
def test_callers_who_share_a_count_unmeant_are_told_of_once(
    counter: Counter, visit: Visit, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy that nobody told of makes all callers one, which the log says once."""
    for _ in range(3):
        counter.admit(RateLimit("9/hour"), visit)
    assert len(told) == len(caplog.messages)
    assert all(start in text for start, text in zip(told, caplog.messages, strict=True))


def test_users_count_apart_wherever_they_are(counter: Counter) -> None:
    """A user keeps their count from other addresses; strangers count by address."""
    limit = RateLimit("1/hour")
    visits = [
        Visit(user="ada", peer="203.0.113.7"),
        Visit(user="ada", peer="203.0.113.8"),
        Visit(user="bob", peer="203.0.113.7"),
        Visit(peer="203.0.113.7"),
        Visit(peer="203.0.113.7"),
    ]
    expected = [True, False, True, True, False]
    assert expected == [counter.admit(limit, visit).allowed for visit in visits]


def test_attack_no_user_has_the_count_of_an_address(counter: Counter) -> None:
    """An id that reads like an address or another part shares nobody's count."""
    limit = RateLimit("1/hour", by=["user", "route"])
    visits = [
        Visit(peer="203.0.113.7", route="/a"),
        Visit(user="203.0.113.7", route="/a"),
        Visit(user="address 203.0.113.7", route="/a"),
        Visit(user='203.0.113.7", "route /a', route=""),
    ]
    assert [True] * 4 == [counter.admit(limit, visit).allowed for visit in visits]


def test_routes_count_apart_if_said(counter: Counter) -> None:
    """By route, one route's count is not another's."""
    limit = RateLimit("1/hour", by=["address", "route"])
    visits = [Visit(peer="203.0.113.7", route=route) for route in ("/a", "/b", "/a")]
    assert [True, True, False] == [counter.admit(limit, visit).allowed for visit in visits]
    with pytest.raises(ConfigError, match="limit the route itself"):
        counter.admit(limit, ME)


def test_limits_of_other_names_count_apart(counter: Counter) -> None:
    """Two limits share a count only under one name."""
    other = RateLimit("2/hour", by=["address"], name="other")
    counts = [counter.admit(limit, ME).windows[0].remaining for limit in (TWICE, other, TWICE)]
    assert [1, 1, 0] == counts


def test_anything_can_be_counted(counter: Counter) -> None:
    """What a program names itself, such as the address that signs in, has its own count."""
    limit = RateLimit("1/hour", name="sign-in")
    allowed = [counter.hit(limit, email).allowed for email in ("a@b.c", "a@b.c", "d@e.f")]
    assert [True, False, True] == allowed


def test_attack_no_parts_read_as_others(counter: Counter) -> None:
    """What is put together from a caller's own words is no other count, wherever it is cut."""
    limit = RateLimit("1/hour", name="sign-in")
    parts = [("ab", "c"), ("a", "bc"), ("abc",), ('a","bc',), ("abc", "")]
    assert [True] * 5 == [counter.hit(limit, *each).allowed for each in parts]


def test_attack_a_part_that_is_no_text_is_counted_too(counter: Counter) -> None:
    """Half a character, which JSON can bring, is a part like any other."""
    limit = RateLimit("1/hour", name="sign-in")
    allowed = [counter.hit(limit, part).allowed for part in ("\ud800", "\ud800", "\ud801")]
    assert [True, False, True] == allowed


def test_a_stranger_has_two_counts_under_two_limits(counter: Counter) -> None:
    """A limit by user and one by address do not count one request twice."""
    by_user, by_address = (RateLimit("2/hour", by=[by]) for by in ("user", "address"))  # type: ignore[list-item]
    verdicts = [counter.admit(limit, ME).allowed for limit in (by_user, by_address) * 2]
    assert [True] * 4 == verdicts


def test_event_loops_that_have_ended_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limiter that is used on ever new event loops keeps the connections of none that ended."""
    made = []

    class Connected:
        """Counts that hold their event loop, as connections do."""

        def __init__(self, _url: str) -> None:
            self.loop: Any = None
            made.append(weakref.ref(self))

        async def hit(self, _key: str, _quotas: Any) -> tuple[bool, list[Use]]:
            self.loop = asyncio.get_running_loop()
            return True, [Use(1, 0)]

    monkeypatch.setattr("supaopt.contrib.rate_limit._redis.AsyncRedisCounts", Connected)
    later = AsyncRateLimiter("redis://host")
    for _ in range(4):
        asyncio.run(Counter.wait(later.hit(TWICE, "me")))
    gc.collect()
    assert 1 == sum(each() is not None for each in made)


def test_attack_no_moment_lets_the_worth_of_two_windows_through(counter: Counter) -> None:
    """Wherever a clock's hour ends, less than an hour after one there is no other."""
    clock = Clock()
    clock.now = 3599.9
    counter.make(clock=clock)
    limit = RateLimit("1/hour")
    first = counter.hit(limit, "me").allowed
    clock.now = 3600.1
    second = counter.hit(limit, "me")
    clock.now = 3600.0 + 3600.0
    assert (True, False, True) == (first, second.allowed, counter.hit(limit, "me").allowed)
    assert "3600" == second.headers["retry-after"]


def test_what_one_window_refuses_counts_in_none(counter: Counter) -> None:
    """Who has used up the hour keeps the second's allowance, and is told when the hour is over."""
    limit = RateLimit("2/second; 1/hour", by=["address"])
    refused = [counter.admit(limit, ME) for _ in range(3)][-1]
    assert [1, 0] == [window.remaining for window in refused.windows]
    assert ["default-3600s"] == refused.problem().members["violated-policies"]


def test_attack_a_forged_header_wins_no_new_count(counter: Counter) -> None:
    """Whatever X-Forwarded-For a caller sends, they stay one caller."""
    forged = [Visit(peer="203.0.113.7", forwarded=(f"6.6.6.{n}",)) for n in range(3)]
    assert [True, True, False] == [counter.admit(TWICE, visit).allowed for visit in forged]
    counter.make(trusted_hops=1)
    behind = [Visit(peer="10.0.0.1", forwarded=(f"6.6.6.{n}, 203.0.113.7",)) for n in range(3)]
    assert [True, True, False] == [counter.admit(TWICE, visit).allowed for visit in behind]


def test_who_hammers_uses_up_nothing_of_a_longer_allowance(counter: Counter) -> None:
    """What a short window refuses does not count in a long one."""
    limit = RateLimit("3/day; 1/hour", by=["address"])
    verdicts = [counter.admit(limit, ME) for _ in range(5)]
    assert [True, *[False] * 4] == [verdict.allowed for verdict in verdicts]
    assert [3600, 86_400] == [window.seconds for window in verdicts[0].windows]
    assert 2 == verdicts[0].windows[1].remaining
    assert 1 == counter.admit(RateLimit("3/day", by=["address"]), ME).windows[0].remaining


def test_answers_tell_of_the_limit() -> None:
    """Headers are those of the IETF's draft; who is refused learns when to come back."""
    passed = Verdict(allowed=True, name="api", windows=(Window(100, 60, 42, 12.1),))
    assert {
        "ratelimit-policy": '"api";q=100;w=60',
        "ratelimit": '"api";r=42;t=13',
    } == passed.headers
    refused = Verdict(
        allowed=False, name="api", windows=(Window(10, 1, 3, 0.5), Window(100, 60, 0, 29.2))
    )
    assert {
        "ratelimit-policy": '"api-1s";q=10;w=1, "api-60s";q=100;w=60',
        "ratelimit": '"api-1s";r=3;t=1, "api-60s";r=0;t=30',
        "retry-after": "30",
    } == refused.headers
    problem = refused.problem()
    assert (429, "rate_limited") == (problem.status, problem.members["code"])
    assert ["api-60s"] == problem.members["violated-policies"]
    assert "no-store" == problem.headers["cache-control"]
    at_once = Verdict(allowed=False, name="api", windows=(Window(1, 1, 0, 0.0),))
    assert "1" == at_once.headers["retry-after"]


@pytest.mark.parametrize(
    ("choice", "allowed", "status"),
    [
        ("local", [True, True, False], [200, 200, 429]),
        ("open", [True, True, True], [200, 200, 200]),
        ("closed", [False, False, False], [503, 503, 503]),
    ],
)
def test_an_outage_is_decided_as_said_and_told_once(
    choice: Any,
    allowed: list[bool],
    status: list[int],
    counter: Counter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without Redis, requests are counted here, let through or refused; none fails."""
    caplog.set_level(logging.INFO)
    counter.make("redis://:secret@127.0.0.1:1/0", on_outage=choice)
    verdicts = [counter.admit(TWICE, ME) for _ in range(3)]
    assert (allowed, status) == ([v.allowed for v in verdicts], [v.status for v in verdicts])
    assert 1 == len(caplog.records)
    assert "secret" not in caplog.text
    if choice == "closed":
        assert {"retry-after": "5"} == verdicts[0].headers
        assert "rate_limit_unavailable" == verdicts[0].problem().members["code"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"redis": "http://user:secret@host"}, r"redis is no URL \('http'\)"),
        ({"redis": "redis://:se/secret@host:x"}, r"redis is no URL \('redis'\)"),
        ({"redis": "secret"}, r"redis is no URL \(str\)"),
        ({"redis": 7}, r"redis is no URL \(int\)"),
        ({"on_outage": "maybe"}, "on_outage 'maybe' is none of local, open, closed"),
        ({"trusted_hops": -1}, "trusted_hops -1 must be"),
        ({"trusted_hops": True}, "trusted_hops True must be"),
        ({"trusted_hops": "1"}, "trusted_hops '1' must be"),
        ({"trusted_hops": 1.0}, "trusted_hops 1.0 must be"),
    ],
)
def test_wrong_settings_are_refused(counter: Counter, options: Any, message: str) -> None:
    """A setting that cannot be meant is named, passwords apart."""
    with pytest.raises(ConfigError, match=message) as caught:
        counter.make(**options)
    assert "secret" not in str(caught.value)
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_redis_is_an_extra(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without redis-py the process counts, and who names a Redis is told what to install."""
    monkeypatch.delattr(rate_limit, "_redis", raising=False)
    monkeypatch.delitem(sys.modules, "supaopt.contrib.rate_limit._redis", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    assert counter.hit(TWICE, "me").allowed
    with pytest.raises(MissingExtraError, match=r"supaopt\[redis\]"):
        counter.make("redis://host")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allowance": "often"}, "allowance 'often' cannot be read"),
        ({"allowance": 7}, "allowance 7 cannot be read"),
        ({"allowance": "0/minute"}, "lets nobody through"),
        ({"allowance": "10/minute, 100/hour"}, "cannot be read"),
        ({"allowance": "10/month"}, "'month' has no fixed length"),
        ({"allowance": "10/0 seconds"}, "must be above zero"),
        ({"allowance": "1/minute", "by": "user"}, "by 'user' must be a list"),
        ({"allowance": "1/minute", "by": ["ip"]}, "must be a list of user, address, route"),
        ({"allowance": "1/minute", "name": 'a"\r\nb'}, "of a limit must be"),
    ],
)
def test_wrong_limits_are_refused(options: Any, message: str) -> None:
    """A limit that cannot be meant, or would break out of its header, is named."""
    with pytest.raises(ConfigError, match=message):
        RateLimit(**options)
