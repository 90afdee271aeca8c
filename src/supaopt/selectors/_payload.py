"""
What a column set saves: its bytes beside those of ``select('*')``.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json, to_json

from supaopt._adapters import supabase as adapter
from supaopt._wire import Request
from supaopt.errors import ConfigError
from supaopt.selectors import _decode, _names
from supaopt.selectors._selector import Selector
from supaopt.selectors._shape import shape_of, star_of

if TYPE_CHECKING:
    from supabase import Client

    from supaopt.selectors._row import Row

_LEVEL: Final = 6  # what proxies and PostgREST's usual front ends compress with


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """
    Bytes of the same rows, fetched in two ways.

    Attributes:
        row: Name of the row class.
        table: Its table.
        rows: How many rows were fetched.
        star_bytes: Bytes of ``*``.
        bytes: Bytes of the column set.
        star_gzip_bytes: The same compressed.
        gzip_bytes: The same compressed.
        heaviest: Column of the set that takes the most bytes; empty when there are no rows.
        heaviest_percent: Its share of the set's bytes.
        star_keys: Keys of a row of ``*``; empty when there are no rows.
    """

    row: str
    table: str
    rows: int
    star_bytes: int
    bytes: int
    star_gzip_bytes: int
    gzip_bytes: int
    heaviest: str
    heaviest_percent: float
    star_keys: tuple[str, ...] = ()

    @property
    def saved_percent(self) -> float:
        """
        Percent of the bytes of ``*`` that the set saves.
        """
        return _saved(self.star_bytes, self.bytes)

    @property
    def gzip_saved_percent(self) -> float:
        """
        The same of the compressed bytes, which is what a compressing proxy sends.
        """
        return _saved(self.star_gzip_bytes, self.gzip_bytes)

    @property
    def saves_nothing(self) -> bool:
        """
        True for a set that might as well be ``*``.
        """
        return self.rows > 0 and self.saved_percent < 1


def measure(client: Client, what: Selector[Any, Any] | type[Row], *, rows: int = 500) -> Payload:
    """
    Fetch the same rows by ``*`` and by a column set, and compare their bytes. Embeds are embeds in
    both, with ``*`` in place of their columns.

    Args:
        client: A ``supabase.Client`` that may read the table.
        what: Selector or row class.
        rows: How many rows to fetch at most.

    Raises:
        ResponseError: The server refused.
        ConfigError: *what* is no column set, or *client* is asynchronous.
    """
    selector = what if isinstance(what, Selector) else Selector(what)
    if adapter.is_async(client):
        raise ConfigError("measure takes a supabase.Client: it is a report, not a request")
    transport = adapter.connect(client)
    row: type[Row] = selector.row
    bodies = [
        _decode.body_of(transport.send(_request(selector, columns, rows)), row)
        for columns in (star_of(shape_of(row)), str(selector))
    ]
    return compare(row.__name__, selector.table, *bodies)


def compare(row: str, table: str, star: bytes, chosen: bytes) -> Payload:
    """
    Return the comparison of two bodies that hold the same rows.

    Args:
        row: Name of the row class.
        table: Its table.
        star: What ``*`` returned.
        chosen: What the column set returned.
    """
    found: list[dict[str, Any]] = from_json(chosen)
    stars: list[dict[str, Any]] = from_json(star)
    weights: dict[str, int] = {}
    for each in found:
        for key, value in each.items():
            weights[key] = weights.get(key, 0) + len(key) + 4 + len(to_json(value))
    heaviest = max(weights, key=weights.__getitem__, default="")
    return Payload(
        row=row,
        table=table,
        rows=len(found),
        star_bytes=len(star),
        bytes=len(chosen),
        star_gzip_bytes=len(gzip.compress(star, _LEVEL)),
        gzip_bytes=len(gzip.compress(chosen, _LEVEL)),
        heaviest=heaviest,
        heaviest_percent=round(100 * weights.get(heaviest, 0) / max(len(chosen), 1), 1),
        star_keys=tuple(stars[0]) if stars else (),
    )


def _request(selector: Selector[Any, Any], columns: str, rows: int) -> Request:
    return Request(
        method="GET",
        path=_names.path(selector.table),
        params=(("select", columns), ("limit", str(rows))),
        schema=selector.schema,
    )


def _saved(before: int, after: int) -> float:
    return round(100 * (before - after) / before, 1) if before else 0.0
