"""
The bytes of every selector beside ``*``: the same rows of the same tables.
"""

from __future__ import annotations

import gzip
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final

import psycopg
from pydantic_core import from_json

from supaopt import _postgrest
from supaopt._adapters import supabase as adapter
from supaopt._wire import Request
from supaopt.demo._model import PayloadResult
from supaopt.demo._timing import saved_percent
from supaopt.selectors import SELECTORS, Selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from supaopt._wire import Transport
    from supaopt.demo._platform import Platform

_ROWS: Final = 500
_GZIP_LEVEL: Final = 6
_NOTHING: Final = 1.0  # percent

_PRIMARY_KEYS: Final = """
    select r.relname, string_agg(a.attname, ',' order by array_position(i.indkey::int2[], a.attnum))
    from pg_index as i
    join pg_class as r on r.oid = i.indrelid
    join pg_attribute as a on a.attrelid = r.oid and a.attnum = any (i.indkey)
    where i.indisprimary and r.relnamespace = 'public'::regnamespace
    group by r.relname
"""


def measure(platform: Platform) -> tuple[PayloadResult, ...]:
    """
    Measure every selector of `SELECTORS`, in its order.
    """
    with psycopg.connect(platform.db_url) as db:
        keys: dict[str, str] = dict(db.execute(_PRIMARY_KEYS).fetchall())
    with platform.client() as client:
        weigh = partial(_measure, adapter.connect(client), keys)
        return tuple(starmap(weigh, selectors()))


def selectors() -> Iterator[tuple[str, str, Selector[Any, Any]]]:
    """
    Yield entity, name and selector of all column sets.
    """
    for entity, sets in vars(SELECTORS).items():
        for name, selector in vars(sets).items() if isinstance(sets, type) else ():
            if isinstance(selector, Selector):
                yield entity, name, selector


def star(select: str) -> str:
    """
    Return *select* with ``*`` in place of its columns, and of those of its embeds.

    Examples:
        >>> star("id,full_name,client:clients(id,name)")
        '*,client:clients(*)'
    """
    embeds = [f"{name}({star(inner)})" for name, inner in _embeds(select)]
    return ",".join(["*", *embeds])


def _embeds(select: str) -> Iterator[tuple[str, str]]:
    depth = start = opened = 0
    for place, sign in enumerate(select):
        if sign == "," and depth == 0:
            start = place + 1
        elif sign == "(":
            opened, depth = (place if depth == 0 else opened), depth + 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                yield select[start:opened], select[opened + 1 : place]


def _measure(
    transport: Transport,
    keys: Mapping[str, str],
    entity: str,
    name: str,
    selector: Selector[Any, Any],
) -> PayloadResult:
    order = keys[selector.table]
    whole = _body(transport, selector.table, star(selector), order)
    part = _body(transport, selector.table, selector, order)
    whole_gzip, part_gzip = _gzip_size(whole), _gzip_size(part)
    saved = saved_percent(len(whole), len(part))
    return PayloadResult(
        entity=entity,
        selector=name,
        table=selector.table,
        rows=len(from_json(part)),
        star_bytes=len(whole),
        bytes=len(part),
        saved_percent=saved,
        star_gzip_bytes=whole_gzip,
        gzip_bytes=part_gzip,
        saved_gzip_percent=saved_percent(whole_gzip, part_gzip),
        saves_nothing=saved < _NOTHING,
    )


def _body(transport: Transport, table: str, select: str, order: str) -> bytes:
    params = (("select", select), ("order", order), ("limit", str(_ROWS)))
    return _postgrest.body(transport.send(Request(method="GET", path=table, params=params)))


def _gzip_size(body: bytes) -> int:
    return len(gzip.compress(body, _GZIP_LEVEL, mtime=0))
