"""
Which of the database's figures are reported, under one vocabulary for all systems.

What is reported is bounded: tags that name rows, such as ``student:7``, would make a time series
each, so only those are reported that somebody has named, or that a watched table has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from supaopt._figures import CacheMetrics, CacheShare
    from supaopt.contrib._readings import Reading

Labels: TypeAlias = dict[str, str]
Sample: TypeAlias = tuple[Labels, float]


class Gauge(NamedTuple):
    """
    One figure, or one for each value of a label.

    Attributes:
        name: Its name below ``supaopt.cache``.
        unit: In UCUM's notation, as OpenTelemetry has it: ``By``, ``s``, ``1`` or ``{entry}``.
        label: What tells its samples apart, if there are several.
        description: What it means.
        samples: Reads them.
    """

    name: str
    unit: str
    label: str | None
    description: str
    samples: Callable[[Reading, Collection[str]], Iterable[Sample]]


def _of(read: Callable[[CacheMetrics], float | None]) -> Callable[..., Iterable[Sample]]:
    def samples(reading: Reading, _tags: Collection[str]) -> Iterable[Sample]:
        value = None if reading.figures is None else read(reading.figures)
        return [] if value is None else [({}, value)]

    return samples


def _by_state(reading: Reading, _tags: Collection[str]) -> Iterable[Sample]:
    if (figures := reading.figures) is None:
        return []
    expired = figures.expired_entries
    return [
        ({"state": "unexpired"}, figures.total_entries - expired),
        ({"state": "expired"}, expired),
    ]


def _shares(
    label: Literal["scope", "tag"], read: Callable[[CacheShare], int]
) -> Callable[..., Iterable[Sample]]:
    def samples(reading: Reading, tags: Collection[str]) -> Iterable[Sample]:
        if (figures := reading.figures) is None:
            return []
        named: Mapping[str, CacheShare] = figures.by_scope
        if label == "tag":
            bounded = {*tags, *figures.watched.values()}
            named = {tag: share for tag, share in figures.by_tag.items() if tag in bounded}
        return [({label: name}, read(share)) for name, share in named.items()]

    return samples


def _up(reading: Reading, _tags: Collection[str]) -> Iterable[Sample]:
    return [] if reading.up is None else [({}, float(reading.up))]


def _taken_at(reading: Reading, _tags: Collection[str]) -> Iterable[Sample]:
    return [] if reading.taken_at is None else [({}, reading.taken_at.timestamp())]


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


GAUGES: Final[tuple[Gauge, ...]] = (
    Gauge("database.up", "1", None, "Whether the database told its figures the last time", _up),
    Gauge("figures.timestamp", "s", None, "When it told those that are reported", _taken_at),
    Gauge(
        "entries",
        "{entry}",
        "state",
        "Entries held until clean-up, also those that a write ended; by whether their time is over",
        _by_state,
    ),
    Gauge(
        "reused_entries",
        "{entry}",
        None,
        "Entries read at least once",
        _of(lambda figures: figures.reused_entries),
    ),
    Gauge("size", "By", None, "Size of the entries' data", _of(lambda figures: figures.bytes)),
    Gauge(
        "log.rows",
        "{row}",
        None,
        "Length of the invalidation log",
        _of(lambda figures: figures.log_rows),
    ),
    Gauge(
        "watched_tables",
        "{table}",
        None,
        "Tables whose writes end entries",
        _of(lambda figures: figures.watched_tables),
    ),
    Gauge(
        "oldest_entry.timestamp",
        "s",
        None,
        "When the oldest entry was stored",
        _of(lambda figures: _seconds(figures.oldest_entry)),
    ),
    Gauge(
        "newest_entry.timestamp",
        "s",
        None,
        "When the newest entry was stored",
        _of(lambda figures: _seconds(figures.newest_entry)),
    ),
    Gauge(
        "scope.entries",
        "{entry}",
        "scope",
        "Entries by scope: shared, or of single users",
        _shares("scope", lambda share: share.entries),
    ),
    Gauge(
        "scope.size",
        "By",
        "scope",
        "Size of the entries' data by scope",
        _shares("scope", lambda share: share.bytes),
    ),
    Gauge(
        "tag.entries",
        "{entry}",
        "tag",
        "Entries of the heaviest tags; an entry counts for each of its tags",
        _shares("tag", lambda share: share.entries),
    ),
    Gauge(
        "tag.size",
        "By",
        "tag",
        "Size of the data of the heaviest tags",
        _shares("tag", lambda share: share.bytes),
    ),
)
