"""
What there is to show of a cache, as plain data.

Figures and names only: no answer that is cached and no text of an error. Keys that the database
stores for single users are not known here; tags are, and so are keys that the program made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from supaopt._figures import CacheMetrics, CacheShare
    from supaopt.cache import CacheProblem, CacheTally
    from supaopt.contrib._dashboard._history import Span
    from supaopt.contrib._readings import Reading

TIERS = ("process", "redis", "database")
"""Tiers that may answer a read, the nearest first."""


class Tier(TypedDict):
    """
    What one tier answered; ``rate`` is its part of all reads.
    """

    tier: str
    hits: int
    rate: float | None


class Process(TypedDict):
    """
    What this process counted.
    """

    since: str
    reads: int
    computed: int
    hit_rate: float | None
    tiers: list[Tier]
    events: dict[str, int]
    errors: dict[str, int]


class Share(TypedDict):
    """
    Figures of a tag or a scope.
    """

    name: str
    entries: int
    hits: int
    bytes: int


class Database(TypedDict):
    """
    What the database told.
    """

    entries: int
    expired: int
    reused: int
    average_hits: float
    max_hits: int
    bytes: int
    log_rows: int
    watched_tables: int
    oldest: str | None
    newest: str | None
    tags: list[Share]
    scopes: list[Share]


class Problem(TypedDict):
    """
    One error, refusal or old answer.
    """

    at: str
    kind: str
    tier: str
    key: str | None
    error: str | None


class Step(TypedDict):
    """
    Some seconds of the past.
    """

    until: str
    seconds: float
    hits: int
    computed: int


class Summary(TypedDict):
    """
    Everything; times are in ISO 8601.
    """

    at: str
    process: Process
    database_up: bool | None
    database_read_at: str | None
    database: Database | None
    problems: list[Problem]
    history: list[Step]


def summarise(
    tally: CacheTally,
    reading: Reading,
    spans: Sequence[Span],
    *,
    now: datetime,
    show_keys: bool,
) -> Summary:
    """
    Return everything that is shown.
    """
    return {
        "at": now.isoformat(timespec="seconds"),
        "process": _process(tally),
        "database_up": reading.up,
        "database_read_at": _time(reading.taken_at),
        "database": None if reading.figures is None else _database(reading.figures),
        "problems": [_problem(each, show_keys=show_keys) for each in tally.problems],
        "history": [_step(span) for span in spans],
    }


def hits_and_misses(tally: CacheTally) -> tuple[int, int]:
    """
    Return how many reads a tier answered, and how many were computed.
    """
    counts = tally.counts()
    hits = sum(count for (kind, _), count in counts.items() if kind == "hit")
    return hits, sum(count for (kind, _), count in counts.items() if kind == "miss")


def _process(tally: CacheTally) -> Process:
    counts = tally.counts()
    hits, computed = hits_and_misses(tally)
    reads = hits + computed
    events: dict[str, int] = {}
    for (kind, _), count in counts.items():
        events[kind] = events.get(kind, 0) + count
    return {
        "since": tally.since.isoformat(timespec="seconds"),
        "reads": reads,
        "computed": computed,
        "hit_rate": _rate(hits, reads),
        "tiers": [
            {
                "tier": tier,
                "hits": counts["hit", tier],
                "rate": _rate(counts["hit", tier], reads),
            }
            for tier in TIERS
        ],
        "events": events,
        "errors": {tier: count for (kind, tier), count in counts.items() if kind == "error"},
    }


def _database(figures: CacheMetrics) -> Database:
    return {
        "entries": figures.total_entries,
        "expired": figures.expired_entries,
        "reused": figures.reused_entries,
        "average_hits": figures.average_hits,
        "max_hits": figures.max_hits,
        "bytes": figures.bytes,
        "log_rows": figures.log_rows,
        "watched_tables": figures.watched_tables,
        "oldest": _time(figures.oldest_entry),
        "newest": _time(figures.newest_entry),
        "tags": _shares(figures.by_tag),
        "scopes": _shares(figures.by_scope),
    }


def _shares(named: Mapping[str, CacheShare]) -> list[Share]:
    heaviest = sorted(named.items(), key=lambda item: (-item[1].bytes, item[0]))
    return [
        {"name": name, "entries": share.entries, "hits": share.hits, "bytes": share.bytes}
        for name, share in heaviest
    ]


def _problem(problem: CacheProblem, *, show_keys: bool) -> Problem:
    return {
        "at": problem.at.isoformat(timespec="seconds"),
        "kind": problem.kind,
        "tier": problem.tier,
        "key": problem.key if show_keys else None,
        "error": problem.error,
    }


def _step(span: Span) -> Step:
    return {
        "until": span.until.isoformat(timespec="seconds"),
        "seconds": round(span.seconds, 3),
        "hits": span.hits,
        "computed": span.misses,
    }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
