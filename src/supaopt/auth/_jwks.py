"""
A project's published keys, fetched without making requests wait: for threads and for event loops.

When to fetch is `Freshness`'s decision; here it happens, once for all who wait.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from supaopt.auth._freshness import Freshness, JwksPolicy, Need

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supaopt.auth._keys import KeyRing
    from supaopt.auth._token import Header

    Fetch = Callable[[], bytes]
    AsyncFetch = Callable[[], Awaitable[bytes]]
    Clock = Callable[[], float]


class Jwks:
    """
    The published keys, for threads.

    Args:
        fetch: Gets the key set's JSON, in bounded time.
        policy: How long to believe it.
        clock: Seconds that never go back.
    """

    def __init__(self, fetch: Fetch, policy: JwksPolicy, clock: Clock = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._state = Freshness(policy)
        self._pid, self._fetching = os.getpid(), threading.Lock()

    def ready(self, header: Header) -> KeyRing | None:
        """
        Return the keys if none need be waited for.
        """
        now = self._clock()
        ring = self._state.fresh(header, now)
        if ring is not None:
            return ring
        need = self._state.need(header, now)
        if need is Need.REFRESH_BEHIND:
            self._refresh_behind()
        return None if need is Need.FETCH_FIRST else self._state.ring

    def ring(self, header: Header) -> KeyRing:
        """
        Return the keys to verify *header*'s token with, fetching them if need be.

        Raises:
            KeysUnavailableError: They cannot be had.
        """
        ring = self.ready(header)
        if ring is not None and not (self._fetching.locked() and self._state.worth_waiting(header)):
            return ring
        self._leave_parent()
        with self._fetching:
            if self._state.need(header, self._clock()) is Need.FETCH_FIRST:
                self._refresh()
        return self._state.usable(self._clock())

    def hydrate(self) -> None:
        """
        Fetch the keys now.

        Raises:
            KeysUnavailableError: They cannot be had.
        """
        self._leave_parent()
        with self._fetching:
            self._refresh()
        self._state.usable(self._clock())

    def forget(self) -> None:
        """
        Drop the keys.
        """
        self._leave_parent()
        with self._fetching:
            self._state.forget()

    def _refresh_behind(self) -> None:
        self._leave_parent()
        if not self._fetching.acquire(blocking=False):
            return

        def refresh() -> None:
            try:
                self._refresh()
            finally:
                self._fetching.release()

        try:
            threading.Thread(target=refresh, name="supaopt-jwks", daemon=True).start()
        except RuntimeError:  # no thread to be had, as at shutdown: the next caller tries again
            self._fetching.release()

    def _leave_parent(self) -> None:
        # A fork copies the gate as it is: shut for ever, if a thread of the parent was fetching.
        if self._pid != os.getpid():
            self._pid, self._fetching = os.getpid(), threading.Lock()

    def _refresh(self) -> None:
        self._state.asked(self._clock())
        try:
            self._state.accept(self._fetch(), self._clock())
        except Exception as error:  # noqa: BLE001 - whatever failed, there are no new keys
            self._state.failed(error)


class AsyncJwks:
    """
    The published keys, for event loops; see `Jwks`.
    """

    def __init__(
        self, fetch: AsyncFetch, policy: JwksPolicy, clock: Clock = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._state = Freshness(policy)
        # One task per loop: a task cannot be awaited from another.
        self._fetching: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = (
            WeakKeyDictionary()
        )

    def ready(self, header: Header) -> KeyRing | None:
        """
        Return the keys if none need be waited for.
        """
        now = self._clock()
        ring = self._state.fresh(header, now)
        if ring is not None:
            return ring
        need = self._state.need(header, now)
        if need is Need.REFRESH_BEHIND:
            self._refreshing()
        return None if need is Need.FETCH_FIRST else self._state.ring

    async def ring(self, header: Header) -> KeyRing:
        """
        Return the keys to verify *header*'s token with, fetching them if need be.

        Raises:
            KeysUnavailableError: They cannot be had.
        """
        ring = self.ready(header)
        if ring is not None and not (self._state.worth_waiting(header) and self._is_fetching()):
            return ring
        # A caller that gives up must not take the others' fetch with it.
        await asyncio.shield(self._refreshing())
        return self._state.usable(self._clock())

    async def hydrate(self) -> None:
        """
        Fetch the keys now.

        Raises:
            KeysUnavailableError: They cannot be had.
        """
        await asyncio.shield(self._refreshing())
        self._state.usable(self._clock())

    def forget(self) -> None:
        """
        Drop the keys.
        """
        self._state.forget()

    async def aclose(self) -> None:
        """
        End the fetch that this loop has under way.
        """
        task = self._fetching.pop(asyncio.get_running_loop(), None)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

    def _is_fetching(self) -> bool:
        return asyncio.get_running_loop() in self._fetching

    def _refreshing(self) -> asyncio.Task[None]:
        loop = asyncio.get_running_loop()
        task = self._fetching.get(loop)
        if task is None or task.done():
            task = loop.create_task(self._refresh(), name="supaopt-jwks")
            self._fetching[loop] = task
        return task

    async def _refresh(self) -> None:
        self._state.asked(self._clock())
        try:
            self._state.accept(await self._fetch(), self._clock())
        except Exception as error:  # noqa: BLE001 - whatever failed, there are no new keys
            self._state.failed(error)
        finally:
            # A task holds its loop, so one that stayed here would keep both for ever.
            self._fetching.pop(asyncio.get_running_loop(), None)
