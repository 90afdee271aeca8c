"""
HTTP caching of cached answers: what browsers and CDNs may keep, for how long, and how a CDN is
told of writes. `supaopt.contrib.http_cache.starlette`, `.flask` and `.django` make responses.
"""

from __future__ import annotations

from supaopt.contrib.http_cache._answer import EdgeAnswer, edge_answer
from supaopt.contrib.http_cache._cdn import Cdn, Cloudflare, Fastly, PurgeCall, Vercel
from supaopt.contrib.http_cache._follow import AsyncEdgeFollower, EdgeFollower
from supaopt.contrib.http_cache._policy import EdgePolicy
from supaopt.contrib.http_cache._purge import (
    AsyncEdgePurge,
    AsyncPurgingCache,
    EdgePurge,
    PurgingCache,
)
from supaopt.contrib.http_cache._tags import edge_tags

__all__ = [
    "AsyncEdgeFollower",
    "AsyncEdgePurge",
    "AsyncPurgingCache",
    "Cdn",
    "Cloudflare",
    "EdgeAnswer",
    "EdgeFollower",
    "EdgePolicy",
    "EdgePurge",
    "Fastly",
    "PurgeCall",
    "PurgingCache",
    "Vercel",
    "edge_answer",
    "edge_tags",
]
