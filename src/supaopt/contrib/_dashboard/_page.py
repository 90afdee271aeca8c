"""
The dashboard as one HTML page that needs nothing from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Final

from supaopt.contrib._dashboard._chart import answered, course
from supaopt.contrib._dashboard._format import UNKNOWN, clock, percent, size
from supaopt.contrib._dashboard._markup import Html, element, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from supaopt.contrib._dashboard._summary import Database, Problem, Share, Summary

_TAGS: Final = 15
_PROBLEMS: Final = 10
_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


@cache
def _template() -> str:
    return (
        resources.files("supaopt.contrib._dashboard")
        .joinpath("page.html")
        .read_text(encoding="utf-8")
    )


@cache
def policy() -> str:
    """
    Return the Content-Security-Policy of the page: its own style and script, and nothing else.
    """
    hashes = {
        kind: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for kind, text in _INLINE.findall(_template())
    }
    return (
        "default-src 'none'; connect-src 'self'; img-src data:; "
        f"script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page(summary: Summary, *, title: str, refresh: float, data: str) -> str:
    """
    Return the page.

    Args:
        summary: What to show.
        title: Its heading.
        refresh: Seconds after which it asks anew.
        data: Where the same is as JSON, relative to the page.
    """
    return Template(_template()).substitute(
        title=join(title),
        refresh=join(f"{refresh:g}"),
        status=_status(summary),
        tiles=_tiles(summary),
        answered=answered(summary["process"]),
        course=course(summary["history"]),
        database=_database(summary["database"]),
        problems=_problems(summary["problems"]),
        since=join(clock(summary["process"]["since"])),
        at=join(clock(summary["at"])),
        data=join(data),
    )


def _status(summary: Summary) -> Html:
    up, read_at = summary["database_up"], summary["database_read_at"]
    if up:
        return element("p", "The database answers.", class_="status good")
    if up is None:
        return element("p", "The database has not been asked yet.", class_="status")
    known = f" Its figures are from {clock(read_at)}." if read_at else ""
    return element("p", f"The database does not answer.{known}", class_="status bad", role="alert")


def _tiles(summary: Summary) -> Html:
    process = summary["process"]
    step = summary["history"][-1] if summary["history"] else None
    reads = (step["hits"] + step["computed"]) / step["seconds"] if step else 0
    events = process["events"]
    return join(
        _tile("Hit rate", percent(process["hit_rate"]), f"of {process['reads']:,} reads"),
        _tile("Reads a second", f"{reads:,.1f}", "lately"),
        _tile("Refused", f"{events['refused']:,}", "overtaken by a write"),
        _tile("Errors", f"{events['error']:,}", f"and {events['stale']:,} old answers served"),
        *_stock(summary["database"]),
    )


def _stock(database: Database | None) -> Iterator[Html]:
    if database is None:
        for title in ("Entries", "Size", "Log", "Watched tables"):
            yield _tile(title, UNKNOWN, "not known yet")
        return
    yield _tile("Entries", f"{database['entries']:,}", f"{database['expired']:,} of them expired")
    yield _tile("Size", size(database["bytes"]), "of their data")
    yield _tile("Log", f"{database['log_rows']:,}", "rows until clean-up")
    yield _tile("Watched tables", f"{database['watched_tables']:,}", "whose writes end entries")


def _tile(title: str, value: str, note: str) -> Html:
    return element(
        "div",
        element("h2", title),
        element("strong", value),
        element("span", note),
        class_="tile",
    )


def _database(database: Database | None) -> Html:
    if database is None:
        return element("p", "Nothing is known yet.", class_="soft")
    facts = [
        ("Read at least once", f"{database['reused']:,} of {database['entries']:,}"),
        ("Hits an entry", f"{database['average_hits']:,.1f}, at most {database['max_hits']:,}"),
        ("Oldest", clock(database["oldest"], day=True)),
        ("Newest", clock(database["newest"], day=True)),
    ]
    listed = join(*(join(element("dt", name), element("dd", value)) for name, value in facts))
    return join(
        element("dl", listed),
        element("h3", "Scopes"),
        _shares("scope", database["scopes"]),
        element("h3", "Heaviest tags"),
        _shares("tag", database["tags"][:_TAGS]),
    )


def _shares(kind: str, shares: Sequence[Share]) -> Html:
    if not shares:
        return element("p", "None.", class_="soft")
    return _table(
        f"Entries by {kind}",
        [kind.capitalize(), "Entries", "Hits", "Size"],
        (
            [
                element("bdi", share["name"]),
                f"{share['entries']:,}",
                f"{share['hits']:,}",
                size(share["bytes"]),
            ]
            for share in shares
        ),
    )


def _problems(problems: Sequence[Problem]) -> Html:
    if not problems:
        return element("p", "None.", class_="soft")
    return _table(
        "Errors, refusals and old answers",
        ["Time", "What", "Tier", "Key", "Error"],
        (
            [
                clock(problem["at"]),
                element("span", problem["kind"], class_=f"kind {problem['kind']}"),
                problem["tier"],
                element("bdi", problem["key"] or UNKNOWN),
                problem["error"] or UNKNOWN,
            ]
            for problem in problems[:_PROBLEMS]
        ),
        class_="texts",
    )


def _table(
    label: str, heads: Iterable[str], rows: Iterable[Iterable[str]], class_: str = "figures"
) -> Html:
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    body = (element("tr", *(element("td", cell) for cell in row)) for row in rows)
    inner = element("table", element("thead", head), element("tbody", *body), class_=class_)
    # Whoever has no mouse scrolls it with the keys, and has to know what it is.
    return element("div", inner, class_="scroll", role="region", aria_label=label, tabindex="0")
