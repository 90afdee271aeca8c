"""
From a cached answer to what is sent.
"""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from supaopt.cache import CacheConfig
from supaopt.contrib.http_cache import EdgePolicy, edge_answer, edge_tags
from supaopt.contrib.http_cache._tags import ALL, MOST, purge_tags
from supaopt.errors import ConfigError

CONFIG = CacheConfig("5 minutes", ["products", "product:7"])
PUBLIC = EdgePolicy("everybody")
GET: Any = {"method": "GET", "headers": []}


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
    sent = edge_answer(GET, [1], CONFIG, PUBLIC)
    names = set(sent.headers["cache-tag"].split(","))
    assert names == set(sent.headers["surrogate-key"].split(" "))
    assert names == set(sent.headers["vercel-cache-tag"].split(","))
    assert {*purge_tags(["products", "product:7", "product:*", "*"])} == names


def test_what_the_caller_has_is_not_sent_again() -> None:
    """A 304 carries what a cache needs to keep its copy, and no content."""
    whole = edge_answer(GET, [Product(name="a")], CONFIG, PUBLIC)
    again = edge_answer(_get(if_none_match=whole.headers["etag"]), whole.body, CONFIG, PUBLIC)
    assert (304, b"") == (again.status, again.body)
    assert {k: v for k, v in whole.headers.items() if k != "content-type"} == again.headers
    changed = edge_answer(_get(if_none_match=whole.headers["etag"]), [], CONFIG, PUBLIC)
    assert (200, b"[]") == (changed.status, changed.body)


def test_nothing_is_kept_unless_said() -> None:
    """Left alone, an answer is nobody's to keep."""
    sent = edge_answer(GET, [1], CONFIG)
    assert "private, no-store" == sent.headers["cache-control"]
    assert not _kept_by_a_cdn(sent)
    assert "cache-tag" not in sent.headers


@pytest.mark.parametrize("audience", ["nobody", "browser", "everybody"])
@pytest.mark.parametrize("same_for_all", [False, True])
def test_attack_a_users_answer_never_reaches_a_shared_cache(
    audience: Any, *, same_for_all: bool
) -> None:
    """Whatever the policy says, what is somebody's is kept by no CDN."""
    policy = EdgePolicy(audience, browser=30, same_for_all=same_for_all)
    assert not _kept_by_a_cdn(edge_answer(GET, [1], CONFIG, policy, caller=object()))


@pytest.mark.parametrize("name", ["Authorization", "cookie", "apikey", "Proxy-Authorization"])
def test_attack_a_request_with_credentials_fills_no_shared_cache(name: str) -> None:
    """A route called public by mistake does not publish what it answers to a signed-in caller."""
    request = {"method": "GET", "headers": [(name.encode(), b"secret")]}
    assert not _kept_by_a_cdn(edge_answer(request, [1], CONFIG, PUBLIC))
    said = EdgePolicy("everybody", same_for_all=True)
    assert _kept_by_a_cdn(edge_answer(request, [1], CONFIG, said))


def test_the_next_person_at_a_browser_is_asked_for() -> None:
    """What a browser keeps it keeps by who asked."""
    sent = edge_answer(GET, [1], CONFIG, EdgePolicy("browser", browser=30), caller=object())
    assert {"Authorization", "Cookie"} <= set(sent.headers["vary"].split(", "))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_answers_to_writes_are_kept_by_nobody(method: str) -> None:
    """Only answers to GET and HEAD have a tag, a lifetime and a 304."""
    sent = edge_answer({"method": method, "headers": [(b"if-none-match", b"*")]}, 1, CONFIG, PUBLIC)
    assert (200, "private, no-store") == (sent.status, sent.headers["cache-control"])
    assert "etag" not in sent.headers


def test_too_many_tags_to_name_keep_an_answer_from_cdns() -> None:
    """What could not be purged whole is not kept, rather than kept with some tags."""
    most = [f"product:{number}" for number in range(MOST - 2)]
    assert _kept_by_a_cdn(edge_answer(GET, 1, CONFIG.tagged(most), PUBLIC))
    assert not _kept_by_a_cdn(edge_answer(GET, 1, CONFIG.tagged([*most, "product:x"]), PUBLIC))


@given(
    st.lists(st.text(min_size=1, max_size=200).filter(lambda t: not t.endswith("*")), max_size=9)
)
def test_attack_no_tag_breaks_out_of_its_header(tags: list[str]) -> None:
    """Line ends, commas and spaces of a tag make neither a header nor another tag."""
    try:
        config = CONFIG.tagged(tags)
    except ConfigError:
        return  # NUL and halves of surrogate pairs are no tags at all
    sent = edge_answer(GET, 1, config, PUBLIC)
    assert re.fullmatch("[0-9a-f]{16}(,[0-9a-f]{16})*", sent.headers["cache-tag"])
    assert re.fullmatch("[0-9a-f]{16}( [0-9a-f]{16})*", sent.headers["surrogate-key"])
    assert ALL in sent.headers["cache-tag"]


def test_age_is_told_where_it_is_known() -> None:
    """Caches take the time that an answer was with us off its lifetime."""
    sent = edge_answer(GET, 1, CONFIG, PUBLIC, age=12.9)
    assert ("12", "max-age=300") == (sent.headers["age"], sent.headers["cdn-cache-control"])
    assert "age" not in edge_answer(GET, 1, CONFIG, PUBLIC).headers


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
    assert 304 == edge_answer(request_, 1, CONFIG, PUBLIC).status


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"age": -1}, "age -1 must be"),
        ({"age": float("nan")}, "age nan must be"),
        ({"media_type": "text/html\r\nX: y"}, "media_type .* is none"),
    ],
)
def test_wrong_options_are_refused(options: Any, message: str) -> None:
    """What cannot be meant is named."""
    with pytest.raises(ConfigError, match=message):
        edge_answer(GET, 1, CONFIG, PUBLIC, **options)


def test_what_tells_no_method_is_refused() -> None:
    """A mapping of headers alone does not say whether anything may be kept."""
    with pytest.raises(ConfigError, match="dict tells no method"):
        edge_answer({"if-none-match": "*"}, 1, CONFIG, PUBLIC)


def test_bulk_tags_are_no_tags_of_an_answer() -> None:
    """What would miss the writes to single rows is refused, as for an entry."""
    with pytest.raises(ConfigError, match="ends entries"):
        edge_tags(["product:*"])
