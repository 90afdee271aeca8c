"""
Figures of the cache in Postgres, as ``get_cache_metrics`` tells them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class CacheShare(BaseModel):
    """
    Figures of one tag or one kind of scope.

    Attributes:
        entries: How many there are.
        hits: How often they were read.
        bytes: How much room their data take.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    entries: int = 0
    hits: int = 0
    bytes: int = 0


class CacheMetrics(BaseModel):
    """
    What the database knows about its cache.

    Attributes:
        total_entries: Entries held, ended ones that clean-up has yet to remove included.
        average_hits: Reads per entry.
        max_hits: Reads of the entry read most.
        reused_entries: Entries read at least once.
        expired_entries: Entries past their duration.
        oldest_entry: When the oldest was stored.
        newest_entry: When the newest was stored.
        bytes: How much room the data take.
        log_rows: Length of the invalidation log.
        watched_tables: How many tables end entries by themselves.
        watched: The tag that every write to a watched table ends, by the table with its schema.
        by_tag: The heaviest tags.
        by_scope: ``shared`` entries, and those of single users.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    total_entries: int = 0
    average_hits: float = 0
    max_hits: int = 0
    reused_entries: int = 0
    expired_entries: int = 0
    oldest_entry: datetime | None = None
    newest_entry: datetime | None = None
    bytes: int = 0
    log_rows: int = 0
    watched_tables: int = 0
    watched: dict[str, str] = Field(default_factory=dict)
    by_tag: dict[str, CacheShare] = Field(default_factory=dict)
    by_scope: dict[str, CacheShare] = Field(default_factory=dict)
