"""
How long a project's published keys are believed: decisions, given the time.

Between its fetches a key set goes through four ages:

    fresh      use it
    ageing     use it, and fetch a new one behind
    overdue    fetch before using it; if that fails, go on with it and try again behind
    dead       fetch, or answer 503

A key id that the set lacks is asked about once in a cooldown, whoever sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from supaopt.auth._keys import KeyRing, ring_of_jwks
from supaopt.errors import ConfigError, KeysUnavailableError

if TYPE_CHECKING:
    from supaopt.auth._token import Header


class Need(Enum):
    """
    What has to happen before a key set is used.
    """

    NOTHING = 0
    REFRESH_BEHIND = 1
    FETCH_FIRST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class JwksPolicy:
    """
    How long a project's published keys are believed.

    Supabase serves them from an edge cache of ten minutes and wants twenty between the steps of
    a rotation, so they should not be kept much longer.

    Attributes:
        ttl: Seconds after which they are fetched before use.
        refresh_after: Seconds after which they are fetched behind.
        max_stale: Seconds beyond ``ttl`` that they may still be used while fetching fails.
        cooldown: Seconds between two fetches for ids that the set lacks.
        retry_after: Seconds between two fetches when the last one failed.
    """

    ttl: float = 600
    refresh_after: float = 480
    max_stale: float = 3_600
    cooldown: float = 30
    retry_after: float = 5

    def __post_init__(self) -> None:
        if not 0 < self.refresh_after <= self.ttl or self.max_stale < 0:
            raise ConfigError(
                f"{self!r}: refresh_after lies between 0 and ttl, and max_stale is not negative"
            )
        if self.cooldown <= 0 or self.retry_after <= 0:
            raise ConfigError(f"{self!r}: cooldown and retry_after are above 0")


class Freshness:
    """
    The key set that was fetched last, and what its age demands.
    """

    __slots__ = ("_ages_at", "_asked_at", "_failure", "_fetched_at", "_policy", "ring")

    def __init__(self, policy: JwksPolicy) -> None:
        self._policy = policy
        self.ring = KeyRing()
        self._fetched_at: float | None = None
        self._asked_at = float("-inf")
        self._ages_at = float("-inf")
        self._failure: Exception | None = None

    def fresh(self, header: Header, now: float) -> KeyRing | None:
        """
        Return the keys if they are fresh and hold *header*'s: nothing has to happen then.
        """
        return self.ring if now < self._ages_at and self.ring.get(header) is not None else None

    def need(self, header: Header, now: float) -> Need:
        """
        Say what must happen before *header*'s key is looked up.

        Args:
            header: Header of a token.
            now: Seconds of a clock that never goes back.

        Raises:
            KeysUnavailableError: There are no keys, and it is too early to ask again.
        """
        if self.fresh(header, now) is not None:
            return Need.NOTHING
        age = self._age(now)
        known = self.ring.get(header) is not None
        since_asked = now - self._asked_at
        may_retry = self._failure is None or since_asked >= self._policy.retry_after
        if age is None:
            if may_retry:
                return Need.FETCH_FIRST
            raise self._unavailable()
        if age >= self._policy.ttl and self._failure is None:
            return Need.FETCH_FIRST
        if not known and since_asked >= self._policy.cooldown:
            return Need.FETCH_FIRST
        if age >= self._policy.refresh_after and may_retry:
            return Need.REFRESH_BEHIND
        return Need.NOTHING

    def usable(self, now: float) -> KeyRing:
        """
        Return the keys.

        Raises:
            KeysUnavailableError: There are none, or they are too old.
        """
        if self._age(now) is None:
            raise self._unavailable()
        return self.ring

    def worth_waiting(self, header: Header) -> bool:
        """
        Say whether a fetch under way may bring the key that *header* names.

        While fetching fails it is not: names are free to invent, and each would hold a request.
        """
        return self._failure is None and self.ring.get(header) is None

    def asked(self, now: float) -> None:
        """
        Note that a fetch begins.
        """
        self._asked_at = now

    def accept(self, content: bytes, now: float) -> None:
        """
        Take what the endpoint answered as the keys of now on.

        Raises:
            KeysUnavailableError: It is no key set.
        """
        self.ring = ring_of_jwks(content)
        self._fetched_at, self._failure = now, None
        self._ages_at = now + self._policy.refresh_after

    def failed(self, error: Exception) -> None:
        """
        Note that the fetch did not succeed.
        """
        self._failure = error

    def forget(self) -> None:
        """
        Drop the keys, so that the next token waits for new ones.
        """
        self.ring = KeyRing()
        self._fetched_at = self._failure = None
        self._asked_at = float("-inf")

    def _age(self, now: float) -> float | None:
        if self._fetched_at is None:
            return None
        age = now - self._fetched_at
        return age if age < self._policy.ttl + self._policy.max_stale else None

    def _unavailable(self) -> KeysUnavailableError:
        error = KeysUnavailableError("the project's signing keys cannot be fetched")
        # A fresh object each time: one shared by many raises would collect all their tracebacks.
        error.__cause__ = self._failure.with_traceback(None) if self._failure else None
        return error
