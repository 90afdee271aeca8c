"""
Rate limits by user, address or route, counted in the Redis that the cache uses or in the process.
`supaopt.contrib.rate_limit.fastapi`, `.asgi`, `.flask` and `.django` put them before routes.
"""

from __future__ import annotations

from supaopt.contrib.rate_limit._limit import RateLimit
from supaopt.contrib.rate_limit._limiter import AsyncRateLimiter, RateLimiter
from supaopt.contrib.rate_limit._verdict import Verdict, Window
from supaopt.contrib.rate_limit._visit import Visit, client_address

__all__ = [
    "AsyncRateLimiter",
    "RateLimit",
    "RateLimiter",
    "Verdict",
    "Visit",
    "Window",
    "client_address",
]
