"""
Who is told what happened.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from supaopt.cache._model import CacheEvent
from supaopt.cache._tally import CacheTally

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("supaopt.cache")


class Reporter:
    """
    Logs failing tiers and hands every event to the program's own listener.
    """

    def __init__(self, on_event: Callable[[CacheEvent], None] | None) -> None:
        self._on_event = on_event

    @property
    def on_hit(self) -> Callable[[str, str], None] | None:
        """
        What tells of a hit of a tier and a key, or None when nobody listens.
        """
        if isinstance(self._on_event, CacheTally):
            return self._on_event.hit  # an event would cost more than the hit
        return None if self._on_event is None else self._hit

    def _hit(self, tier: str, key: str) -> None:
        self(CacheEvent(kind="hit", tier=tier, key=key))

    def __call__(self, event: CacheEvent) -> None:
        """
        Tell *event*; never raises.
        """
        if event.kind == "error":
            _log.warning(
                "cache tier %r failed for key %r, which counts as a miss: %s",
                event.tier,
                event.key,
                event.error,
            )
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 - whatever a listener raises is not the read's problem
            _log.exception("on_event raised; the read goes on")
