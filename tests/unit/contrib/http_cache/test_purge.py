"""
Telling a CDN to purge, and following the database to know what.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import threading
import traceback
from typing import Any

import httpx
import pytest

from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheInvalidationHooks,
    DatabaseCacheManager,
    Entry,
    MemoryStore,
    RealtimeChanges,
)
from supaopt.contrib.http_cache import (
    AsyncEdgeFollower,
    AsyncEdgePurge,
    Cloudflare,
    EdgeAnswer,
    EdgeFollower,
    EdgePolicy,
    EdgePurge,
    Fastly,
    Vercel,
    edge_answer,
)
from supaopt.contrib.http_cache._backlog import MOST_WAITING, Backlog
from supaopt.contrib.http_cache._tags import ALL, purge_tags
from supaopt.errors import ConfigError, RequestError, RequestTimeoutError, ResponseError

TOKEN = "very-secret-token"
CDNS = [
    Cloudflare("0123456789abcdef", TOKEN),
    Fastly("SU1Z0isxPaozGVKXdv0eY", TOKEN),
    Vercel("shop", TOKEN, team="team_1"),
]
PUBLIC = EdgePolicy("everybody")
GET: Any = {"method": "GET", "headers": []}


def _answer(*tags: str) -> EdgeAnswer:
    return edge_answer(GET, Entry(value=1, tags=tags, left=300.0), PUBLIC)


class Edge:
    """A CDN: it keeps what may be kept, and purges by tag."""

    def __init__(self) -> None:
        self.copies: dict[str, Any] = {}
        self.purges: list[list[str]] = []
        self.requests: list[httpx.Request] = []
        self.status = 200

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.status != 200:
            return httpx.Response(self.status, headers={"location": "https://evil.example/"})
        self.purges.append(json.loads(request.content)["surrogate_keys"])
        for path, copy in list(self.copies.items()):
            if set(copy.headers["surrogate-key"].split(" ")) & set(self.purges[-1]):
                del self.copies[path]
        return httpx.Response(200)

    def keep(self, path: str, sent: Any) -> None:
        if "no-store" not in sent.headers["surrogate-control"]:
            self.copies[path] = sent


class Clock:
    """Seconds that only a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Follow:
    """A follower of either colour, on a store and a CDN that a test decides about."""

    def __init__(self, colour: str, **options: Any) -> None:
        self.store = MemoryStore()
        self.edge = Edge()
        self.clock = Clock()
        transport = httpx.MockTransport(self.edge.handle)
        options = {"settle": 5, "clock": self.clock} | options
        if colour == "sync":
            purge = EdgePurge(Fastly("service", TOKEN), client=httpx.Client(transport=transport))
            self.follower: Any = EdgeFollower(self.store, purge, **options)
        else:
            aclient = httpx.AsyncClient(transport=transport)
            apurge = AsyncEdgePurge(Fastly("service", TOKEN), client=aclient)
            self.follower = AsyncEdgeFollower(self.store, apurge, **options)

    def poll(self, seconds: float = 0) -> list[list[str]]:
        """Poll once, some time later; return what was purged."""
        self.clock.now += seconds
        before = len(self.edge.purges)
        polled = self.follower.poll_changes()
        if inspect.isawaitable(polled):
            asyncio.run(_wait(polled))
        return self.edge.purges[before:]

    def write(self, *tags: str) -> None:
        """Commit a write."""
        with self.store.begin() as transaction:
            transaction.touch(tags)


async def _wait(polled: Any) -> None:
    await polled


@pytest.fixture(name="follow", params=["sync", "async"])
def _follow(request: pytest.FixtureRequest) -> Follow:
    follow = Follow(request.param)
    follow.poll()
    follow.poll(10)
    return follow


@pytest.mark.parametrize(
    ("cdn", "url", "header", "member", "batch"),
    [
        (
            CDNS[0],
            "https://api.cloudflare.com/client/v4/zones/0123456789abcdef/purge_cache",
            ("authorization", f"Bearer {TOKEN}"),
            "tags",
            30,
        ),
        (
            CDNS[1],
            "https://api.fastly.com/service/SU1Z0isxPaozGVKXdv0eY/purge",
            ("fastly-key", TOKEN),
            "surrogate_keys",
            256,
        ),
        (
            CDNS[2],
            (
                "https://api.vercel.com/v1/edge-cache/dangerously-delete-by-tags"
                "?projectIdOrName=shop&teamId=team_1"
            ),
            ("authorization", f"Bearer {TOKEN}"),
            "tags",
            16,
        ),
    ],
)
def test_each_cdn_is_told_in_its_own_way(
    cdn: Any, url: str, header: tuple[str, str], member: str, batch: int
) -> None:
    """Tags go in batches that the CDN takes, none twice and none missed."""
    names = [f"{number:016x}" for number in range(batch + 1)]
    calls = list(cdn.calls(names))
    assert [url, url] == [call.url for call in calls]
    assert [names[:batch], names[batch:]] == [json.loads(call.content)[member] for call in calls]
    assert header[1] == calls[0].headers[header[0]]


