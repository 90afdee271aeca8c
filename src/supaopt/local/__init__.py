"""
A live local Supabase from packages alone: Postgres, REST and Auth, with no container.

Examples:
    >>> from supaopt.local import LocalSupabase
    >>> with LocalSupabase() as stack:  # doctest: +SKIP
    ...     client = supabase.create_client(stack.url, stack.secret_key)
"""

from __future__ import annotations

from supaopt.local._stack import LocalSupabase

__all__ = ["LocalSupabase"]
