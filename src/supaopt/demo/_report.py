"""
The demo's results as one HTML page that needs no other file and no network.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from supaopt.demo._format import milliseconds, size
from supaopt.demo._sections import sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.demo._model import DemoResult, Environment


def to_html(result: DemoResult) -> str:
    """
    Return *result* as a self-contained HTML page with charts.

    Args:
        result: What `supaopt.demo.run` returned.
    """
    return _template().substitute(
        summary=escape(_summary(result.environment)),
        tiles="".join(_tiles(result)),
        sections="\n".join(sections(result)),
        environment=escape(_environment(result.environment)),
    )


@cache
def _template() -> Template:
    return Template(files("supaopt.demo").joinpath("report.html").read_text("utf-8"))


def _summary(environment: Environment) -> str:
    rows = sum(environment.rows.values())
    return (
        f"A learning platform with {rows:,} rows of sample data, measured through supabase-py over "
        f"HTTP against a local Postgres {environment.postgres}, before and after in one run."
    )


def _tiles(result: DemoResult) -> Iterator[str]:
    auth, loop, cache_ = result.auth, result.n_plus_one, result.cache
    yield _tile(
        "Requests to authenticate",
        f"{auth.calls_before} → {auth.calls_after}",
        f"{milliseconds(auth.before_ms)} → {milliseconds(auth.after_us / 1000)}",
    )
    yield _tile(
        "Requests to list expert sessions",
        f"{loop.calls_before} → {loop.calls_after}",
        f"{milliseconds(loop.before_ms)} → {milliseconds(loop.after_ms)}",
    )
    best = max(result.payload, key=lambda row: row.saved_percent)
    yield _tile(
        f"Bytes saved by {best.entity} {best.selector}",
        f"{best.saved_percent:g} %",
        f"{size(best.star_bytes)} → {size(best.bytes)}",
    )
    yield _tile(
        "Stale answers while rows changed",
        f"{cache_.stale_plan:,} → {cache_.stale_ours:,}",
        f"of {cache_.reads_plan:,} and {cache_.reads:,} reads",
    )


def _tile(name: str, figure: str, detail: str) -> str:
    return (
        f'<div class="tile"><h3>{escape(name)}</h3><strong>{escape(figure)}</strong>'
        f"<span>{escape(detail)}</span></div>"
    )


def _environment(environment: Environment) -> str:
    return (
        f"supaopt {environment.supaopt}, supabase-py {environment.supabase}, "
        f"Python {environment.python}, {environment.system}, {environment.cpus} processors; "
        f"sample data: size {environment.size}, seed {environment.seed}; "
        f"{environment.seconds:.0f} s in all. The figures compare within this run: a local server "
        "answers in milliseconds what a hosted one answers in tens of them."
    )
