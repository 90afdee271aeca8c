"""
The cached read of many keys: hits as they are found, one computation for all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from supaopt.cache._answer import answer_of
from supaopt.cache._batch import BatchSlot, store_together
from supaopt.cache._config import DEFAULT, CacheConfig
from supaopt.cache._context import Terms
from supaopt.cache._gate import each
from supaopt.cache._model import Hit, Miss
from supaopt.cache._rules import check_key
from supaopt.cache._world import is_early
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from supaopt.cache._answer import Answer
    from supaopt.cache._computation import BatchComputation
    from supaopt.cache._gate import Fleet, FlightKey, Outcome
    from supaopt.cache._model import Lookup
    from supaopt.cache._ports import Mark
    from supaopt.cache._world import Ports

T = TypeVar("T")
Configs: TypeAlias = CacheConfig | Callable[[str], CacheConfig]
"""What holds for every key, or what says it of each."""


def configs_of(keys: Iterable[str], config: Configs | None) -> dict[str, CacheConfig]:
    """
    Return what is asked for of each key, in order and once.

    Raises:
        ConfigError: A wrong key, *keys* is a single text, or something is no configuration.
    """
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise ConfigError(f"keys {keys!r} must be a list of texts; write [{keys!r}]")
    say = config if callable(config) else lambda _key: config or DEFAULT
    configs = {check_key(key): say(key) for key in keys}
    for key, found in configs.items():
        if not isinstance(found, CacheConfig):
            raise ConfigError(
                f"config for {key!r} is a {type(found).__name__}; pass CacheConfig(duration, "
                "tags), or a function that returns one for each key"
            )
    return configs


class ReadMany(Generic[T]):
    """
    One caller's read of many keys.
    """

    def __init__(
        self,
        ports: Ports,
        configs: Mapping[str, CacheConfig],
        kind: Any,
        query: BatchComputation,
        *,
        refresh: bool = False,
    ) -> None:
        slots = [
            BatchSlot[T](ports, key, config, kind, refresh=refresh)
            for key, config in configs.items()
        ]
        self._slots = {slot.flight: slot for slot in slots}
        self._ports = ports
        self._kind = kind
        self._query = query
        self._refresh = refresh

    async def run(self) -> dict[str, T]:
        """
        Return the answer of each key.

        Raises:
            Exception: Whatever the query raised; a failing tier is a miss.
        """
        ports = self._ports
        data = await each(ports.board, self._slots, self._load, patience=ports.patience)
        return {slot.key: slot.value(data[flight]) for flight, slot in self._slots.items()}

    async def _load(self, fleet: Fleet) -> None:
        marks = {flight: self._slots[flight].mark() for flight in fleet.flights}
        missing = await self._look_up(fleet, marks)
        for flight in missing:
            self._slots[flight].tell("miss")
        limit = self._patience_for(missing)
        if limit is not None:
            missing = await self._race(fleet, missing, marks, limit)
        if missing:
            await self._compute(fleet, missing, marks)

    async def _look_up(
        self, fleet: Fleet, marks: Mapping[FlightKey, Mark | None]
    ) -> dict[FlightKey, str | None]:
        # Lands what the database has; returns the leases of the rest.
        found = await self._lookups(tuple(fleet.flights))
        hits = {
            flight: entry
            for flight, entry in found.items()
            if isinstance(entry, Hit) and self._slots[flight].opens(entry.data)
        }
        self._refresh_early(hits)
        takes = [partial(self._take, fleet, one, hit, marks[one]) for one, hit in hits.items()]
        await self._all(takes, ask=self._ports.far is not None)
        return {flight: entry.lease for flight, entry in found.items() if flight not in hits}

    async def _lookups(self, flights: Sequence[FlightKey]) -> dict[FlightKey, Lookup]:
        slots = [self._slots[flight] for flight in flights]
        entries = await self._lookups_together(slots)
        if entries is None:
            found = await self._ports.background.each([slot.lookup_fresh for slot in slots])
            return dict(zip(flights, found, strict=True))
        return {flight: entries.get(self._slots[flight].key, Miss()) for flight in flights}

    async def _lookups_together(self, slots: Sequence[BatchSlot[T]]) -> Mapping[str, Lookup] | None:
        if self._ports.bulk is None:
            return None
        ages = {slot.key: 0.0 if self._refresh else slot.max_age for slot in slots}
        try:
            return await self._ports.bulk.lookup_many(ages)
        except Exception as error:  # noqa: BLE001 - a tier that fails, however, is a miss
            slots[0].tell("error", error)
            return {}

    async def _all(
        self, makes: Sequence[Callable[[], Coroutine[Any, Any, None]]], *, ask: bool
    ) -> None:
        # Those that ask nobody have nothing to wait for.
        if ask:
            await self._ports.background.each(makes)
        else:
            for make in makes:
                await make()

    async def _take(self, fleet: Fleet, flight: FlightKey, hit: Hit, mark: Mark | None) -> None:
        outcome = await self._slots[flight].take(hit, mark)
        # A look-up that began when nobody could join any more is good for all who have.
        vouched = outcome.vouched or fleet.flights[flight].closed
        fleet.land(flight, replace(outcome, vouched=vouched))

    async def _compute(
        self,
        fleet: Fleet,
        missing: Mapping[FlightKey, str | None],
        marks: Mapping[FlightKey, Mark | None],
    ) -> None:
        try:
            values = await self._values(missing)
        except ConfigError:
            raise  # the program is wrong, and old answers would hide it
        except Exception as error:  # noqa: BLE001 - handed on to those whom nothing else is served
            await self._ports.background.each(
                [partial(self._fall_back, fleet, flight, error) for flight in missing]
            )
            return
        answers = {}
        for flight in missing:
            try:
                answers[flight] = self._answer(self._slots[flight], values)
            except ConfigError as error:
                fleet.fail(flight, error)
        await self._keep(fleet, answers, missing, marks)

    async def _values(self, missing: Iterable[FlightKey]) -> Mapping[str, Any]:
        slots = [self._slots[flight] for flight in missing]
        run = partial(self._query, [slot.key for slot in slots])
        limits = [slot.config.hard_timeout for slot in slots if slot.config.hard_timeout]
        return await (self._ports.background.within(min(limits), run) if limits else run())

    def _answer(self, slot: BatchSlot[T], values: Mapping[str, Any]) -> Answer:
        if slot.key not in values:
            raise ConfigError(
                f"the function that computes many keys left out {slot.key!r}; return a value for "
                "each key that it is given, such as None for what is not there"
            )
        return answer_of(slot.key, values[slot.key], slot.codec, Terms(slot.config.tags))

    async def _keep(
        self,
        fleet: Fleet,
        answers: Mapping[FlightKey, Answer],
        leases: Mapping[FlightKey, str | None],
        marks: Mapping[FlightKey, Mark | None],
    ) -> None:
        slots, leased = self._slots, []
        for flight, answer in answers.items():
            if (lease := leases[flight]) is not None:
                fleet.flights[flight].close()  # as for a single key
                leased.append((slots[flight], answer, lease))
        if self._ports.bulk is not None:
            await store_together(self._ports.bulk, leased)

        async def land(flight: FlightKey, answer: Answer) -> None:
            outcome = await slots[flight].keep(answer, leases[flight], marks[flight])
            fleet.land(flight, outcome)

        lands = [partial(land, flight, answer) for flight, answer in answers.items()]
        left = any(slot.fate == "open" for slot, _, _ in leased)
        await self._all(lands, ask=left or self._ports.far is not None)

    async def _fall_back(self, fleet: Fleet, flight: FlightKey, error: Exception) -> None:
        slot = self._slots[flight]
        # From here on nobody may join who has seen more than the look-up that follows.
        fleet.flights[flight].close()
        old = None if self._refresh else await slot.fallback()
        if old is None:
            fleet.fail(flight, error)
        else:
            slot.tell("stale", error)
            fleet.land(flight, old)

    def _patience_for(self, missing: Iterable[FlightKey]) -> float | None:
        # Seconds after which old answers will do, if they will for each key.
        limits = [self._slots[flight].config.soft_timeout for flight in missing]
        given = [limit for limit in limits if limit is not None]
        return min(given) if given and len(given) == len(limits) and not self._refresh else None

    async def _race(
        self,
        fleet: Fleet,
        missing: Mapping[FlightKey, str | None],
        marks: Mapping[FlightKey, Mark | None],
        limit: float,
    ) -> dict[FlightKey, str | None]:
        # Which is there first: fresh answers, or the end of patience with old ones. Returns what
        # has no old one, and must be waited for.
        old = await self._old(missing)
        if None in old.values():
            return dict(missing)
        landed = self._ports.board.signal()
        if self._begin_refresh(missing, landed.set):
            await landed.wait(limit)
        for flight in missing:
            fleet.flights[flight].close()
        left = await self._look_up(fleet, marks)
        old = await self._old(left)
        for flight, stale in old.items():
            if stale is not None:
                self._slots[flight].tell("stale")
                fleet.land(flight, stale)
        return {flight: lease for flight, lease in left.items() if old[flight] is None}

    async def _old(self, flights: Iterable[FlightKey]) -> dict[FlightKey, Outcome | None]:
        asked = tuple(flights)
        found = await self._ports.background.each([self._slots[one].fallback for one in asked])
        return dict(zip(asked, found, strict=True))

    def _refresh_early(self, hits: Mapping[FlightKey, Hit]) -> None:
        due = [
            flight
            for flight, hit in hits.items()
            if is_early(hit, self._slots[flight].config, self._slots[flight].max_age, self._ports)
        ]
        if due and not self._refresh:
            self._begin_refresh(due, lambda: None)

    def _begin_refresh(self, flights: Iterable[FlightKey], then: Callable[[], None]) -> bool:
        slots = [self._slots[flight] for flight in flights]
        configs = {slot.key: slot.config for slot in slots}
        behind: ReadMany[T] = ReadMany(self._ports, configs, self._kind, self._query, refresh=True)

        async def run() -> None:
            try:
                await behind.run()
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                slots[0].tell("error", error, tier="refresh")
            finally:
                then()

        return self._ports.background.spawn(run)
