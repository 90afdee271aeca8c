"""
OpenTelemetry: what authenticated requests and caches have to report.
"""

from __future__ import annotations

from supaopt.contrib.opentelemetry._auth import AuthTelemetry
from supaopt.contrib.opentelemetry._cache import CacheTelemetry

__all__ = ["AuthTelemetry", "CacheTelemetry"]
