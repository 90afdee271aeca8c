"""
What both managers do, free of colour: they only choose how to drive it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from supaopt.cache._codec import codec_for
from supaopt.cache._flow import Ports, Read
from supaopt.cache._model import CacheConfig
from supaopt.cache._rules import check_key, check_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from supaopt.cache._codec import Codec
    from supaopt.cache._gate import Board
    from supaopt.cache._model import CacheEvent, CacheMetrics
    from supaopt.cache._ports import CacheStore

T = TypeVar("T")

_DEFAULT = CacheConfig()


class Engine:
    """
    The tiers and the flights of one manager.
    """

    def __init__(
        self,
        *,
        store: CacheStore,
        board: Callable[[], Board],
        emit: Callable[[CacheEvent], None],
        patience: float,
    ) -> None:
        self._store = store
        self._board = board
        self._emit = emit
        self._patience = patience

    async def read(
        self, key: str, query: Callable[[], Awaitable[T]], config: CacheConfig | None, kind: Any
    ) -> T:
        """
        Return the cached answer, or a fresh one.
        """
        if config is not None and not isinstance(config, CacheConfig):
            raise ConfigError(
                f"config is a {type(config).__name__}; pass CacheConfig(duration, tags)"
            )
        codec: Codec[T] = codec_for(kind)
        ports = Ports(self._store, self._board(), self._emit, self._patience)
        return await Read(ports, check_key(key), config or _DEFAULT, codec, query).run()

    async def invalidate(self, tags: Iterable[str]) -> int:
        """
        End the entries that carry one of *tags*.
        """
        checked = check_tags(tags)
        return await self._store.invalidate(checked) if checked else 0

    async def metrics(self) -> CacheMetrics:
        """
        Return what the database knows about its cache.
        """
        return await self._store.metrics()
