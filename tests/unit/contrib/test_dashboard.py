"""
The dashboard: who sees it, what it shows, what it never does.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from supaopt.auth import any_of
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    CacheConfig,
    CacheEvent,
    CacheMetrics,
    CacheShare,
    CacheTally,
    DatabaseCacheManager,
)
from supaopt.contrib.dashboard import CacheDashboard, signed_in
from supaopt.errors import ConfigError

Headers = Callable[..., dict[str, str]]

HOSTILE = (
    "<script>owned()</script>",
    "\"'><img src=x onerror=owned()>",
    "</td></table></main><iframe src=//evil.example>",
    "$title ${data} {{7*7}}",
    "\u202egnp.exe",
    "line\nbreak\x00",
    "&lt;b&gt;",
)


@pytest.fixture(name="cache")
def _cache(database: Any, tally: CacheTally) -> DatabaseCacheManager:
    return DatabaseCacheManager(database, on_event=tally)


@pytest.fixture(name="app")
def _app(cache: DatabaseCacheManager, tally: CacheTally) -> CacheDashboard:
    app = CacheDashboard(cache, tally, allow=lambda _: True, patience=10)
    app._readings._every = 0.0  # so that each request asks
    return app


def _ask(app: Any, path: str = "/", method: str = "GET", **options: Any) -> httpx.Response:
    """Send one request over ASGI."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, root_path=options.pop("root_path", ""))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)


@pytest.mark.parametrize("path", ["/", "/data", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_nobody_is_let_in_by_default(
    path: str, method: str, cache: DatabaseCacheManager, tally: CacheTally
) -> None:
    """Without an `allow` every request is refused, and none is told what there would be."""
    answer = _ask(CacheDashboard(cache, tally), path, method)
    expected = "" if method == "HEAD" else "forbidden"
    assert (403, expected) == (answer.status_code, answer.text)


def test_a_dashboard_that_answers_nobody_says_so(
    cache: DatabaseCacheManager, tally: CacheTally, caplog: pytest.LogCaptureFixture
) -> None:
    """Who forgets `allow` reads the reason in the log."""
    CacheDashboard(cache, tally)
    assert ["the cache's dashboard answers nobody: it was given no `allow`"] == [
        record.message for record in caplog.records
    ]


@pytest.mark.parametrize("said", [False, None, 0, 1, "yes", object(), [True]])
@pytest.mark.parametrize("awaited", [False, True])
def test_only_true_lets_in(
    said: Any, cache: DatabaseCacheManager, tally: CacheTally, *, awaited: bool
) -> None:
    """What is merely not empty lets nobody in."""

    async def later(_: Any) -> Any:
        return said

    app = CacheDashboard(cache, tally, allow=later if awaited else lambda _: said)
    assert [403, 403] == [_ask(app, path).status_code for path in ("/", "/data")]


def test_an_allow_may_be_awaited(cache: DatabaseCacheManager, tally: CacheTally) -> None:
    """An asynchronous `allow` is asked with the request's scope."""

    async def allow(scope: Any) -> bool:
        return (b"x-key", b"right") in scope["headers"]

    app = CacheDashboard(cache, tally, allow=allow)
    sent: list[dict[str, str]] = [{}, {"x-key": "wrong"}, {"x-key": "right"}]
    assert [403, 403, 200] == [_ask(app, headers=headers).status_code for headers in sent]


def test_an_allow_that_fails_lets_nobody_in(
    cache: DatabaseCacheManager, tally: CacheTally, caplog: pytest.LogCaptureFixture
) -> None:
    """An error while judging is a refusal and a line in the log, whose text no caller sees."""

    def allow(_: Any) -> bool:
        raise RuntimeError("the password is hunter2")

    answer = _ask(CacheDashboard(cache, tally, allow=allow))
    assert (403, "forbidden") == (answer.status_code, answer.text)
    assert "`allow` raised" in caplog.text


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("student", 403), (None, 403), ("nobody", 401)]
)
def test_a_guard_of_auth_decides(
    role: str | None,
    status: int,
    *,
    cache: DatabaseCacheManager,
    tally: CacheTally,
    async_auth: Any,
    headers_of: Headers,
) -> None:
    """With `signed_in` the guards let in, and refusals are answered as by every route."""
    app = CacheDashboard(cache, tally, allow=signed_in(async_auth, any_of("admin")))
    answer = _ask(app, "/data", headers={} if role == "nobody" else headers_of(role))
    kind = "application/json" if status == 200 else "application/problem+json"
    assert (status, kind) == (answer.status_code, answer.headers["content-type"])
    assert (status == 401) == (answer.headers.get("www-authenticate") == "Bearer")


