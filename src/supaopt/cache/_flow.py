"""
The cached read, written once for both colours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from supaopt.cache._answer import compute
from supaopt.cache._gate import begin, once
from supaopt.cache._model import Hit, Miss
from supaopt.cache._slot import Slot
from supaopt.cache._world import is_early
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.cache._computation import Computation
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._entry import Entry
    from supaopt.cache._far import Far
    from supaopt.cache._gate import Flight, Outcome
    from supaopt.cache._ports import Mark
    from supaopt.cache._world import Ports

T = TypeVar("T")


class Read(Generic[T]):
    """
    One caller's read of one key.
    """

    def __init__(
        self,
        ports: Ports,
        key: str,
        config: CacheConfig,
        kind: Any,
        query: Computation,
        *,
        refresh: bool = False,
    ) -> None:
        self._ports = ports
        self._config = config
        self._kind = kind
        self._query = query
        self._refresh = refresh
        self._slot: Slot[T] = Slot(
            ports, key, config, kind, adaptive=query.takes_context, refresh=refresh
        )

    async def run(self) -> T:
        """
        Return the database's answer, or a fresh one.

        Raises:
            Exception: Whatever the query raised; a failing tier is a miss.
        """
        return self._slot.value((await self._fly()).data)

    async def entry(self) -> Entry[T]:
        """
        Return the same with what is known of it.

        Raises:
            Exception: As for `run`.
        """
        return self._slot.entry(await self._fly())

    async def _fly(self) -> Outcome:
        ports = self._ports
        return await once(ports.board, self._slot.flight, self._load, patience=ports.patience)

    async def _load(self, flight: Flight) -> Outcome:
        far = None if self._refresh else self._ports.far
        return await self._load_below(flight, self._slot.mark(), far)

    async def _load_below(self, flight: Flight, mark: Mark | None, far: Far | None) -> Outcome:
        found = await self._slot.lookup_fresh()
        if isinstance(found, Hit) and self._slot.opens(found.data):
            self._refresh_early(found)
            return await self._slot.take(found, mark)
        self._slot.tell("miss")
        if far is not None and mark is not None:
            return await self._take_turn(flight, found.lease, mark, far)
        return await self._compute_in_time(flight, found.lease, mark)

    async def _take_turn(self, flight: Flight, lease: str | None, mark: Mark, far: Far) -> Outcome:
        # Another process may be computing the same.
        ports, slot = self._ports, self._slot
        turn = await far.turn(
            slot.key,
            mark,
            max_age=slot.max_age,
            patience=ports.patience,
            sleep=ports.background.sleep,
        )
        if turn.found is not None and slot.opens(turn.found[1]):
            return slot.take_far(*turn.found, mark)
        try:
            if not turn.waited:
                return await self._compute_in_time(flight, lease, mark)
            # The other one has failed, or its answer was overtaken, or is in the database alone.
            return await self._load_below(flight, mark, None)
        finally:
            if turn.token is not None:
                await far.release(slot.key, mark, turn.token)

    async def _compute_in_time(
        self, flight: Flight, lease: str | None, mark: Mark | None
    ) -> Outcome:
        if self._config.soft_timeout is not None and not self._refresh:
            return await self._race(flight, lease, mark, self._config.soft_timeout)
        return await self._compute(flight, lease, mark)

    async def _compute(self, flight: Flight, lease: str | None, mark: Mark | None) -> Outcome:
        slot = self._slot
        try:
            held = await slot.held(lease) if self._query.takes_context else None
            answer = await compute(
                self._query, held, config=self._config, codec=slot.codec, ports=self._ports
            )
        except ConfigError:
            raise  # the program is wrong, and an old answer would hide it
        except Exception as error:
            # From here on nobody may join who has seen more than the look-up that follows.
            flight.close()
            stale = None if self._refresh else await slot.fallback()
            if stale is None:
                raise
            slot.tell("stale", error)
            return stale
        if lease is not None:  # who could store asks the database, which vouches for who has joined
            flight.close()
        return await slot.keep(answer, lease, mark)

    async def _race(
        self, flight: Flight, lease: str | None, mark: Mark | None, limit: float
    ) -> Outcome:
        # Which is there first: a fresh answer, or the end of patience with an old one.
        slot = self._slot
        if await slot.fallback() is None:
            return await self._compute(flight, lease, mark)
        refresh, own = self._begin_refresh()
        landed = refresh is not None and await refresh.landed.wait(limit)
        if landed and own and refresh is not None and refresh.outcome:
            return replace(refresh.outcome, vouched=False)
        # Somebody else's may have begun before a write that this caller has seen: ask the store.
        flight.close()
        found = await slot.lookup_fresh() if landed else Miss()
        if isinstance(found, Hit) and slot.opens(found.data):
            return slot.found(found, vouched=True)
        stale = await slot.fallback()
        if stale is None:
            return await self._compute(flight, lease, mark)
        slot.tell("stale")
        return stale

    def _refresh_early(self, hit: Hit) -> None:
        life = self._slot.life_of(hit)
        if not self._refresh and is_early(hit, self._config, life, self._ports):
            self._begin_refresh()

    def _begin_refresh(self) -> tuple[Flight | None, bool]:
        # The flight that computes anew, if there is one, and whether this call began it.
        ports, slot = self._ports, self._slot
        behind: Read[T] = Read(ports, slot.key, self._config, self._kind, self._query, refresh=True)
        flight, fly = begin(ports.board, behind._slot.flight, behind._load)
        if fly is None:
            return flight, False
        lead = fly

        async def run() -> None:
            try:
                await lead()
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                slot.tell("error", error, tier="refresh")

        if ports.background.spawn(run):
            return flight, True
        ports.board.retire(behind._slot.flight, flight)
        flight.landed.set()
        return None, False
