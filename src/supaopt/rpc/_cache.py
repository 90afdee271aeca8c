"""
The functions of the cache in Postgres. All of them are for the service role alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypedDict

from pydantic import BaseModel, ConfigDict

from supaopt._figures import CacheMetrics
from supaopt.rpc._descriptor import rpc

_MODEL = ConfigDict(frozen=True, defer_build=True)


class CacheEntry(BaseModel):
    """
    Answer to a look-up.

    Attributes:
        hit: True when there is a live entry; its data may then be None.
        data: What was stored.
        stored_at: When.
        expires_at: When it ends, unless a write ends it before.
        tags: What it depends on.
        lease: Of the entry on a hit; on a miss, the one to compute under.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    hit: bool
    data: Any = None
    stored_at: datetime | None = None
    expires_at: datetime | None = None
    tags: list[str] | None = None
    lease: str


class KeptEntry(BaseModel):
    """
    One entry among many.

    Attributes:
        data: What was stored; None too is a value.
        stored_at: When.
        expires_at: When it ends, unless a write ends it before.
        tags: What it depends on.
        lease: What it was stored under; None on a standby.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    data: Any
    stored_at: datetime
    expires_at: datetime
    tags: list[str]
    lease: str | None = None


class CacheEntries(BaseModel):
    """
    Answer to a look-up of many keys.

    Attributes:
        lease: The one to compute under what is missing; None where nothing may be stored.
        entries: One for each key, in their order; None for a miss.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    lease: str | None
    entries: list[KeptEntry | None]


class NewCacheEntry(TypedDict):
    """
    An entry to store among many.

    Attributes:
        key: Its key.
        data: Anything that JSON can say.
        duration: How long it may be served, such as ``5 minutes``.
        tags: What it depends on.
        lease: What a look-up told before the data were computed.
    """

    key: str
    data: Any
    duration: str
    tags: list[str]
    lease: str | None


class CacheChanges(BaseModel):
    """
    What was written since a watermark.

    Attributes:
        reset: True when the watermark is of no use: drop everything kept.
        watermark: Where to go on from.
        changes: Hashed tags, each with the id of the transaction that wrote to it.
    """

    model_config: ClassVar[ConfigDict] = _MODEL

    reset: bool
    watermark: str
    changes: list[tuple[int, int]]


@rpc(stable=True)
def get_cached_data(p_cache_key: str, p_cache_duration: timedelta | str = "10 minutes") -> Any:
    """
    Return the cached value of a key, at most *p_cache_duration* old, or None.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_cache_entry(p_cache_key: str, p_max_age: timedelta | str | None = None) -> CacheEntry:
    """
    Return the cached entry of a key with its lease; on a miss, the lease to compute under.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_cache_entries(
    p_cache_keys: list[str], p_max_ages: list[timedelta | str | None] | None = None
) -> CacheEntries:
    """
    Return the cached entries of at most 1,000 keys, and the lease to compute the others under.
    """
    raise NotImplementedError


@rpc
def set_cached_entries(p_entries: list[NewCacheEntry]) -> list[bool]:
    """
    Store at most 100 values that were computed under leases; say of each whether it was stored.
    """
    raise NotImplementedError


@rpc
def set_cached_data(
    p_cache_key: str,
    p_cache_data: Any,
    p_cache_duration: timedelta | str = "10 minutes",
    p_cache_tags: list[str] = [],  # noqa: B006 - never touched: the body does not run
    p_lease: str | None = None,
) -> bool:
    """
    Store a value that was computed under a lease; False when a write has overtaken it.
    """
    raise NotImplementedError


@rpc
def invalidate_cache_by_tags(p_tags: list[str]) -> int:
    """
    End every entry that has one of the tags, and return how many that were.
    """
    raise NotImplementedError


@rpc
def cleanup_expired_cache() -> int:
    """
    Remove dead entries and old log rows, and return how many entries that were.
    """
    raise NotImplementedError


@rpc(stable=True)
def get_cache_metrics() -> CacheMetrics:
    """
    Return the cache's figures.
    """
    raise NotImplementedError


@rpc
def record_cache_hits(p_hits: Mapping[str, int]) -> None:
    """
    Add hit counts by key.
    """
    raise NotImplementedError


@rpc
def get_cache_changes(p_after: str | None = None) -> CacheChanges:
    """
    Return the tags written to since the watermark *p_after*, and the next watermark.
    """
    raise NotImplementedError