def test_a_guard_is_asked_for(async_auth: Any, sync_auth: Any) -> None:
    """A dashboard for every user who signs in, or behind a guard nobody awaits, is refused."""
    with pytest.raises(ConfigError, match="without a guard every user"):
        signed_in(async_auth)
    with pytest.raises(ConfigError, match="the dashboard takes AsyncSupabaseAuth"):
        signed_in(sync_auth, any_of("admin"))


def test_reads_are_shown_by_tier(
    app: CacheDashboard, cache: DatabaseCacheManager, tally: CacheTally
) -> None:
    """The parts of the tiers and of computations are those of what happened."""
    for _ in range(4):
        cache.get_cached_data("key", lambda: 1)
    for _ in range(4):
        tally.hit("process", "key")
    process = _ask(app, "/data").json()["process"]
    rates = {each["tier"]: each["rate"] for each in process["tiers"]}
    assert {"process": 0.5, "redis": 0, "database": 0.375} == rates
    assert (8, 1, 0.875) == (process["reads"], process["computed"], process["hit_rate"])
    text = _ask(app).text
    assert {"87.5 %", "of 8 reads"} <= set(Page(text).texts)


def test_the_databases_figures_are_shown(app: CacheDashboard, database: Any) -> None:
    """Entries, sizes, the log and the heaviest tags first are in both forms."""
    database.figures = CacheMetrics(
        total_entries=1200,
        expired_entries=200,
        bytes=5_600_000,
        log_rows=4321,
        by_tag={"light": CacheShare(bytes=1), "heavy": CacheShare(entries=3, hits=4, bytes=9)},
        by_scope={"user": CacheShare(entries=7, bytes=70)},
    )
    shown = _ask(app, "/data").json()["database"]
    assert (1200, 200, 5_600_000, 4321) == tuple(
        shown[name] for name in ("entries", "expired", "bytes", "log_rows")
    )
    assert ["heavy", "light"] == [tag["name"] for tag in shown["tags"]]
    assert [{"name": "user", "entries": 7, "hits": 0, "bytes": 70}] == shown["scopes"]
    texts = Page(_ask(app).text).texts
    assert {"1,200", "5.6 MB", "4,321", "heavy", "user"} <= set(texts)


def test_problems_are_shown_newest_first(app: CacheDashboard, tally: CacheTally) -> None:
    """Errors, refusals and old answers are listed with what they met."""
    tally(CacheEvent(kind="refused", tier="database", key="first"))
    tally(CacheEvent(kind="error", tier="redis", key="second", error=TimeoutError()))
    found = _ask(app, "/data").json()["problems"]
    expected = [
        ("error", "redis", "second", "TimeoutError"),
        ("refused", "database", "first", None),
    ]
    assert expected == [tuple(each[n] for n in ("kind", "tier", "key", "error")) for each in found]
    assert {"second", "TimeoutError"} <= set(Page(_ask(app).text).texts)


def test_a_cache_that_nobody_has_read_is_shown(app: CacheDashboard) -> None:
    """Before the first read there are no rates, and nothing divides by zero."""
    assert None is _ask(app, "/data").json()["process"]["hit_rate"]
    assert "No reads yet." in Page(_ask(app).text).texts


def test_a_database_that_is_down_is_told(
    app: CacheDashboard, cache: DatabaseCacheManager, database: Any
) -> None:
    """The last known figures stay, with a notice that says from when they are."""
    cache.get_cached_data("key", lambda: 1)
    before = _ask(app, "/data").json()
    database.broken = True
    after = _ask(app, "/data").json()
    assert (True, False) == (before["database_up"], after["database_up"])
    assert before["database"] == after["database"]
    assert re.search("does not answer. Its figures are from [0-9:]{8} UTC", _ask(app).text)


def test_a_database_that_hangs_holds_up_no_page(
    cache: DatabaseCacheManager, tally: CacheTally, database: Any
) -> None:
    """Before anything is known, and without an answer, there is a page."""
    database.goes_on.clear()
    app = CacheDashboard(cache, tally, allow=lambda _: True, patience=0.01)
    answer = _ask(app)
    assert 200 == answer.status_code
    assert "The database does not answer." in Page(answer.text).texts


