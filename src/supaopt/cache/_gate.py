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
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

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
    """

    data: bytes
    vouched: bool


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
    """

    def __init__(self, signal: Callable[[], Signal], lock: AbstractContextManager[object]) -> None:
        self._signal = signal
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
            flight = self._flights[key] = Flight(self._signal())
            return Seat(flight, leads=True)

    def retire(self, key: FlightKey, flight: Flight) -> None:
        """
        Take *flight* off the board, if it is still the one.
        """
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]


_led: Final[ContextVar[frozenset[Flight]]] = ContextVar("supaopt_cache_led", default=frozenset())


async def once(
    board: Board, key: FlightKey, make: Callable[[Flight], Awaitable[Outcome]], *, patience: float
) -> bytes:
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
            return (await _lead(board, key, seat.flight, make)).data
        if seat.flight in _led.get():
            raise ConfigError(
                f"the function that computes {key[0]!r} reads {key[0]!r} again and would wait for "
                "itself; give the inner value a key of its own"
            )
        if not await seat.flight.landed.wait(patience):
            board.retire(key, seat.flight)
        elif seat.flight.error is not None:
            # One object for all callers: without this, every raise adds its frames to one list.
            raise seat.flight.error.with_traceback(None)
        elif (outcome := seat.flight.outcome) and (flown or (seat.early and outcome.vouched)):
            return outcome.data
        flown = True


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
    token = _led.set(_led.get() | {flight})
    try:
        flight.outcome = await make(flight)
    except Exception as error:
        flight.error = error
        raise
    finally:
        # Also after KeyboardInterrupt or a cancellation, which stay the leader's own: there is
        # then neither outcome nor error, and the followers elect another leader.
        board.retire(key, flight)
        flight.landed.set()
        with suppress(ValueError):  # a coroutine that the collector closes is in a foreign context
            _led.reset(token)
    return flight.outcome
