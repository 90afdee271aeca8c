"""
From a cached answer to what is sent.
"""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from supaopt.cache import CacheConfig, Entry
from supaopt.contrib.http_cache import EdgePolicy, edge_answer, edge_tags
from supaopt.contrib.http_cache._tags import ALL, MOST, purge_tags
from supaopt.errors import ConfigError

ENTRY: Entry[Any] = Entry(value=[1], tags=("products", "product:7"), left=300.0)
PUBLIC = EdgePolicy("everybody")
GET: Any = {"method": "GET", "headers": []}
ENTRIES = [
    ENTRY,
    replace(ENTRY, source="database", age=100.0, left=200.0, grace=3600.0),
    replace(ENTRY, source="stale", age=400.0, left=0.0, grace=3500.0),
    replace(ENTRY, left=0.0),
]


def _get(**headers: str) -> Any:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"method": "GET", "headers": pairs}


class Product(BaseModel):
    """An answer that pydantic writes."""

    name: str


def _kept_by_a_cdn(sent: Any) -> bool:
    return (
        "public" in sent.headers["cache-control"] or "no-store" != sent.headers["cdn-cache-control"]
    )


def test_a_public_answer_names_its_tags() -> None:
    """Each CDN finds the tags under its own header, the bulk tags that end them included."""
    sent = edge_answer(GET, ENTRY, PUBLIC)
    names = set(sent.headers["cache-tag"].split(","))
    assert names == set(sent.headers["surrogate-key"].split(" "))
    assert names == set(sent.headers["vercel-cache-tag"].split(","))
    assert {*purge_tags(["products", "product:7", "product:*", "*"])} == names


def test_what_the_caller_has_is_not_sent_again() -> None:
    """A 304 carries what a cache needs to keep its copy, and no content."""
    whole = edge_answer(GET, replace(ENTRY, value=[Product(name="a")]), PUBLIC)
    asked = _get(if_none_match=whole.headers["etag"])
    again = edge_answer(asked, replace(ENTRY, value=whole.body), PUBLIC)
    assert (304, b"") == (again.status, again.body)
    assert {k: v for k, v in whole.headers.items() if k != "content-type"} == again.headers
    changed = edge_answer(asked, replace(ENTRY, value=[]), PUBLIC)
    assert (200, b"[]") == (changed.status, changed.body)


def test_nothing_is_kept_unless_said() -> None:
    """Left alone, an answer is nobody's to keep."""
    sent = edge_answer(GET, ENTRY)
    assert "private, no-store" == sent.headers["cache-control"]
    assert not _kept_by_a_cdn(sent)
    assert "cache-tag" not in sent.headers


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("audience", ["nobody", "browser", "everybody"])
@pytest.mark.parametrize("same_for_all", [False, True])
def test_attack_a_users_answer_never_reaches_a_shared_cache(
    entry: Entry[Any], audience: Any, *, same_for_all: bool
) -> None:
    """Whatever the policy and the entry say, what is somebody's is kept by no CDN."""
    policy = EdgePolicy(audience, browser=30, edge=60, same_for_all=same_for_all)
    sent = edge_answer(GET, entry, policy, caller=object())
    assert not _kept_by_a_cdn(sent)
    assert "stale" not in " ".join(sent.headers.values())
    assert "cache-tag" not in sent.headers


@pytest.mark.parametrize("name", ["Authorization", "cookie", "apikey", "Proxy-Authorization"])
def test_attack_a_request_with_credentials_fills_no_shared_cache(name: str) -> None:
    """A route called public by mistake does not publish what it answers to a signed-in caller."""
    request = {"method": "GET", "headers": [(name.encode(), b"secret")]}
    assert not any(_kept_by_a_cdn(edge_answer(request, entry, PUBLIC)) for entry in ENTRIES)
    said = EdgePolicy("everybody", same_for_all=True)
    assert _kept_by_a_cdn(edge_answer(request, ENTRY, said))


def test_the_next_person_at_a_browser_is_asked_for() -> None:
    """What a browser keeps it keeps by who asked."""
    sent = edge_answer(GET, ENTRY, EdgePolicy("browser", browser=30), caller=object())
    assert {"Authorization", "Cookie"} <= set(sent.headers["vary"].split(", "))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_answers_to_writes_are_kept_by_nobody(method: str) -> None:
    """Only answers to GET and HEAD have a tag, a lifetime and a 304."""
    sent = edge_answer({"method": method, "headers": [(b"if-none-match", b"*")]}, ENTRY, PUBLIC)
    assert (200, "private, no-store") == (sent.status, sent.headers["cache-control"])
    assert "etag" not in sent.headers


def test_too_many_tags_to_name_keep_an_answer_from_cdns() -> None:
    """What could not be purged whole is not kept, rather than kept with some tags."""
    most = [f"product:{number}" for number in range(MOST - 2)]
    few, many = (replace(ENTRY, tags=tuple(tags)) for tags in (most, [*most, "product:x"]))
    assert _kept_by_a_cdn(edge_answer(GET, few, PUBLIC))
    assert not _kept_by_a_cdn(edge_answer(GET, many, PUBLIC))


