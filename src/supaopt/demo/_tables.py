"""
The demo's results as tables of text, for a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supaopt.demo._format import milliseconds, size, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.demo._model import (
        AuthResult,
        CacheResult,
        DemoResult,
        Environment,
        NPlusOneResult,
        PayloadResult,
    )

Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextTable:
    """
    A table of text.

    Attributes:
        columns: Its headings; the first one is its title.
        lines: Its lines, each as long as *columns*.
    """

    columns: Line
    lines: tuple[Line, ...]


def to_tables(result: DemoResult) -> tuple[TextTable, ...]:
    """
    Return *result* as tables: requests, payloads, caches.

    Args:
        result: What `supaopt.demo.run` returned.
    """
    requests = (*_auth(result.auth), *_n_plus_one(result.n_plus_one))
    return (
        TextTable(("Requests", "before", "after", "gain"), requests),
        TextTable(
            ("Payload", "*", "selected", "saved", "gzipped"),
            tuple(map(_payload, result.payload)),
        ),
        TextTable(("Cache", "none", "the plan's", "supaopt"), tuple(_cache(result.cache))),
    )


def caption(environment: Environment) -> str:
    """
    Return what the tables leave open: whose cache the other one is, and where the figures are from.
    """
    return (
        "The plan's cache is one as it is often written: a table, whose rows triggers delete by "
        "tag.\n"
        f"Postgres {environment.postgres}, {sum(environment.rows.values()):,} rows of sample data "
        f"(size {environment.size}, seed {environment.seed}), {environment.cpus} processors, "
        f"{environment.seconds:.0f} s in all. Times are medians and compare within this run only."
    )


def _auth(auth: AuthResult) -> Iterator[Line]:
    before, after = auth.before_ms, auth.after_us / 1000
    yield "Authenticate: requests", str(auth.calls_before), str(auth.calls_after), ""
    yield "  time", milliseconds(before), milliseconds(after), times(before, after)


def _n_plus_one(loop: NPlusOneResult) -> Iterator[Line]:
    name = f"List {loop.sessions} expert sessions: requests"
    yield name, str(loop.calls_before), str(loop.calls_after), ""
    # The quicker of the two loops: nobody is helped by a weak opponent.
    before = min(loop.before_ms, loop.concurrent_ms)
    yield "  time", milliseconds(before), milliseconds(loop.after_ms), times(before, loop.after_ms)
    sent, left = loop.bytes_before, loop.bytes_after
    yield "  bytes", size(sent), size(left), times(sent, left)
    if not loop.equal:
        yield "  THE TWO ANSWERS DIFFER", "", "", ""


def _payload(row: PayloadResult) -> Line:
    return (
        f"{row.entity}.{row.selector}",
        size(row.star_bytes),
        size(row.bytes),
        "nothing" if row.saves_nothing else f"{row.saved_percent:.1f} %",
        f"{row.saved_gzip_percent:.1f} %",
    )


def _cache(cache: CacheResult) -> Iterator[Line]:
    none = milliseconds(cache.uncached_ms)
    yield "Miss", none, milliseconds(cache.plan_miss_ms), milliseconds(cache.miss_ms)
    yield "Hit", "", milliseconds(cache.plan_hit_ms), milliseconds(cache.hit_ms)
    yield "Hit, kept in the process too", "", "", milliseconds(cache.near_hit_ms)
    yield (
        "Stale answers while rows change",
        "",
        f"{cache.stale_plan:,} of {cache.reads_plan:,}",
        f"{cache.stale_ours:,} of {cache.reads:,}",
    )
    yield (
        "Values still wrong after the last write",
        "",
        f"{cache.still_wrong_plan} of {cache.raced_keys}",
        f"{cache.still_wrong_ours} of {cache.raced_keys}",
    )
