"""
The tier between the process and the database, shared by processes: Redis or Valkey.

An entry travels with its lease, its tags and the watermark at which the database vouched for it,
so every process judges it by what it knows of the log itself. Nothing in Redis needs to be
deleted when a tag changes, and nothing there is trusted. An entry that is older than what a
process remembers is a miss, and comes back with the next look-up in the database.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pydantic_core import from_json, to_json

from supaopt.cache._model import CacheEvent, Hit
from supaopt.cache._rules import hashes
from supaopt.cache._snapshot import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from supaopt.cache._breaker import Breaker
    from supaopt.cache._near import Near
    from supaopt.cache._ports import Mark

_PAUSE: Final = 0.02  # seconds between two looks at what another process computes


class Shelf(Protocol):
    """
    Keeps bytes under keys, for some time.
    """

    async def get(self, key: str, /) -> bytes | None:
        """
        Return what is kept under *key*.
        """
        ...

    async def get_many(self, keys: Sequence[str], /) -> Sequence[bytes | None]:
        """
        Return what is kept under each of *keys*.
        """
        ...

    async def put(self, key: str, value: bytes, /, *, seconds: float) -> None:
        """
        Keep *value* for some time.
        """
        ...

    async def claim(self, key: str, token: str, /, *, seconds: float) -> bool:
        """
        Take *key* if nobody has it.
        """
        ...

    async def release(self, key: str, token: str, /) -> None:
        """
        Give *key* back if it is still *token*'s.
        """
        ...

    async def close(self) -> None:
        """
        Close what is its own.
        """
        ...


class Head(NamedTuple):
    """
    What travels with an entry's data.

    Attributes:
        lease: The snapshot that its data are at least as new as.
        vouched: The watermark after which the database vouched for it.
        tags: What it depends on.
        ended_by: The hashed tags whose writes end it.
        stored_at: When it was stored.
        expires_at: When it ends.
        born: When it was stored, in seconds since the epoch.
        life: Seconds from then to its end.
    """

    lease: Lease
    vouched: Lease
    tags: tuple[str, ...]
    ended_by: frozenset[int]
    stored_at: datetime
    expires_at: datetime
    born: float
    life: float

    def hit(self, data: bytes) -> Hit:
        """
        Return the entry as the database would.
        """
        return Hit(
            data=data,
            tags=self.tags,
            lease=str(self.lease),
            stored_at=self.stored_at,
            expires_at=self.expires_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    How waiting for other processes ended.

    Attributes:
        found: What another process computed; None if this one is to compute.
        token: The claim to release after computing, if any.
        waited: Whether there was somebody to wait for.
    """

    found: tuple[Head, bytes] | None = None
    token: str | None = None
    waited: bool


