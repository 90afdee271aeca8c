"""
The cached read of a query, which names neither a key nor tags.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from supaopt.cache._config import CacheConfig
from supaopt.cache._entry import unkept
from supaopt.cache._model import CacheEvent
from supaopt.cache._near import MISSING
from supaopt.cache._rows import RowsCodec, check_plan, key_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from supaopt.cache._computation import Adapt
    from supaopt.cache._config import ConfigOptions
    from supaopt.cache._duration import Duration
    from supaopt.cache._engine import Engine
    from supaopt.cache._entry import Entry
    from supaopt.cache._ports import CacheStore
    from supaopt.selectors._plan import Plan

_WATCHED_FOR: Final = 60.0  # seconds until the list of watched tables is asked for again


class Queries:
    """
    Reads queries through the tiers of one manager.

    Args:
        engine: The tiers.
        store: Tells which tables are watched.
        emit: Told when it does not.
        adapt: Makes a function what the flow awaits.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        store: CacheStore,
        emit: Callable[[CacheEvent], None],
        adapt: Adapt,
    ) -> None:
        self._engine = engine
        self._store = store
        self._emit = emit
        self._adapt = adapt
        self._watched: tuple[Mapping[str, str], float] | None = None

    async def rows(
        self,
        plan: Plan[Any, Any, Any],
        fetch: Callable[[], Any],
        duration: Duration,
        options: ConfigOptions,
    ) -> Any:
        """
        Return the rows of a query, cached or fresh.

        Args:
            plan: The query.
            fetch: Runs it, in the manager's colour, and returns the body of the answer.
            duration: As for `CacheConfig`.
            options: As for `CacheConfig`.
        """
        key, config, codec = _asked(plan, duration, options)
        if (found := self._engine.peek(key, config, codec)) is not MISSING:
            return found
        if (tags := await self._tags(plan, key)) is None:
            return codec.decode(await self._adapt(key, fetch)())
        return await self._engine.read(key, fetch, config.tagged(tags), codec)

    async def entry(
        self,
        plan: Plan[Any, Any, Any],
        fetch: Callable[[], Any],
        duration: Duration,
        options: ConfigOptions,
    ) -> Entry[Any]:
        """
        Return the same with what is known of them; see `rows`.
        """
        key, config, codec = _asked(plan, duration, options)
        if (near := self._engine.peek_entry(key, config, codec)) is not None:
            return near
        if (tags := await self._tags(plan, key)) is None:
            rows, now = codec.decode(await self._adapt(key, fetch)()), time.time()
            return unkept((), now, "fresh").entry(rows, 0.0, config, now)
        return await self._engine.read_entry(key, fetch, config.tagged(tags), codec)

    async def _tags(self, plan: Plan[Any, Any, Any], key: str) -> tuple[str, ...] | None:
        try:
            watched = await self._watching()
        except Exception as error:  # noqa: BLE001 - without tags nothing may be kept
            self._emit(CacheEvent(kind="error", tier="database", key=key, error=error))
            return None
        return tags_of(plan, watched)

    async def _watching(self) -> Mapping[str, str]:
        # Tables are watched by migrations: seldom.
        now = time.monotonic()
        if self._watched is None or now >= self._watched[1]:
            found = (await self._store.metrics()).watched
            self._watched = found, now + _WATCHED_FOR
        return self._watched[0]


def _asked(
    plan: Plan[Any, Any, Any], duration: Duration, options: ConfigOptions
) -> tuple[str, CacheConfig, RowsCodec]:
    check_plan(plan)
    return key_of(plan), CacheConfig(duration, **options), RowsCodec(plan.selector.row, plan)
