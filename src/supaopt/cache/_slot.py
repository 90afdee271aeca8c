"""
One key as one caller reads it: what the tiers hold of it, and what is put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from supaopt.cache._codec import codec_for
from supaopt.cache._entry import Facts, unkept
from supaopt.cache._gate import Outcome
from supaopt.cache._keep import Keeper
from supaopt.cache._model import CacheEvent, Hit, Miss
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.cache._answer import Answer
    from supaopt.cache._codec import Codec
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._entry import Entry
    from supaopt.cache._far import Head
    from supaopt.cache._gate import FlightKey
    from supaopt.cache._model import EventKind, Lookup
    from supaopt.cache._ports import Mark
    from supaopt.cache._world import Ports

T = TypeVar("T")

_ROUNDING: Final = 0.05  # seconds by which two readings of the database's clock may differ


class Slot(Generic[T]):
    """
    The entry of one key, for one caller.

    Args:
        ports: The tiers.
        key: The key.
        config: What the caller asks for.
        kind: The type that the answer is read as.
        adaptive: Whether computations may set a duration of their own.
        refresh: Whether the caller wants what is computed anew.
    """

    def __init__(
        self,
        ports: Ports,
        key: str,
        config: CacheConfig,
        kind: Any,
        *,
        adaptive: bool = False,
        refresh: bool = False,
    ) -> None:
        self.key = key
        self.config = config
        self.codec: Codec[T] = codec_for(kind)
        self.max_age = config.age_of(key)
        self.refresh = refresh
        self._ports = ports
        self._adaptive = adaptive
        self._keeper = Keeper(
            ports=ports,
            key=key,
            config=config,
            kind=kind,
            codec=self.codec,
            max_age=self.max_age,
            adaptive=adaptive,
        )
        self._mine: tuple[bytes, T] | None = None  # decoded already, because this caller led

    @property
    def flight(self) -> FlightKey:
        """
        What this caller shares a flight by: who asks for strict or for new answers shares none
        with those who do not.
        """
        return self.key, "refresh" if self.refresh else self.config.consistency

    def mark(self) -> Mark | None:
        """
        Return where a read begins, or None if no upper tier has a part in it.
        """
        near = self._ports.near
        return near.mark() if near is not None and self.config.copied_age else None

    def value(self, data: bytes) -> T:
        """
        Return the caller's own value of *data*, which some flight has brought.

        Raises:
            ConfigError: The flight read another type.
        """
        if self._mine is not None and self._mine[0] is data:
            return self._mine[1]
        try:
            return self.codec.decode(data)
        except ValueError as error:
            raise ConfigError(
                f"{self.key!r} is being read as another type at the same time: {error}; "
                "give each type a key of its own"
            ) from error

    def entry(self, outcome: Outcome) -> Entry[T]:
        """
        Return the caller's own value with what is known of it.

        Raises:
            ConfigError: As for `value`.
        """
        value = self.value(outcome.data)
        return outcome.facts.entry(value, self.max_age, self.config, self._ports.wall())

    def opens(self, data: bytes) -> bool:
        """
        Say whether *data* is of today's type; an entry of an older release may not be.
        """
        try:
            self._mine = (data, self.codec.decode(data))
        except ValueError as error:
            self.tell("error", error)
            return False
        return True

    async def lookup(self, max_age: float) -> Lookup:
        """
        Ask the database; one that fails, however, is a miss.
        """
        try:
            return await self._ports.store.lookup(self.key, max_age=max_age)
        except Exception as error:  # noqa: BLE001 - a tier that fails, however, is a miss
            self.tell("error", error)
            return Miss()

    async def lookup_fresh(self) -> Lookup:
        """
        Ask the database for an entry that need not be computed anew.
        """
        found = await self.lookup(0.0 if self.refresh else self.max_age)
        if isinstance(found, Hit) and self._adaptive and self.config.grace:
            life = self._keeper.life_of(found)
            if life < self.max_age - _ROUNDING:
                # Its computation set a shorter duration: the database, whose clock stored it,
                # says whether that is over.
                return await self.lookup(max(0.0, life))
        return found

    async def held(self, lease: str | None) -> Hit | None:
        """
        Return the entry that a computation under *lease* may see, and may find not to be modified.

        Looked up after the lease was taken. So no write to its tags that the lease sees has
        ended it, and it may be kept under that lease as if it had been computed anew.
        """
        if lease is None or not (self.config.grace or self.refresh):
            return None
        found = await self.lookup(self.config.max_age + self.config.grace)
        return found if isinstance(found, Hit) else None

    async def fallback(self) -> Outcome | None:
        """
        Return an answer past its duration and within its grace; never one that a write has ended.
        """
        if not self.config.grace:
            return None
        longest = self.config.max_age + self.config.grace
        found = await self.lookup(longest)
        if isinstance(found, Hit):
            # It has no life left, even if another process has just renewed it.
            facts = self._keeper.facts(found, 0.0, "stale")._replace(ends=longest)
            return self._opened(found.data, facts)
        near = self._ports.near
        data = None if near is None or found.lease else near.last_resort(self.key, self.config)
        return None if data is None else self._opened(data, unkept(self.config.tags, None, "stale"))

    def _opened(self, data: bytes, facts: Facts) -> Outcome | None:
        return Outcome(data, vouched=True, facts=facts) if self.opens(data) else None

    def life_of(self, hit: Hit) -> float:
        """
        Return at which age an entry is to be computed anew, in seconds.
        """
        return self._keeper.life_of(hit)

    async def take(self, hit: Hit, mark: Mark | None) -> Outcome:
        """
        Take an entry of the database, which has been opened.
        """
        self._ports.hit("database", self.key)
        life = self._keeper.life_of(hit)
        # A write may have been committed since the look-up, before the next caller joined;
        # who would take a copy of this moment may take it all the same.
        copied = self._keeper.copy(hit, self.value(hit.data), mark, life)
        await self._keeper.share(hit, mark, life)
        return self.found(hit, vouched=copied)

    def found(self, hit: Hit, *, vouched: bool) -> Outcome:
        """
        Return an entry of the database with what is known of it.
        """
        facts = self._keeper.facts(hit, self._keeper.life_of(hit), "database")
        return Outcome(hit.data, vouched=vouched, facts=facts)

    def take_far(self, head: Head, data: bytes, mark: Mark) -> Outcome:
        """
        Take an entry that processes share, which has been opened.
        """
        self._ports.hit("redis", self.key)
        since = mark._replace(watermark=head.vouched)
        hit = head.hit(data)
        self._keeper.copy(hit, self.value(data), since, head.life)
        facts = self._keeper.facts(hit, head.life, "redis")
        return Outcome(data, vouched=True, facts=facts)  # for all who would take a shared answer

    async def keep(self, answer: Answer, lease: str | None, mark: Mark | None) -> Outcome:
        """
        Put a fresh answer into every tier; joiners must have been kept out since before.
        """
        self._mine = (answer.data, answer.value)
        # An entry that could not be read has a lease older than this computation: as good as new.
        facts = unkept(answer.terms.tags, self._ports.wall(), "fresh")
        if lease is None:
            # Nobody can vouch, and no round would change that.
            return Outcome(answer.data, vouched=True, facts=facts)
        stored = await self._store(answer, lease)
        if stored:
            hit = Hit(data=answer.data, tags=answer.terms.tags, lease=lease)
            life = self._keeper.life_under(answer.data, answer.terms.duration)
            self._keeper.copy(hit, answer.value, mark, life)
            await self._keeper.share(hit, mark, life)
            facts = self._keeper.facts(hit, life, "fresh")._replace(born=facts.born)
        return Outcome(answer.data, vouched=stored, facts=facts)

    async def _store(self, answer: Answer, lease: str) -> bool:
        try:
            stored = await self._keeper.store(answer.data, lease, answer.terms)
        except Exception as error:  # noqa: BLE001 - the caller has its answer; keeping it is extra
            self.tell("error", error)
            return False
        self.tell("stored" if stored else "refused", seconds=answer.seconds)
        return stored

    def tell(
        self,
        kind: EventKind,
        error: Exception | None = None,
        *,
        tier: str = "database",
        seconds: float | None = None,
    ) -> None:
        """
        Tell what happened.
        """
        self._ports.emit(
            CacheEvent(kind=kind, tier=tier, key=self.key, error=error, seconds=seconds)
        )
