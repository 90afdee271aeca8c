"""
One computation for any number of concurrent callers, without serving any of them the past.

A caller who joins a running flight may have seen a commit that the flight's leader had not when
it started. So a follower takes a flight's answer only if the flight began after the follower
arrived, or if the store accepted the answer (and so vouched for it) after the follower joined.
Otherwise it flies once more: the second flight is younger than everyone who waited.
"""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    from supaopt.cache._entry import Facts
    from supaopt.cache._ports import Signal


FlightKey: TypeAlias = tuple[str, str]
"""The entry's key, and what sort of caller the flight serves."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a flight brought.

    Attributes:
        data: The answer as JSON text.
        vouched: Whether the answer was still current when the flight closed to joiners.
        facts: What is known of it.
    """

    data: bytes
    vouched: bool
    facts: Facts


class Flight:
    """
    One computation under way.
    """

    __slots__ = ("closed", "error", "landed", "outcome")

    def __init__(self, landed: Signal) -> None:
        self.landed = landed
        self.closed = False
        self.outcome: Outcome | None = None
        self.error: Exception | None = None

    def close(self) -> None:
        """
        Let nobody join any more who relies on the store's word, which is about to be asked for.
        """
        self.closed = True


@dataclass(frozen=True, slots=True)
class Seat:
    """
    A caller's place: the flight, whether the caller leads it, whether it was still open.
    """

    flight: Flight
    leads: bool
    early: bool = True


class Board:
    """
    The flights under way, by key.

    Attributes:
        signal: Makes what flights are waited for by.
    """

    def __init__(self, signal: Callable[[], Signal], lock: AbstractContextManager[object]) -> None:
        self.signal = signal
        self._lock = lock
        self._flights: dict[FlightKey, Flight] = {}

    def join(self, key: FlightKey) -> Seat:
        """
        Return a seat in the flight for *key*; the first one leads.
        """
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return Seat(flight, leads=False, early=not flight.closed)
            flight = self._flights[key] = Flight(self.signal())
            return Seat(flight, leads=True)

    def retire(self, key: FlightKey, flight: Flight) -> None:
        """
        Take *flight* off the board, if it is still the one.
        """
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]


_led: Final[ContextVar[frozenset[Flight]]] = ContextVar("supaopt_cache_led", default=frozenset())