def test_an_async_manager_is_shown(database: Any) -> None:
    """A manager of the other colour is awaited."""
    tally = CacheTally()
    cache = AsyncDatabaseCacheManager(database, on_event=tally)
    app = CacheDashboard(cache, tally, allow=lambda _: True, patience=10)
    assert True is _ask(app, "/data").json()["database_up"]


def test_viewers_share_the_databases_answer(
    cache: DatabaseCacheManager, tally: CacheTally, database: Any
) -> None:
    """The database, which reads every entry to answer, is not asked for each viewer."""
    app = CacheDashboard(cache, tally, allow=lambda _: True, every="1 hour")
    for path in ("/", "/data", "/"):
        _ask(app, path)
    assert 1 == database.asked


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_tags_and_keys_are_text(
    text: str, app: CacheDashboard, database: Any, tally: CacheTally
) -> None:
    """Whatever tags, keys and scopes are called, the page has the elements that it has."""
    share = CacheShare(entries=1, hits=1, bytes=1)

    def shown(name: str) -> Page:
        database.figures = CacheMetrics(by_tag={name: share}, by_scope={name: share})
        for kind in ("error", "refused"):
            tally(CacheEvent(kind=kind, tier="database", key=name))  # type: ignore[arg-type]
        return Page(_ask(app).text)

    harmless = shown("products")
    tally._problems.clear()
    hostile = shown(text)
    assert (harmless.elements, harmless.attributes) == (hostile.elements, hostile.attributes)
    assert not {"\x00", "\u202e"} & set("".join(hostile.texts))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_no_markup_in_json(
    text: str, app: CacheDashboard, database: Any, tally: CacheTally
) -> None:
    """The JSON holds names as they are, and nothing that a reader of it takes for markup."""
    database.figures = CacheMetrics(by_tag={text: CacheShare()})
    tally(CacheEvent(kind="error", tier="database", key=text))
    answer = _ask(app, "/data")
    assert (text, text) == (
        answer.json()["database"]["tags"][0]["name"],
        answer.json()["problems"][0]["key"],
    )
    assert (False, True) == ("<" in answer.text, answer.text.isascii())


def test_a_title_is_text_too(cache: DatabaseCacheManager, tally: CacheTally) -> None:
    """A heading with markup in it stays a heading."""
    app = CacheDashboard(cache, tally, allow=lambda _: True, title="<b>$data</b>")
    assert "b" not in Page(_ask(app).text).elements
    assert "&lt;b&gt;$data&lt;/b&gt;" in _ask(app).text


@pytest.mark.parametrize("path", ["/", "/data"])
def test_no_answer_and_no_text_of_an_error_is_shown(
    path: str, app: CacheDashboard, cache: DatabaseCacheManager, tally: CacheTally
) -> None:
    """Cached data never appear, nor what an exception says of them."""
    cache.get_cached_data("key", lambda: "secret-value", CacheConfig(60, ["products"]))
    error = ValueError("secret-value is not a number")
    tally(CacheEvent(kind="error", tier="refresh", key="key", error=error))
    assert "secret-value" not in _ask(app, path).text


@pytest.mark.parametrize("path", ["/", "/data"])
def test_keys_can_be_left_out(path: str, cache: DatabaseCacheManager, tally: CacheTally) -> None:
    """Where keys name people, they are not shown."""
    tally(CacheEvent(kind="refused", tier="database", key="student:ada"))
    app = CacheDashboard(cache, tally, allow=lambda _: True, show_keys=False)
    answer = _ask(app, path)
    assert (True, False) == ("refused" in answer.text, "student:ada" in answer.text)


