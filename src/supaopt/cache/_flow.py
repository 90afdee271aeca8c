"""
The cached read, written once for both colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from supaopt.cache._codec import codec_for
from supaopt.cache._gate import Flight, Outcome, once
from supaopt.cache._model import CacheEvent, Hit, Miss
from supaopt.cache._ports import Offer
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supaopt.cache._codec import Codec
    from supaopt.cache._gate import Board
    from supaopt.cache._model import CacheConfig, EventKind, Lookup
    from supaopt.cache._ports import CacheStore, Copies, Mark

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ports:
    """
    What a read needs of the world.

    Attributes:
        store: The tier that holds leases.
        board: Flights of this process, or of this event loop.
        emit: Told what happened; must not raise.
        patience: Seconds after which a leader that does not come back is replaced.
        near: The tier in this process, if any.
    """

    store: CacheStore
    board: Board
    emit: Callable[[CacheEvent], None]
    patience: float
    near: Copies | None = None


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
        self._mine: tuple[bytes, T] | None = None  # decoded already, because this caller led

    async def run(self) -> T:
        """
        Return the cached answer, or a fresh one.

        Raises:
            Exception: Whatever the query raised; a failing tier is a miss.
        """
        ports = self._ports
        # Who asks for strict or for new answers shares no flight with those who do not.
        flight = (self._key, "refresh" if self._refresh else self._config.consistency)
        data = await once(ports.board, flight, self._load, patience=ports.patience)
        if self._mine is not None and self._mine[0] is data:
            return self._mine[1]
        try:
            return self._codec.decode(data)
        except ValueError as error:
            raise ConfigError(
                f"{self._key!r} is being read as another type at the same time: {error}; "
                "give each type a key of its own"
            ) from error

    async def _load(self, flight: Flight) -> Outcome:
        near = self._ports.near
        mark = near.mark() if near is not None and self._config.copied_age else None
        found = await self._lookup()
        if isinstance(found, Hit) and self._opens(found.data):
            self._tell("hit")
            # A write may have been committed since the look-up, before the next caller joined;
            # who would take a copy of this moment may take it all the same.
            return Outcome(found.data, vouched=self._copy(found, mark))
        self._tell("miss")
        data = await self._fresh()
        # An old entry's lease is older than this computation, and so as good as a new one.
        if found.lease is None:
            return Outcome(data, vouched=True)  # nobody can vouch, and no round would change that
        flight.close()
        stored = await self._store(data, found.lease)
        if stored:
            self._copy(Hit(data=data, tags=self._config.tags, lease=found.lease), mark)
        return Outcome(data, vouched=stored)

    def _copy(self, hit: Hit, mark: Mark | None) -> bool:
        near = self._ports.near
        if near is None or mark is None or hit.lease is None or self._mine is None:
            return False
        life = self._config.max_age
        if hit.stored_at and hit.expires_at:
            life = (hit.expires_at - hit.stored_at).total_seconds()
        offer = Offer(
            value=self._mine[1],
            data=hit.data,
            kind=self._kind,
            codec=self._codec,
            lease=hit.lease,
            tags=hit.tags,
            life=life,
            stored_at=hit.stored_at,
        )
        return near.put(self._key, offer, mark)

    async def _lookup(self) -> Lookup:
        try:
            return await self._ports.store.lookup(
                self._key, max_age=0.0 if self._refresh else self._config.max_age
            )
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
        data = self._codec.encode(await self._query())
        try:
            self._mine = (data, self._codec.decode(data))
        except ValueError as error:
            raise ConfigError(
                f"the value of {self._key!r} does not come back from JSON as its type: {error}; "
                "make the type read what it writes"
            ) from error
        return data

    async def _store(self, data: bytes, lease: str) -> bool:
        config = self._config
        try:
            stored = await self._ports.store.store(
                self._key,
                data,
                duration=config.max_age,
                tags=config.tags,
                lease=lease,
            )
        except Exception as error:  # noqa: BLE001 - the caller has its answer; keeping it is extra
            self._tell("error", error)
            return False
        self._tell("stored" if stored else "refused")
        return stored

    def _tell(self, kind: EventKind, error: Exception | None = None) -> None:
        self._ports.emit(CacheEvent(kind=kind, tier="database", key=self._key, error=error))
