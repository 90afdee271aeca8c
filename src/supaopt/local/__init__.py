"""
A live local Supabase from packages alone: Postgres, REST and Auth, with no container.

Examples:
    >>> from supaopt.local import LocalSupabase
    >>> with LocalSupabase() as stack:  # doctest: +SKIP
    ...     client = supabase.create_client(stack.url, stack.secret_key)
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    raise ImportError("supaopt.local runs on Linux and macOS; on Windows use it inside WSL")

from supaopt.local._stack import LocalSupabase

__all__ = ["LocalSupabase"]