@pytest.mark.parametrize("cdn", CDNS)
def test_no_repr_holds_a_token(cdn: Any) -> None:
    """What is logged by accident is no secret."""
    with EdgePurge(cdn) as edge:
        shown = [repr(cdn), repr(list(cdn.calls(["a"]))), repr(edge), repr(edge.after(None))]  # type: ignore[arg-type]
    assert [] == [text for text in shown if TOKEN in text]


@pytest.mark.parametrize("status", [302, 400, 403, 429, 500])
def test_attack_no_error_or_log_holds_a_token(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal, a redirect to elsewhere and an outage tell nobody the token."""
    caplog.set_level(logging.DEBUG)
    seen: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, headers={"location": "https://evil.example/"})

    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(f"with {request.headers}", request=request)

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"with {request.headers}", request=request)

    shown = []
    for answer, kind in (
        (refuse, ResponseError),
        (hang, RequestTimeoutError),
        (fail, RequestError),
    ):
        client = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True)
        with pytest.raises(kind) as caught:
            EdgePurge(CDNS[1], client=client).purge(["products"])
        shown.append("".join(traceback.format_exception(caught.value)))
        assert (None, None) == (caught.value.__cause__, caught.value.__context__)
    assert ["api.fastly.com"] == [request.url.host for request in seen]
    assert TOKEN not in "".join(shown) + caplog.text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cloudflare("../user", TOKEN), "zone '../user' is no id"),
        (lambda: Fastly("a?b=c", TOKEN), "service .* is no id"),
        (lambda: Vercel("p&target=x", TOKEN), "project .* is no id"),
        (lambda: Vercel("p", TOKEN, team=".."), "team .* is no id"),
        (lambda: Cloudflare("a", f"{TOKEN}\r\nX: y"), "token is empty or holds spaces"),
        (lambda: Cloudflare("a", ""), "token is empty"),
    ],
)
def test_wrong_settings_are_refused_without_telling_the_token(make: Any, message: str) -> None:
    """What would send the token elsewhere or break its header is refused when it is set."""
    with pytest.raises(ConfigError, match=message) as caught:
        make()
    assert TOKEN not in str(caught.value)


def test_an_invalidation_reaches_entry_and_copies() -> None:
    """Hooks on a purging cache end the entry first, then purge; both colours."""
    order: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        order.append("purge")
        assert (
            purge_tags(["products", "product:a0000000-0000-4000-8000-000000000001"])[0]
            in (json.loads(request.content)["tags"])
        )
        return httpx.Response(200)

    class Store(MemoryStore):
        async def invalidate(self, tags: Any, /) -> int:
            order.append("end")
            return await super().invalidate(tags)

    product = "a0000000-0000-4000-8000-000000000001"
    with EdgePurge(CDNS[0], client=httpx.Client(transport=httpx.MockTransport(handle))) as edge:
        cache = edge.after(DatabaseCacheManager(Store()))
        assert 0 == CacheInvalidationHooks(cache).on_product_change(product)
        assert 0 == cache.cleanup_expired_cache()

    async def main() -> int:
        aclient = httpx.AsyncClient(transport=httpx.MockTransport(handle))
        async with AsyncEdgePurge(CDNS[0], client=aclient) as aedge:
            acache = aedge.after(AsyncDatabaseCacheManager(Store()))
            assert 0 == await acache.cleanup_expired_cache()
            return await CacheInvalidationHooks(acache).on_product_change(product)

    assert 0 == asyncio.run(main())
    assert ["end", "purge", "end", "purge"] == order


def test_everything_can_be_purged() -> None:
    """One tag, which every answer carries, purges all."""
    edge = Edge()
    edge.keep("/", _answer())
    client = httpx.Client(transport=httpx.MockTransport(edge.handle))
    EdgePurge(Fastly("service", TOKEN), client=client).purge_everything()

    async def main() -> None:
        aclient = httpx.AsyncClient(transport=httpx.MockTransport(edge.handle))
        await AsyncEdgePurge(Fastly("service", TOKEN), client=aclient).purge_everything()

    asyncio.run(main())
    assert ([[ALL], [ALL]], {}) == (edge.purges, edge.copies)


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_new_follower_begins_with_nothing_kept(colour: str) -> None:
    """What was written while nobody followed is unknown, so everything is purged."""
    follow = Follow(colour)
    assert [[ALL]] == follow.poll()


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_follower_goes_on_where_another_stopped(colour: str) -> None:
    """With its watermark, only what was written since is purged."""
    first = Follow("sync")
    first.poll()
    assert first.follower.watermark is None  # its second purge is still to come
    first.poll(10)
    follow = Follow(colour, after=first.follower.watermark)
    follow.follower._store = first.store
    first.write("products")
    assert [sorted(purge_tags(["products"]))] == follow.poll()


def test_a_write_ends_copies_soon(follow: Follow) -> None:
    """A committed write purges every copy that depends on it, and no other."""
    follow.edge.keep("/products", _answer("products"))
    follow.edge.keep("/students", _answer("students"))
    follow.write("products")
    follow.poll(1)
    assert ["/students"] == list(follow.edge.copies)


def test_a_rollback_purges_nothing(follow: Follow) -> None:
    """A write that never was costs no copy."""
    transaction = follow.store.begin()
    transaction.touch(["products"])
    transaction.rollback()
    assert [] == follow.poll(1)


def test_writes_to_very_many_rows_end_copies_of_each(follow: Follow) -> None:
    """What the log tells by its bulk tag alone purges the answers about single rows."""
    follow.edge.keep("/products/7", _answer("product:7"))
    follow.write("product:*")
    follow.poll(1)
    assert {} == follow.edge.copies


def test_attack_an_answer_under_way_during_the_purge_does_not_stay(follow: Follow) -> None:
    """One computed before the write that arrives after the purge is purged a while later."""
    under_way = _answer("products")
    follow.write("products")
    follow.poll(1)
    follow.edge.keep("/products", under_way)
    follow.poll(1)
    assert ["/products"] == list(follow.edge.copies)
    follow.poll(5)
    assert {} == follow.edge.copies


def test_a_purge_that_fails_is_made_good(follow: Follow, caplog: pytest.LogCaptureFixture) -> None:
    """An outage of the CDN is told once, and what was written meanwhile is purged after it."""
    follow.edge.status = 429
    follow.write("products")
    for _ in range(8):
        assert [] == follow.poll(1)
    follow.write("students")
    asked = len(follow.edge.requests)
    for _ in range(8):
        follow.poll(0.1)
    assert 1 >= len(follow.edge.requests) - asked  # a CDN that refuses is asked less and less
    follow.edge.status = 200
    (purged,) = follow.poll(60)
    assert {*purge_tags(["products", "students"])} == set(purged)
    assert 2 == len(caplog.records)
    assert "may be stale" in caplog.text


def test_a_database_that_fails_is_made_good(follow: Follow) -> None:
    """No write is lost while the database does not answer."""
    changes, follow.store.changes = follow.store.changes, None  # type: ignore[method-assign,assignment]
    follow.write("products")
    assert [] == follow.poll(1)
    follow.store.changes = changes  # type: ignore[method-assign]
    assert [[*purge_tags(["products"])]] == follow.poll(1)


def test_realtime_purges_at_once() -> None:
    """A follower listens to Realtime as a manager does."""
    follow = Follow("async")
    listener = RealtimeChanges(follow.follower, None, ["products"])  # type: ignore[arg-type]

    async def main() -> None:
        listener._on_change(None)
        assert listener._poll is not None
        await listener._poll

    asyncio.run(main())
    assert [[ALL]] == follow.edge.purges


def test_followers_run_until_told_to_stop() -> None:
    """Both loops poll, and end when they are stopped."""
    follow = Follow("sync", poll=0.001)
    stop = threading.Event()
    follow.follower.poll_changes = stop.set
    follow.follower.run(stop)
    later = Follow("async", poll=0.001)

    async def main() -> None:
        polled = asyncio.Event()

        async def poll() -> None:
            polled.set()

        later.follower.poll_changes = poll
        task = asyncio.create_task(later.follower.run())
        await polled.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_very_many_tags_become_one() -> None:
    """Past a limit, one purge of everything replaces thousands, now and the second time."""
    clock = Clock()
    backlog = Backlog(5, clock)
    backlog.add(map(str, range(MOST_WAITING + 1)))
    assert (ALL,) == backlog.due()
    backlog.done([ALL])
    assert () == backlog.due()
    clock.now += 5
    assert (ALL,) == backlog.due()
    backlog.done([ALL])
    assert backlog.empty
