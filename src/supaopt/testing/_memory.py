"""
The database's cache without a database, under the name that tests look for.
"""

from __future__ import annotations

from supaopt.cache import MemoryStore as MemoryCache

__all__ = ["MemoryCache"]