class Fleet:
    """
    The flights that one caller leads, each of which lands by itself; a block of code in which no
    read may wait for them.

    Attributes:
        flights: Those under way.
        outcomes: What those that have landed brought.
        errors: Why others failed.
    """

    def __init__(self, board: Board, flights: Mapping[FlightKey, Flight]) -> None:
        self.flights = dict(flights)
        self.outcomes: dict[FlightKey, Outcome] = {}
        self.errors: dict[FlightKey, Exception] = {}
        self._board = board

    def land(self, key: FlightKey, outcome: Outcome) -> None:
        """
        Hand *outcome* to all who wait for *key*.
        """
        self.outcomes[key] = self.flights[key].outcome = outcome
        self._end(key)

    def fail(self, key: FlightKey, error: Exception) -> None:
        """
        Raise *error* for all who wait for *key*.
        """
        self.errors[key] = self.flights[key].error = error
        self._end(key)

    def _end(self, key: FlightKey) -> None:
        flight = self.flights.pop(key)
        self._board.retire(key, flight)
        flight.landed.set()

    def __enter__(self) -> Self:
        self._token = _led.set(_led.get().union(self.flights.values()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for key in tuple(self.flights):
            # After KeyboardInterrupt or a cancellation, which stay the leader's own, there is
            # neither outcome nor error, and the followers elect another leader.
            if isinstance(error, Exception):
                self.fail(key, error)
            else:
                self._end(key)
        with suppress(ValueError):  # a coroutine that the collector closes is in a foreign context
            _led.reset(self._token)


async def once(
    board: Board, key: FlightKey, make: Callable[[Flight], Awaitable[Outcome]], *, patience: float
) -> Outcome:
    """
    Return what *make* brings, running it once for all callers of *key* at a time.

    Each caller runs its own *make* or none, so nothing is computed under another caller's
    context variables.

    Args:
        board: The flights of this process, or of this event loop.
        key: What the flights are told apart by.
        make: Computes the answer; given the flight, which it closes before it asks the store.
        patience: Seconds to wait for a leader before replacing it.

    Raises:
        ConfigError: *make* came back to *key* from inside itself, and would wait for itself.
        Exception: Whatever the leader's *make* raised.
    """
    flown = False  # whether a flight that was under way when this caller arrived has ended
    while True:
        seat = board.join(key)
        if seat.leads:
            return await _lead(board, key, seat.flight, make)
        outcome = await _follow(board, key, seat, flown=flown, patience=patience)
        if outcome is not None:
            return outcome
        flown = True


async def each(
    board: Board,
    keys: Iterable[FlightKey],
    make: Callable[[Fleet], Awaitable[None]],
    *,
    patience: float,
) -> dict[FlightKey, bytes]:
    """
    Return what *make* brings for many keys; for each of them as `once` does.

    Args:
        board: As for `once`.
        keys: What the flights are told apart by.
        make: Lands, or fails, each flight of the fleet that it is given: those that nobody else
            leads already.
        patience: As for `once`.

    Raises:
        ConfigError: As for `once`.
        Exception: Why one of the flights failed.
    """
    found: dict[FlightKey, bytes] = {}
    waiting = dict.fromkeys(keys, False)  # and whether a flight of it has ended, as in `once`
    while waiting:
        seats = {key: board.join(key) for key in waiting}
        # All that is led here lands before anything is waited for: two callers that lead what the
        # other one needs would wait for ever.
        led = {key: seat.flight for key, seat in seats.items() if seat.leads}
        found |= await _lead_all(board, led, make)
        for key, seat in seats.items():
            if not seat.leads:
                flown = waiting[key]
                outcome = await _follow(board, key, seat, flown=flown, patience=patience)
                if outcome is not None:
                    found[key] = outcome.data
        waiting = dict.fromkeys((key for key in waiting if key not in found), True)
    return found


async def _lead_all(
    board: Board,
    led: Mapping[FlightKey, Flight],
    make: Callable[[Fleet], Awaitable[None]],
) -> dict[FlightKey, bytes]:
    if not led:
        return {}
    with Fleet(board, led) as fleet:
        await make(fleet)
    for error in fleet.errors.values():
        raise error
    return {key: outcome.data for key, outcome in fleet.outcomes.items()}


async def _follow(
    board: Board, key: FlightKey, seat: Seat, *, flown: bool, patience: float
) -> Outcome | None:
    # What another caller's flight brought, or None to join the next one.
    flight = seat.flight
    if flight in _led.get():
        raise ConfigError(
            f"the function that computes {key[0]!r} reads {key[0]!r} again and would wait for "
            "itself; give the inner value a key of its own"
        )
    if not await flight.landed.wait(patience):
        board.retire(key, flight)
        return None
    if flight.error is not None:
        # One object for all callers: without this, every raise adds its frames to one list.
        raise flight.error.with_traceback(None)
    usable = flight.outcome and (flown or (seat.early and flight.outcome.vouched))
    return flight.outcome if usable else None


def begin(
    board: Board, key: FlightKey, make: Callable[[Flight], Awaitable[Outcome]]
) -> tuple[Flight, Callable[[], Awaitable[Outcome]] | None]:
    """
    Return the flight for *key*, and, if there was none, what to run elsewhere to fly it.
    """
    seat = board.join(key)
    if not seat.leads:
        return seat.flight, None
    return seat.flight, partial(_lead, board, key, seat.flight, make)


async def _lead(
    board: Board, key: FlightKey, flight: Flight, make: Callable[[Flight], Awaitable[Outcome]]
) -> Outcome:
    with Fleet(board, {key: flight}) as fleet:
        outcome = await make(flight)
        fleet.land(key, outcome)
    return outcome