class Far:
    """
    Entries that processes share.
    """

    def __init__(
        self,
        shelf: Shelf,
        judge: Near,
        *,
        prefix: str,
        breaker: Breaker,
        wall: Callable[[], float],
        emit: Callable[[CacheEvent], None],
    ) -> None:
        self._shelf = shelf
        self._judge = judge
        self._prefix = prefix
        self._breaker = breaker
        self._wall = wall
        self._emit = emit

    async def fetch(self, key: str, mark: Mark, *, max_age: float) -> tuple[Head, bytes] | None:
        """
        Return an entry of *key* that is alive as far as is known here.
        """
        if not self._breaker.allows():
            return None
        try:
            kept = await self._shelf.get(self._name(mark, key))
            self._breaker.succeeded()
        except Exception as error:  # noqa: BLE001 - a tier that fails, however, is a miss
            self._fail(key, error)
            return None
        return None if kept is None else self._opened(key, kept, mark, max_age)

    async def fetch_many(
        self, max_ages: Mapping[str, float], mark: Mark
    ) -> dict[str, tuple[Head, bytes]]:
        """
        Return the entries that are alive as far as is known here.

        Args:
            max_ages: How old each key's entry may be, in seconds.
            mark: Where the read began.
        """
        if not max_ages or not self._breaker.allows():
            return {}
        try:
            values = await self._shelf.get_many([self._name(mark, key) for key in max_ages])
            self._breaker.succeeded()
        except Exception as error:  # noqa: BLE001 - a tier that fails, however, is a miss
            self._fail(next(iter(max_ages)), error)
            return {}
        found: dict[str, tuple[Head, bytes]] = {}
        for (key, max_age), kept in zip(max_ages.items(), values, strict=True):
            if kept is not None and (entry := self._opened(key, kept, mark, max_age)):
                found[key] = entry
        return found

    async def keep(self, key: str, hit: Hit, mark: Mark, *, life: float) -> None:
        """
        Keep an entry that the database vouched for after *mark*.
        """
        now = self._wall()
        stored_at = now if hit.stored_at is None else min(now, hit.stored_at.timestamp())
        head = to_json([hit.lease, str(mark.watermark), hit.tags, stored_at, life])
        left = stored_at + life - now
        if left <= 0 or not self._breaker.allows():
            return
        try:
            await self._shelf.put(self._name(mark, key), head + b"\n" + hit.data, seconds=left)
            self._breaker.succeeded()
        except Exception as error:  # noqa: BLE001 - keeping it is extra
            self._fail(key, error)

    async def claim(self, key: str, mark: Mark, *, seconds: float) -> str | None:
        """
        Return a token for computing *key*, or None while another process does.
        """
        token = uuid.uuid4().hex
        if not self._breaker.allows():
            return token
        try:
            mine = await self._shelf.claim(self._claim(mark, key), token, seconds=seconds)
            self._breaker.succeeded()
        except Exception as error:  # noqa: BLE001 - then everybody computes for himself
            self._fail(key, error)
            return token
        return token if mine else None

    async def release(self, key: str, mark: Mark, token: str) -> None:
        """
        Let others compute *key*.
        """
        if not self._breaker.allows():
            return
        try:
            await self._shelf.release(self._claim(mark, key), token)
        except Exception as error:  # noqa: BLE001 - the claim ends by itself
            self._fail(key, error)

    async def turn(
        self,
        key: str,
        mark: Mark,
        *,
        max_age: float,
        patience: float,
        sleep: Callable[[float], Any],
    ) -> Turn:
        """
        Wait until another process has computed *key*, or it is this one's turn.
        """
        for wait in range(max(1, int(patience / _PAUSE))):
            token = await self.claim(key, mark, seconds=patience)
            if token is not None:
                return Turn(token=token, waited=wait > 0)
            await sleep(_PAUSE)
            found = await self.fetch(key, mark, max_age=max_age)
            if found is not None:
                return Turn(found=found, waited=True)
        return Turn(waited=True)

    async def close(self) -> None:
        """
        Close the connections that nobody else uses.
        """
        try:
            await self._shelf.close()
        except Exception as error:  # noqa: BLE001 - they end by themselves
            self._fail("", error)

    def _opened(
        self, key: str, kept: bytes, mark: Mark, max_age: float
    ) -> tuple[Head, bytes] | None:
        try:
            return self._open(kept, mark, max_age)
        except Exception as error:  # noqa: BLE001 - somebody else's rubbish is a miss
            self._fail(key, error)
            return None

    def _open(self, kept: bytes, mark: Mark, max_age: float) -> tuple[Head, bytes] | None:
        text, _, data = kept.partition(b"\n")
        head = _parsed(text)
        # Clocks differ, but not by a whole life.
        if not -head.life < self._wall() - head.born < min(max_age, head.life):
            return None
        alive = self._judge.knows_alive(head.lease, head.vouched, head.ended_by, mark)
        return (head, data) if alive else None

    def _name(self, mark: Mark, key: str) -> str:
        return f"{self._prefix}:{mark.watermark.generation}:{key}"

    def _claim(self, mark: Mark, key: str) -> str:
        return f"{self._prefix}-claim:{mark.watermark.generation}:{key}"

    def _fail(self, key: str, error: Exception) -> None:
        self._breaker.failed()
        self._emit(CacheEvent(kind="error", tier="redis", key=key, error=error))


@lru_cache(maxsize=4096)
def _parsed(head: bytes) -> Head:
    # One head is met at every read of its entry.
    lease, vouched, tags, born, life = from_json(head)
    return Head(
        lease=Lease.parse(lease),
        vouched=Lease.parse(vouched),
        tags=tuple(tags),
        ended_by=hashes(tuple(tags)),
        stored_at=datetime.fromtimestamp(born, UTC),
        expires_at=datetime.fromtimestamp(born + life, UTC),
        born=born,
        life=life,
    )
