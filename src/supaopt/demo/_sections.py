"""
The report's four sections: a sentence of method, a chart, and the figures behind it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from supaopt.demo._charts import Bar, chart
from supaopt.demo._format import milliseconds, part, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from supaopt.demo._charts import Kind
    from supaopt.demo._model import (
        AuthResult,
        CacheResult,
        DemoResult,
        NPlusOneResult,
        PayloadResult,
    )


def sections(result: DemoResult) -> Iterator[str]:
    """
    Yield the sections of *result* as HTML, in the order of the page.
    """
    yield _section("Authentication", *_auth(result.auth))
    yield _section("Expert sessions with their statistics", *_n_plus_one(result.n_plus_one))
    yield _section("Payload of every selector", *_payload(result.payload))
    yield _section("Cache: how fast", *_latency(result.cache))
    yield _section("Cache: how right, while rows change", *_staleness(result.cache))


def _section(heading: str, *parts: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{''.join(parts)}</section>"


def _method(text: str) -> str:
    return f'<p class="soft">{escape(text)}</p>'


def _time(label: str, value: float, kind: Kind) -> Bar:
    return Bar(label, value, milliseconds(value), kind)


def _auth(auth: AuthResult) -> Iterator[str]:
    yield _method(
        f"Before, {auth.calls_before} requests reach the server to learn who is calling and which "
        f"role they have. After, it is {auth.calls_after}: the {auth.algorithm} token is verified "
        "in the process, and its claims carry the role. Signing keys are fetched once a process "
        f"({auth.key_fetches} request). Medians of {auth.runs_before:,} and {auth.runs_after:,} "
        "runs."
    )
    yield chart(
        "Time to authenticate one request",
        (
            _time("get_user and a profiles query", auth.before_ms, "before"),
            _time("authenticate_request, token never seen", auth.first_us / 1000, "after"),
            _time("authenticate_request, token seen before", auth.after_us / 1000, "after"),
        ),
    )


def _n_plus_one(loop: NPlusOneResult) -> Iterator[str]:
    same = "Both give the same answer" if loop.equal else "The two answers differ"
    yield _method(
        f"Before, one request lists the {loop.sessions} sessions and one more for each fetches its "
        f"viewers: {size(loop.bytes_before)}. After, get_expert_sessions_with_stats aggregates in "
        f"the database: {size(loop.bytes_after)}. {same}. Medians of {loop.runs} runs."
    )
    yield chart(
        "Time to list the expert sessions",
        (
            _time(f"1 + {loop.sessions} requests, one by one", loop.before_ms, "before"),
            _time(f"1 + {loop.sessions} requests, all at once", loop.concurrent_ms, "before"),
            _time("1 request", loop.after_ms, "after"),
        ),
    )


def _payload(rows: Sequence[PayloadResult]) -> Iterator[str]:
    most = max(rows, key=lambda row: row.rows).rows
    yield _method(
        f"What is left of select=* for the same rows, at most {most:,} of each table. What a "
        "selector saves depends on the table's JSON columns; one that saves nothing is flagged."
    )
    yield chart("Bytes that each selector keeps", tuple(map(_kept, rows)), longest=100)
    yield f"<details><summary>Figures</summary>{_payload_table(rows)}</details>"


def _kept(row: PayloadResult) -> Bar:
    name, left = f"{row.entity} {row.selector}", 100 - row.saved_percent
    if row.saves_nothing:
        return Bar(name, left, "saves nothing", "before")
    return Bar(name, left, f"{row.saved_percent:g} % saved", "after")


def _payload_table(rows: Sequence[PayloadResult]) -> str:
    names = ("Selector", "Rows", "*", "Selector", "Saved", "* gzip", "Selector gzip", "Saved")
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(map(_payload_row, rows))
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _payload_row(row: PayloadResult) -> str:
    flag = ' class="flag"' if row.saves_nothing else ""
    cells = (
        f"{row.rows:,}",
        size(row.star_bytes),
        size(row.bytes),
        f"{row.saved_percent:g} %",
        size(row.star_gzip_bytes),
        size(row.gzip_bytes),
        f"{row.saved_gzip_percent:g} %",
    )
    name = f"<td{flag}>{escape(row.entity)} {escape(row.selector)}</td>"
    return f"<tr>{name}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _latency(cache: CacheResult) -> Iterator[str]:
    yield _method(
        "The expert sessions with their statistics: asked of the database each time, through a "
        "cache as it is often written, and through supaopt. The former is the cache of the plan "
        "that supaopt implements, with the smallest repair that lets it run: one table, whose "
        f"rows triggers delete by tag. Medians of {cache.runs} runs."
    )
    yield chart(
        "Time of one answer",
        (
            _time("No cache", cache.uncached_ms, "before"),
            _time("The plan's cache, miss", cache.plan_miss_ms, "plan"),
            _time("The plan's cache, hit", cache.plan_hit_ms, "plan"),
            _time("supaopt, miss", cache.miss_ms, "after"),
            _time("supaopt, hit", cache.hit_ms, "after"),
            _time("supaopt, hit of a read-through function", cache.function_hit_ms, "after"),
            _time("supaopt, hit in the process", cache.near_hit_ms, "after"),
        ),
    )


def _staleness(cache: CacheResult) -> Iterator[str]:
    yield _method(
        f"Writers change the rows behind {cache.raced_keys} cached values and hold their "
        "transactions open for some milliseconds; every fourth rolls back. An answer is stale when "
        "it is older than a value that its reader had seen committed before asking the cache. "
        f"{cache.writes_plan:,} and {cache.writes:,} transactions committed meanwhile."
    )
    yield chart(
        "Stale answers",
        (
            _stale("The plan's cache", cache.stale_plan, cache.hits_plan, cache.reads_plan, "plan"),
            _stale("supaopt", cache.stale_ours, cache.hits, cache.reads, "after"),
        ),
    )
    yield _method(
        f"Of the plan's hits, {part(cache.stale_plan, cache.hits_plan)} were stale. After the last "
        f"write, {cache.still_wrong_plan} of {cache.raced_keys} values stayed wrong in the plan's "
        f"cache, and {cache.still_wrong_ours} in supaopt's."
    )


def _stale(label: str, stale: int, hits: int, reads: int, kind: Kind) -> Bar:
    return Bar(f"{label}: {reads:,} reads, {hits:,} hits", stale, f"{stale:,} stale", kind)