def test_the_page_runs_its_own_script_alone(app: CacheDashboard) -> None:
    """The policy names this script and this style by their hashes, and nothing else."""
    answer = _ask(app)
    policy = answer.headers["content-security-policy"]
    for kind in ("script", "style"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_needs_nothing_from_elsewhere(app: CacheDashboard) -> None:
    """No address of another host is in it, so it works without a network."""
    assert [] == re.findall(r"(?:https?:)?//[a-z][^\s\"']*", _ask(app).text)


@pytest.mark.parametrize("path", ["/", "/data", "/nothing"])
def test_answers_are_kept_by_nobody(path: str, app: CacheDashboard) -> None:
    """No cache stores what is shown, no other site frames or embeds it."""
    headers = _ask(app, path).headers
    assert ("no-store", "nosniff", "DENY", "same-origin", "no-referrer") == tuple(
        headers[name]
        for name in (
            "cache-control",
            "x-content-type-options",
            "x-frame-options",
            "cross-origin-resource-policy",
            "referrer-policy",
        )
    )
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("HEAD", "/", 200), ("POST", "/", 405), ("DELETE", "/data", 405), ("GET", "/x", 404)],
)
def test_it_is_only_read(method: str, path: str, status: int, app: CacheDashboard) -> None:
    """There are two resources to get, and nothing to change."""
    answer = _ask(app, path, method)
    assert (status, status == 405) == (answer.status_code, "allow" in answer.headers)


def test_head_has_no_body(app: CacheDashboard) -> None:
    """Its headers are those of the page."""
    answer = _ask(app, method="HEAD")
    assert (b"", True) == (answer.content, int(answer.headers["content-length"]) > 1000)


def _starlette(app: Any) -> Any:
    return Starlette(routes=[Mount("/ops/cache", app)])


def _fastapi(app: Any) -> Any:
    api = FastAPI()
    api.mount("/ops/cache", app)
    return api


@pytest.mark.parametrize("make", [_starlette, _fastapi])
def test_it_can_be_mounted(make: Callable[[Any], Any], app: CacheDashboard) -> None:
    """Below another app's path the page and its data are found."""
    client = TestClient(make(app))
    page, data = client.get("/ops/cache"), client.get("/ops/cache/data")
    assert ([200, 200], "/ops/cache/") == ([page.status_code, data.status_code], page.url.path)
    assert 404 == client.get("/ops/cache/ops/cache/data").status_code


@pytest.mark.parametrize(
    ("path", "link"), [("/ops/cache", "cache/data"), ("/ops/cache/", "data"), ("/", "data")]
)
def test_the_link_to_the_data_holds_at_every_place(
    path: str, link: str, app: CacheDashboard
) -> None:
    """With the mount in the path or taken off it, with a slash or without."""
    answer = _ask(app, path, root_path="/ops/cache")
    assert (200, True) == (answer.status_code, f'href="{link}"' in answer.text)


def test_a_path_that_only_begins_alike_is_not_ours(app: CacheDashboard) -> None:
    """A mount's name is taken off as a whole."""
    assert 404 == _ask(app, "/ops/cachedata", root_path="/ops/cache").status_code


def test_websockets_are_closed(app: CacheDashboard) -> None:
    """There is none to talk to."""
    with pytest.raises(WebSocketDisconnect) as caught, TestClient(app).websocket_connect("/"):
        pass
    assert 1008 == caught.value.code


def test_it_can_be_served_alone(app: CacheDashboard) -> None:
    """A server that starts and ends it gets its answers."""
    with TestClient(app) as client:
        assert 200 == client.get("/data").status_code


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tally": []}, "tally is a list; pass the CacheTally"),
        ({"cache": None}, "cache is a NoneType; pass the DatabaseCacheManager"),
        ({"allow": True}, "allow is a bool; pass a function"),
        ({"refresh": 0}, "refresh 0 must be above zero"),
    ],
)
def test_wrong_arguments_are_named(
    wrong: dict[str, Any], message: str, cache: DatabaseCacheManager, tally: CacheTally
) -> None:
    """What cannot be meant is refused where it is written; `allow=True` above all."""
    arguments: dict[str, Any] = {"cache": cache, "tally": tally, **wrong}
    with pytest.raises(ConfigError, match=message):
        CacheDashboard(**arguments)


@pytest.mark.parametrize("name", ["javascript:owned()", "a?b", "a#b", "50%25"])
def test_attack_a_mounts_name_makes_no_other_link(app: CacheDashboard, name: str) -> None:
    """Where a mount's name is a path's parameter, and so a caller's, the link is below it."""

    async def page() -> str:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        root = f"/{name}"
        scope = {"type": "http", "method": "GET", "path": root, "root_path": root, "headers": []}
        await app(scope, _never, send)
        return str(sent[1]["body"].decode())

    [link] = re.findall(r'<a href="([^"]*)">', asyncio.run(page()))
    assert f"/{name}/data" == unquote(urlsplit(urljoin("http://test/", link)).path)


async def _never() -> Any:
    raise AssertionError
