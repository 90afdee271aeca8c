"""
The demo: what supaopt does for a Supabase backend, measured before and after in one run.

It starts a local Supabase, fills it with a learning platform's data, and measures authentication,
an N+1 loop, payloads and the cache through supabase-py over HTTP.
"""

from __future__ import annotations

from supaopt.demo._model import (
    AuthResult,
    CacheResult,
    DemoResult,
    Environment,
    NPlusOneResult,
    PayloadResult,
)
from supaopt.demo._report import to_html
from supaopt.demo._run import SIZES, run
from supaopt.demo._steps import Steps
from supaopt.demo._tables import TextTable, caption, to_tables

__all__ = [
    "SIZES",
    "AuthResult",
    "CacheResult",
    "DemoResult",
    "Environment",
    "NPlusOneResult",
    "PayloadResult",
    "Steps",
    "TextTable",
    "caption",
    "run",
    "to_html",
    "to_tables",
]
