"""
What is written to the SQL functions that look up and store, and what their answers mean: pure.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from supaopt.cache._model import Hit, Miss
from supaopt.errors import BadGatewayError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from supaopt.cache._model import Lookup
    from supaopt.cache._ports import NewEntry

KEYS: Final = 1_000
"""How many keys one call looks up, at most."""

ENTRIES: Final = 100
"""How many entries one call stores, at most."""

LOAD: Final = 2_000_000
"""Bytes after which no entry is added to a call, so that large ones do not run into its timeout."""

_TIME: Final[TypeAdapter[datetime | None]] = TypeAdapter(datetime | None)


def interval(seconds: float) -> str:
    """
    Return a length of time as Postgres reads it.
    """
    # No exponent: Postgres reads '1e-05 seconds' as something else.
    return f"{seconds:.6f} seconds"


def lookup(answer: bytes) -> Lookup:
    """
    Read the answer of ``get_cache_entry``.

    Raises:
        BadGatewayError: It is something else.
    """
    found: Any = from_json(answer)
    if not isinstance(found, dict) or not isinstance(found.get("hit"), bool):
        raise BadGatewayError("get_cache_entry answered something that is no entry", status=200)
    return _hit(found) if found["hit"] else Miss(lease=found.get("lease"))


def parts_of(max_ages: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """
    Yield as many keys at a time as one call may look up.
    """
    asked = list(max_ages.items())
    for start in range(0, len(asked), KEYS):
        yield dict(asked[start : start + KEYS])


def question(max_ages: Mapping[str, float]) -> bytes:
    """
    Return what asks ``get_cache_entries`` for keys, each with its longest age in seconds.
    """
    ages = [interval(age) for age in max_ages.values()]
    return to_json({"p_cache_keys": list(max_ages), "p_max_ages": ages})


def lookups(keys: Sequence[str], answer: bytes) -> dict[str, Lookup]:
    """
    Read the answer of ``get_cache_entries``.

    Raises:
        BadGatewayError: It is something else, or of other keys.
    """
    found: Any = from_json(answer)
    entries = found.get("entries") if isinstance(found, dict) else None
    if not isinstance(entries, list) or len(entries) != len(keys):
        raise BadGatewayError("get_cache_entries answered something else", status=200)
    miss = Miss(lease=found.get("lease"))
    return {
        key: miss if entry is None else _hit(entry)
        for key, entry in zip(keys, entries, strict=True)
    }


def loads_of(entries: Sequence[NewEntry]) -> Iterator[list[NewEntry]]:
    """
    Yield as many entries at a time as one call may store.
    """
    some: list[NewEntry] = []
    size = 0
    for entry in entries:
        if some and (len(some) == ENTRIES or size + len(entry.data) > LOAD):
            yield some
            some, size = [], 0
        some.append(entry)
        size += len(entry.data)
    if some:
        yield some


def load(entries: Sequence[NewEntry]) -> bytes:
    """
    Return what asks ``set_cached_entries`` to store.
    """
    return b'{"p_entries":[' + b",".join(map(_written, entries)) + b"]}"


def fates(entries: Sequence[NewEntry], answer: bytes) -> list[bool]:
    """
    Read the answer of ``set_cached_entries``: whether each was stored.

    Raises:
        BadGatewayError: It is something else, or of other entries.
    """
    stored: Any = from_json(answer)
    if not isinstance(stored, list) or len(stored) != len(entries):
        raise BadGatewayError("set_cached_entries answered something else", status=200)
    return [each is True for each in stored]


def _written(entry: NewEntry) -> bytes:
    fields = {
        "key": entry.key,
        "duration": interval(entry.duration),
        "tags": list(entry.tags),
        "lease": entry.lease,
    }
    # The data are JSON text already: spliced in rather than parsed and written again.
    return b'{"data":' + entry.data + b"," + to_json(fields)[1:]


def _hit(found: dict[str, Any]) -> Hit:
    return Hit(
        data=to_json(found.get("data")),
        tags=tuple(found.get("tags") or ()),
        lease=found.get("lease"),
        stored_at=_TIME.validate_python(found.get("stored_at")),
        expires_at=_TIME.validate_python(found.get("expires_at")),
    )
