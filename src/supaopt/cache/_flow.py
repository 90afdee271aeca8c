"""
The cached read, written once for both colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from supaopt.cache._gate import Flight, Outcome, once
from supaopt.cache._model import CacheEvent, Hit, Miss
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supaopt.cache._codec import Codec
    from supaopt.cache._gate import Board
    from supaopt.cache._model import CacheConfig, EventKind, Lookup
    from supaopt.cache._ports import CacheStore

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
    """

    store: CacheStore
    board: Board
    emit: Callable[[CacheEvent], None]
    patience: float


class Read(Generic[T]):
    """
    One caller's read of one key.
    """

    def __init__(
        self,
        ports: Ports,
        key: str,
        config: CacheConfig,
        codec: Codec[T],
        query: Callable[[], Awaitable[T]],
    ) -> None:
        self._ports = ports
        self._key = key
        self._config = config
        self._codec = codec
        self._query = query
        self._mine: tuple[bytes, T] | None = None  # decoded already, because this caller led

    async def run(self) -> T:
        """
        Return the cached answer, or a fresh one.

        Raises:
            Exception: Whatever the query raised; a failing tier is a miss.
        """
        ports = self._ports
        data = await once(ports.board, self._key, self._load, patience=ports.patience)
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
        found = await self._lookup()
        if isinstance(found, Hit) and self._opens(found.data):
            self._tell("hit")
            # A write may have been committed since the look-up, before the next caller joined.
            return Outcome(found.data, vouched=False)
        self._tell("miss")
        data = await self._fresh()
        # An old entry's lease is older than this computation, and so as good as a new one.
        if found.lease is None:
            return Outcome(data, vouched=True)  # nobody can vouch, and no round would change that
        flight.close()
        return Outcome(data, vouched=await self._store(data, found.lease))

    async def _lookup(self) -> Lookup:
        try:
            return await self._ports.store.lookup(
                self._key, max_age=self._config.duration.total_seconds()
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
                duration=config.duration.total_seconds(),
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