@given(
    st.lists(st.text(min_size=1, max_size=200).filter(lambda t: not t.endswith("*")), max_size=9)
)
def test_attack_no_tag_breaks_out_of_its_header(tags: list[str]) -> None:
    """Line ends, commas and spaces of a tag make neither a header nor another tag."""
    try:
        entry = replace(ENTRY, tags=CacheConfig(tags=tags).tags)
    except ConfigError:
        return  # NUL and halves of surrogate pairs are no tags at all
    sent = edge_answer(GET, entry, PUBLIC)
    assert re.fullmatch("[0-9a-f]{16}(,[0-9a-f]{16})*", sent.headers["cache-tag"])
    assert re.fullmatch("[0-9a-f]{16}( [0-9a-f]{16})*", sent.headers["surrogate-key"])
    assert ALL in sent.headers["cache-tag"]


def _lifetimes(sent: Any) -> list[int]:
    told = (sent.headers[name] for name in ("cache-control", "cdn-cache-control"))
    return [int(seconds) for each in told for seconds in re.findall(r"max-age=(\d+)", each)]


@given(
    left=st.floats(0, 1e6),
    age=st.none() | st.floats(0, 1e6),
    grace=st.floats(0, 1e6),
    browser=st.floats(0, 1e6),
    edge=st.none() | st.floats(1, 1e6),
    audience=st.sampled_from(["browser", "everybody"]),
)
def test_attack_no_copy_outlives_the_entry(
    *,
    left: float,
    age: float | None,
    grace: float,
    browser: float,
    edge: float | None,
    audience: Any,
) -> None:
    """Whatever the policy wishes, lifetimes end with the entry, whether Age is taken off or not."""
    entry = replace(ENTRY, left=left, age=age, grace=grace)
    sent = edge_answer(GET, entry, EdgePolicy(audience, browser=browser, edge=edge))
    assert all(seconds <= left for seconds in _lifetimes(sent))
    assert "age" not in sent.headers


@pytest.mark.parametrize("audience", ["nobody", "browser", "everybody"])
def test_attack_a_stale_answer_gets_no_new_life(audience: Any) -> None:
    """What was served past its duration is fresh nowhere, and nobody answers with it meanwhile."""
    policy = EdgePolicy(audience, browser="1 day", edge="1 day", stale_while_revalidate="1 day")
    stale = replace(ENTRY, left=0.0, age=400.0, grace=3500.0, source="stale")
    sent = edge_answer(GET, stale, policy)
    assert not any(_lifetimes(sent))
    assert "stale-while-revalidate" not in sent.headers["cdn-cache-control"]
    assert "stale" not in sent.headers["cache-control"]


def test_a_cdn_may_keep_a_stale_answer_for_the_rest_of_its_grace() -> None:
    """When even we fail, it may answer with it, and hears of purges."""
    stale = replace(ENTRY, left=0.0, age=400.0, grace=3500.0, source="stale")
    sent = edge_answer(GET, stale, PUBLIC)
    assert "max-age=0, stale-if-error=3500" == sent.headers["cdn-cache-control"]
    assert "cache-tag" in sent.headers


@pytest.mark.parametrize("source", ["fresh", "stale"])
def test_attack_an_overtaken_answer_is_kept_by_no_cdn(source: Any) -> None:
    """What our own cache does not keep, no purge may end: its write is in the log already."""
    policy = EdgePolicy("everybody", browser="1 day", stale_while_revalidate="1 day")
    sent = edge_answer(GET, replace(ENTRY, left=0.0, source=source), policy)
    assert not _kept_by_a_cdn(sent)
    assert "private, no-store" == sent.headers["cache-control"]


@pytest.mark.parametrize(
    "request_",
    [
        {"REQUEST_METHOD": "GET", "wsgi.version": (1, 0), "HTTP_IF_NONE_MATCH": "*"},
        {"method": "GET", "headers": [(b"If-None-Match", b"*")]},
        {"httpMethod": "GET", "headers": {"If-None-Match": "*"}},
    ],
)
def test_any_kind_of_request_is_understood(request_: Any) -> None:
    """ASGI scopes, WSGI environs and Lambda events tell their method and headers."""
    assert 304 == edge_answer(request_, ENTRY, PUBLIC).status


@pytest.mark.parametrize(
    ("entry", "policy", "options", "message"),
    [
        (ENTRY, PUBLIC, {"media_type": "text/html\r\nX: y"}, r"media_type .* is none"),
        ([1], PUBLIC, {}, "entry is a list; pass what get_cached_entry"),
        (ENTRY, CacheConfig(), {}, "policy is a CacheConfig; pass EdgePolicy"),
        (replace(ENTRY, left=-1.0), PUBLIC, {}, r"left -1\.0 must be"),
        (replace(ENTRY, grace=float("inf")), PUBLIC, {}, "grace inf must be"),
        (replace(ENTRY, left=float("nan")), PUBLIC, {}, "left nan must be"),
    ],
)
def test_wrong_arguments_are_refused(entry: Any, policy: Any, options: Any, message: str) -> None:
    """What cannot be meant is named."""
    with pytest.raises(ConfigError, match=message):
        edge_answer(GET, entry, policy, **options)


def test_what_tells_no_method_is_refused() -> None:
    """A mapping of headers alone does not say whether anything may be kept."""
    with pytest.raises(ConfigError, match="dict tells no method"):
        edge_answer({"if-none-match": "*"}, ENTRY, PUBLIC)


def test_bulk_tags_are_no_tags_of_an_answer() -> None:
    """What would miss the writes to single rows is refused, as for an entry."""
    with pytest.raises(ConfigError, match="ends entries"):
        edge_tags(["product:*"])
