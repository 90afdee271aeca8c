"""
The cached read, written once for both colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from supaopt.cache._codec import codec_for
from supaopt.cache._gate import Flight, Outcome, begin, once
from supaopt.cache._keep import Keeper
from supaopt.cache._model import CacheEvent, Hit, Miss
from supaopt.cache._world import is_early
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supaopt.cache._codec import Codec
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._far import Far, Head
    from supaopt.cache._model import EventKind, Lookup
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
        query: Callable[[], Awaitable[T]],
        *,
        refresh: bool = False,
    ) -> None:
        self._ports = ports
        self._key = key
        self._config = config
        self._kind = kind
        self._codec: Codec[T] = codec_for(kind)
        self._query = query
        self._refresh = refresh
        self._max_age = config.age_of(key)
        self._keeper = Keeper(
            ports=ports,
            key=key,
            config=config,
            kind=kind,
            codec=self._codec,
            max_age=self._max_age,
        )
        self._mine: tuple[bytes, T] | None = None  # decoded already, because this caller led

    async def run(self) -> T:
        """
        Return the database's answer, or a fresh one.

        Raises:
            Exception: Whatever the query raised; a failing tier is a miss.
        """
        ports = self._ports
        # Who asks for strict or for new answers shares no flight with those who do not.
        flight = (self._key, "refresh" if self._refresh else self._config.consistency)
        data = await once(ports.board, flight, self._load, patience=ports.patience)
        if self._mine is not None and self._mine[0] is data:
            return self._own()
        try:
            return self._codec.decode(data)
        except ValueError as error:
            raise ConfigError(
                f"{self._key!r} is being read as another type at the same time: {error}; "
                "give each type a key of its own"
            ) from error

    async def _load(self, flight: Flight) -> Outcome:
        far = None if self._refresh else self._ports.far
        return await self._load_below(flight, self._mark(), far)

    def _mark(self) -> Mark | None:
        near = self._ports.near
        return near.mark() if near is not None and self._config.copied_age else None

    def _own(self) -> T:
        assert self._mine is not None
        return self._mine[1]

    async def _load_below(self, flight: Flight, mark: Mark | None, far: Far | None) -> Outcome:
        found = await self._lookup(0.0 if self._refresh else self._max_age)
        if isinstance(found, Hit) and self._opens(found.data):
            return await self._from_store(found, mark)
        self._tell("miss")
        if far is not None and mark is not None:
            return await self._take_turn(flight, found.lease, mark, far)
        return await self._compute_in_time(flight, found.lease, mark)

    async def _take_turn(self, flight: Flight, lease: str | None, mark: Mark, far: Far) -> Outcome:
        # Another process may be computing the same.
        ports = self._ports
        turn = await far.turn(
            self._key,
            mark,
            max_age=self._max_age,
            patience=ports.patience,
            sleep=ports.background.sleep,
        )
        if turn.found is not None and self._opens(turn.found[1]):
            return self._from_far(*turn.found, mark)
        try:
            if not turn.waited:
                return await self._compute_in_time(flight, lease, mark)
            # The other one has failed, or its answer was overtaken, or is in the database alone.
            return await self._load_below(flight, mark, None)
        finally:
            if turn.token is not None:
                await far.release(self._key, mark, turn.token)

    async def _compute_in_time(
        self, flight: Flight, lease: str | None, mark: Mark | None
    ) -> Outcome:
        if self._config.soft_timeout is not None and not self._refresh:
            return await self._race(flight, lease, mark, self._config.soft_timeout)
        return await self._compute(flight, lease, mark)

    def _from_far(self, head: Head, data: bytes, mark: Mark) -> Outcome:
        self._ports.hit("redis", self._key)
        self._keeper.copy(head.hit(data), self._own(), mark._replace(watermark=head.vouched))
        return Outcome(data, vouched=True)  # as good for all who would take a shared answer

    async def _from_store(self, hit: Hit, mark: Mark | None) -> Outcome:
        self._ports.hit("database", self._key)
        if is_early(hit, self._config, self._max_age, self._ports) and not self._refresh:
            self._begin_refresh()
        # A write may have been committed since the look-up, before the next caller joined;
        # who would take a copy of this moment may take it all the same.
        copied = self._keeper.copy(hit, self._own(), mark)
        await self._keeper.share(hit, mark)
        return Outcome(hit.data, vouched=copied)

    async def _compute(self, flight: Flight, lease: str | None, mark: Mark | None) -> Outcome:
        try:
            data = await self._fresh()
        except ConfigError:
            raise  # the program is wrong, and an old answer would hide it
        except Exception as error:
            # From here on nobody may join who has seen more than the look-up that follows.
            flight.close()
            stale = None if self._refresh else await self._stale()
            if stale is None:
                raise
            self._tell("stale", error)
            return Outcome(stale, vouched=True)
        # An entry that could not be read has a lease older than this computation: as good as new.
        if lease is None:
            return Outcome(data, vouched=True)  # nobody can vouch, and no round would change that
        flight.close()
        stored = await self._store(data, lease)
        if stored:
            hit = Hit(data=data, tags=self._config.tags, lease=lease)
            self._keeper.copy(hit, self._own(), mark)
            await self._keeper.share(hit, mark)
        return Outcome(data, vouched=stored)

    async def _race(
        self, flight: Flight, lease: str | None, mark: Mark | None, limit: float
    ) -> Outcome:
        # Which is there first: a fresh answer, or the end of patience with an old one.
        if await self._stale() is None:
            return await self._compute(flight, lease, mark)
        refresh, own = self._begin_refresh()
        landed = refresh is not None and await refresh.landed.wait(limit)
        if landed and own and refresh is not None and refresh.outcome:
            return Outcome(refresh.outcome.data, vouched=False)
        # Somebody else's may have begun before a write that this caller has seen: ask the store.
        flight.close()
        found = await self._lookup(self._max_age) if landed else Miss()
        if isinstance(found, Hit) and self._opens(found.data):
            return Outcome(found.data, vouched=True)
        stale = await self._stale()
        if stale is None:
            return await self._compute(flight, lease, mark)
        self._tell("stale")
        return Outcome(stale, vouched=True)

    def _begin_refresh(self) -> tuple[Flight | None, bool]:
        # The flight that computes anew, if there is one, and whether this call began it.
        ports = self._ports
        behind: Read[T] = Read(
            ports, self._key, self._config, self._kind, self._query, refresh=True
        )
        key = (self._key, "refresh")
        flight, fly = begin(ports.board, key, behind._load)
        if fly is None:
            return flight, False
        lead = fly

        async def run() -> None:
            try:
                await lead()
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                self._tell("error", error, tier="refresh")

        if ports.background.spawn(run):
            return flight, True
        ports.board.retire(key, flight)
        flight.landed.set()
        return None, False

    async def _stale(self) -> bytes | None:
        # An answer past its duration and within its grace; ended by a write it is never served.
        if not self._config.grace:
            return None
        found = await self._lookup(self._config.max_age + self._config.grace)
        if isinstance(found, Hit):
            return found.data if self._opens(found.data) else None
        near = self._ports.near
        data = None if near is None or found.lease else near.last_resort(self._key, self._config)
        return data if data is not None and self._opens(data) else None

    async def _lookup(self, max_age: float) -> Lookup:
        try:
            return await self._ports.store.lookup(self._key, max_age=max_age)
        except Exception as error:  # noqa: BLE001 - a tier that fails, however, is a miss
            self._tell("error", error)
            return Miss()

    def _opens(self, data: bytes) -> bool:
        # An entry of an older release may not fit today's type.
        try:
            self._mine = (data, self._codec.decode(data))
        except ValueError as error:
            self._tell("error", error)
            return False
        return True

    async def _fresh(self) -> bytes:
        limit = self._config.hard_timeout
        if limit is None:
            value = await self._query()
        else:
            value = await self._ports.background.within(limit, self._query)
        data = self._codec.encode(value)
        try:
            self._mine = (data, self._codec.decode(data))
        except ValueError as error:
            raise ConfigError(
                f"the value of {self._key!r} does not come back from JSON as its type: {error}; "
                "make the type read what it writes"
            ) from error
        return data

    async def _store(self, data: bytes, lease: str) -> bool:
        try:
            stored = await self._keeper.store(data, lease)
        except Exception as error:  # noqa: BLE001 - the caller has its answer; keeping it is extra
            self._tell("error", error)
            return False
        self._tell("stored" if stored else "refused")
        return stored

    def _tell(
        self, kind: EventKind, error: Exception | None = None, *, tier: str = "database"
    ) -> None:
        self._ports.emit(CacheEvent(kind=kind, tier=tier, key=self._key, error=error))
