"""
Keeping copies in step with the database: one poll, for both colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.cache._model import CacheEvent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supaopt.cache._near import Near
    from supaopt.cache._ports import CacheStore

IDLE_POLLS: Final = 60
"""Polls without anybody being served after which a follower rests until it is needed again."""


class Follower:
    """
    Asks the database what was written, and lets the copies know.

    Args:
        store: The database.
        near: The copies.
        poll: Seconds between two polls.
        clock: Seconds, from any start.
        emit: Told of failures.
        keep_house: Called after each poll; returns how many reads there were since the last.
    """

    def __init__(
        self,
        store: CacheStore,
        near: Near,
        *,
        poll: float,
        clock: Callable[[], float],
        emit: Callable[[CacheEvent], None],
        keep_house: Callable[[], Awaitable[int]],
    ) -> None:
        self.poll = poll
        self._store = store
        self._near = near
        self._clock = clock
        self._emit = emit
        self._keep_house = keep_house
        self._idle = 0

    async def step(self) -> bool:
        """
        Poll once; False when there has been no need for some time.
        """
        asked_at = self._clock()
        try:
            self._near.advance(await self._store.changes(self._near.watermark), asked_at)
        except Exception as error:  # noqa: BLE001 - copies stop being trusted by themselves
            self._emit(CacheEvent(kind="error", tier="changes", key="", error=error))
        self._idle = 0 if await self._keep_house() else self._idle + 1
        return self._idle < IDLE_POLLS
