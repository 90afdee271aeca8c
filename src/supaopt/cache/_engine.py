"""
What both managers do, free of colour: they only choose how to drive it.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from supaopt.cache._breaker import Breaker
from supaopt.cache._computation import BatchComputation, Computation
from supaopt.cache._config import DEFAULT, CacheConfig, InProcess
from supaopt.cache._deferred import current
from supaopt.cache._far import Far
from supaopt.cache._flow import Read
from supaopt.cache._follow import Follower
from supaopt.cache._guard import GuardedStore
from supaopt.cache._hits import Hits
from supaopt.cache._many import ReadMany, configs_of
from supaopt.cache._model import CacheEvent
from supaopt.cache._near import MISSING, Near
from supaopt.cache._ports import BulkStore
from supaopt.cache._queries import Queries
from supaopt.cache._rules import check_key, check_tags
from supaopt.cache._shared import shared, shared_many
from supaopt.cache._world import Ports
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from supaopt._figures import CacheMetrics
    from supaopt.cache._entry import Entry
    from supaopt.cache._far import Shelf
    from supaopt.cache._gate import Board
    from supaopt.cache._many import Configs
    from supaopt.cache._ports import Background, CacheStore, Runner


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
        shelf: Shelf | None,
        prefix: str,
        runner: Callable[[Follower], Runner],
        on_hit: Callable[[str, str], None] | None,
        adapt: Callable[[str, Callable[[], Any]], Callable[[], Awaitable[Any]]],
    ) -> None:
        guarded = GuardedStore(store, Breaker(time.monotonic))
        self._bulk = guarded if isinstance(store, BulkStore) else None
        self._store = store = guarded
        self._emit = emit
        self._on_hit = on_hit
        self._adapt = adapt
        self._hits = Hits(time.monotonic)
        self._reads = 0  # at the last poll
        self._board = board
        self._background = background
        self._patience = patience
        self._ports: Ports | None = None
        self.queries: Queries = Queries(self, store=store, emit=emit, adapt=adapt)
        self.near: Near | None = None  # what is known of the log
        self.copies: Near | None = None  # the same, if it keeps copies
        self._far: Far | None = None
        self._runner: Runner | None = None
        self._follower: Follower | None = None
        if l1 is None and shelf is None:
            return
        options = l1 or InProcess()
        self.near = Near(
            options, clock=time.monotonic, wall=time.time, on_hit=on_hit, copies=l1 is not None
        )
        self.copies = self.near if self.near.keeps else None
        self._follower = Follower(
            store,
            self.near,
            poll=options.poll,
            clock=time.monotonic,
            emit=emit,
            keep_house=self._keep_house,
        )
        self._runner = runner(self._follower)
        if shelf is not None:
            self._far = Far(
                shelf,
                self.near,
                prefix=prefix,
                # One read asks three times: who hangs must not be waited for that often.
                breaker=Breaker(time.monotonic, after=1),
                wall=time.time,
                emit=emit,
            )

    def peek(self, key: str, config: CacheConfig, kind: Any) -> Any:
        """
        Return the answer in this process, or `MISSING`.
        """
        return MISSING if self.copies is None else self.copies.peek(key, config, kind)

    def peek_entry(self, key: str, config: CacheConfig, kind: Any) -> Entry[Any] | None:
        """
        Return the same with what is known of it, or None.
        """
        return None if self.copies is None else self.copies.entry(key, config, kind)

    async def read(
        self,
        key: str,
        function: Callable[..., Any],
        config: CacheConfig | None,
        kind: Any,
        *,
        refresh: bool = False,
    ) -> Any:
        """
        Return the cached answer, or a fresh one; only a fresh one to *refresh*.
        """
        ports, key, config = self._ports_here(), check_key(key), _checked(config)
        found = None if refresh else await shared(ports, key, config, kind)
        if found is None:
            self._follow()
            query = Computation(key, function, self._adapt)
            value = await Read[Any](ports, key, config, kind, query, refresh=refresh).run()
        else:
            value = found.value
        self._tell_hits()
        return value

    async def read_entry(
        self, key: str, function: Callable[..., Any], config: CacheConfig | None, kind: Any
    ) -> Entry[Any]:
        """
        Return the cached answer, or a fresh one, with what is known of it.
        """
        ports, key, config = self._ports_here(), check_key(key), _checked(config)
        if (near := self.peek_entry(key, config, kind)) is not None:
            return near
        found = await shared(ports, key, config, kind)
        if found is None:
            self._follow()
            query = Computation(key, function, self._adapt)
            entry = await Read[Any](ports, key, config, kind, query).entry()
        else:
            entry = found.entry(key, config, ports.wall())
        self._tell_hits()
        return entry

    async def read_many(
        self,
        keys: Iterable[str],
        function: Callable[..., Any],
        config: Configs | None,
        kind: Any,
    ) -> dict[str, Any]:
        """
        Return the answer of each key, cached or fresh.
        """
        configs = configs_of(keys, config)
        found = {key: self.peek(key, each, kind) for key, each in configs.items()}
        ports = self._ports_here()
        if left := _missing(configs, found):
            found |= await shared_many(ports, left, kind)
        if left := _missing(configs, found):
            self._follow()
            query = BatchComputation(function, self._adapt)
            found |= await ReadMany[Any](ports, left, kind, query).run()
        self._tell_hits()
        return found

    def _follow(self) -> None:
        if self._runner is not None:  # nothing is served from above for long without it
            self._runner.ensure()

    def _tell_hits(self) -> None:
        if self._follower is None and self._hits.due():  # else it keeps house
            self._background.spawn(self.flush_hits)

    def _ports_here(self) -> Ports:
        # The same at each read, but for the flights of another event loop.
        board, ports = self._board(), self._ports
        if ports is None or ports.board is not board:
            ports = self._ports = Ports(
                store=self._store,
                bulk=self._bulk,
                board=board,
                emit=self._emit,
                hit=self._hit,
                patience=self._patience,
                near=self.near,
                far=self._far,
                background=self._background,
                wall=time.time,
                chance=random.random,
            )
        return ports  # not self._ports: another loop's thread may have replaced it

    async def invalidate(self, tags: Iterable[str]) -> int:
        """
        End the entries that carry one of *tags*.
        """
        checked = check_tags(tags)
        if (batch := current(self)) is not None:
            batch.add(checked)
            self._forget(checked)  # here at least it is known at once
            return 0
        if not checked:
            return 0
        try:
            return await self._store.invalidate(checked)
        finally:
            # Also after a failure: the database may have heard.
            self._forget(checked)
            if self._far is not None and self.near is not None:
                self.near.distrust()  # until this process has heard of its own write
                await self.poll()

    def _forget(self, tags: tuple[str, ...]) -> None:
        if self.near is not None:
            self.near.forget(tags)

    @property
    def follows(self) -> bool:
        """
        Whether there is a tier that follows changes.
        """
        return self._follower is not None

    async def poll(self) -> None:
        """
        Hear of changes now.
        """
        if self._follower is not None:
            await self._follower.step()

    async def metrics(self) -> CacheMetrics:
        """
        Return what the database knows about its cache.
        """
        return await self._store.metrics()

    async def cleanup(self) -> int:
        """
        Remove what has ended.
        """
        return await self._store.cleanup()

    async def flush_hits(self) -> None:
        """
        Tell the database how often entries were read.
        """
        if self.near is not None:
            self.near.tell_hits(self._hits.add)
        if not (hits := self._hits.take()):
            return
        try:
            await self._store.record_hits(hits)
        except Exception as error:  # noqa: BLE001 - figures, which nobody waits for
            self._emit(CacheEvent(kind="error", tier="hits", key="", error=error))

    async def _keep_house(self) -> int:
        assert self.near is not None
        self.near.tell_hits(self._hits.add)
        if self._hits.due():
            await self.flush_hits()
        before, self._reads = self._reads, self._hits.reads
        return self._reads - before

    def _hit(self, tier: str, key: str) -> None:
        self._hits.add(key)
        if self._on_hit is not None:
            self._on_hit(tier, key)

    async def close(self) -> None:
        """
        Stop what runs beside the callers, and tell what is not yet told.
        """
        if self._runner is not None:
            self._runner.stop()
        await self.flush_hits()
        if self._far is not None:
            await self._far.close()


def _checked(config: CacheConfig | None) -> CacheConfig:
    if config is not None and not isinstance(config, CacheConfig):
        raise ConfigError(f"config is a {type(config).__name__}; pass CacheConfig(duration, tags)")
    return config or DEFAULT


def _missing(
    configs: Mapping[str, CacheConfig], found: Mapping[str, Any]
) -> dict[str, CacheConfig]:
    return {key: configs[key] for key, value in found.items() if value is MISSING}
