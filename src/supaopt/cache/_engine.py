"""
What both managers do, free of colour: they only choose how to drive it.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from supaopt.cache._config import DEFAULT, CacheConfig
from supaopt.cache._flow import Ports, Read
from supaopt.cache._follow import Follower
from supaopt.cache._near import MISSING, Near
from supaopt.cache._rules import check_key, check_tags
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from supaopt.cache._config import InProcess
    from supaopt.cache._gate import Board
    from supaopt.cache._model import CacheEvent, CacheMetrics
    from supaopt.cache._ports import Background, CacheStore

T = TypeVar("T")


class Runner(Protocol):
    """
    Keeps a follower going.
    """

    def ensure(self) -> None:
        """
        Start it unless it runs.
        """
        ...

    def stop(self) -> None:
        """
        End it for good.
        """
        ...


class Engine:
    """
    The tiers and the flights of one manager.
    """

    def __init__(
        self,
        *,
        store: CacheStore,
        board: Callable[[], Board],
        background: Background,
        emit: Callable[[CacheEvent], None],
        patience: float,
        l1: InProcess | None,
        runner: Callable[[Follower], Runner],
        on_hit: Callable[[str], None] | None,
    ) -> None:
        self._store = store
        self._board = board
        self._background = background
        self._emit = emit
        self._patience = patience
        self.near: Near | None = None
        self._runner: Runner | None = None
        if l1 is not None:
            self.near = Near(l1, clock=time.monotonic, wall=time.time, on_hit=on_hit)
            follower = Follower(store, self.near, poll=l1.poll, clock=time.monotonic, emit=emit)
            self._runner = runner(follower)

    def peek(self, key: str, config: CacheConfig, kind: Any) -> Any:
        """
        Return the answer in this process, or `MISSING`.
        """
        return MISSING if self.near is None else self.near.peek(key, config, kind)

    async def read(
        self,
        key: str,
        query: Callable[[], Awaitable[T]],
        config: CacheConfig | None,
        kind: Any,
        *,
        refresh: bool = False,
    ) -> T:
        """
        Return the cached answer, or a fresh one; only a fresh one to *refresh*.
        """
        if config is not None and not isinstance(config, CacheConfig):
            raise ConfigError(
                f"config is a {type(config).__name__}; pass CacheConfig(duration, tags)"
            )
        if self._runner is not None:
            self._runner.ensure()
        ports = Ports(
            store=self._store,
            board=self._board(),
            emit=self._emit,
            patience=self._patience,
            near=self.near,
            background=self._background,
            wall=time.time,
            chance=random.random,
        )
        read: Read[T] = Read(ports, check_key(key), config or DEFAULT, kind, query, refresh=refresh)
        return await read.run()

    async def invalidate(self, tags: Iterable[str]) -> int:
        """
        End the entries that carry one of *tags*.
        """
        checked = check_tags(tags)
        if not checked:
            return 0
        try:
            return await self._store.invalidate(checked)
        finally:
            # Also after a failure: the database may have heard.
            if self.near is not None:
                self.near.forget(checked)

    async def metrics(self) -> CacheMetrics:
        """
        Return what the database knows about its cache.
        """
        return await self._store.metrics()

    def close(self) -> None:
        """
        Stop what runs beside the callers.
        """
        if self._runner is not None:
            self._runner.stop()
