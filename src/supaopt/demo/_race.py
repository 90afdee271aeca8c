"""
Readers of a cache against writers of the rows behind it, and a count of the stale answers.

Each value only grows. A reader asks the database itself first, then the cache: an answer below
what it has just seen committed was served from the past. The count is exact in one direction:
whatever it calls stale is stale, since the database had shown the newer value before.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

Key = TypeVar("Key")
Key_contra = TypeVar("Key_contra", contravariant=True)


class Session(Protocol[Key_contra]):
    """
    One database session, of a reader or a writer.
    """

    def truth(self, key: Key_contra, /) -> int:
        """
        Return the committed value of *key* that this session sees now.
        """
        ...

    def grow(self, key: Key_contra, /, *, hold: Callable[[], object], commit: bool) -> bool:
        """
        Raise the value of *key* in a transaction, call *hold*, then commit or roll back.

        Returns:
            Whether it committed; a deadlock that the database broke is no commit.
        """
        ...


class Cached(Protocol[Key_contra]):
    """
    A cache in front of the values.
    """

    def read(self, key: Key_contra, /) -> Answer:
        """
        Return the value of *key*, cached or fresh.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a cache gave.

    Attributes:
        value: The value.
        hit: Whether it came without this reader asking for the rows.
    """

    value: int
    hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    What happened in a race.

    Attributes:
        reads: Reads through the cache.
        hits: Reads that did not ask for the rows.
        stale: Reads below what the reader had already seen committed.
        writes: Transactions committed.
        rolled_back: Transactions that left no trace.
        still_wrong: Keys that the cache answered wrongly after the last write.
    """

    reads: int
    hits: int
    stale: int
    writes: int
    rolled_back: int
    still_wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Race(Generic[Key]):
    """
    Who runs.

    Attributes:
        keys: What is read and written.
        session: Opens a database session.
        reads: How many reads to make in all.
        readers: Threads that read.
        writers: Threads that write.
        hold: Seconds that a writer keeps a transaction open, at most.
        think: Seconds between two transactions of a writer, at most.
        rolled_back: Share of the transactions that roll back.
        seed: What keys and delays are drawn from.
        on_read: Called after each read, from any thread.
    """

    keys: Sequence[Key]
    session: Callable[[], AbstractContextManager[Session[Key]]]
    reads: int
    readers: int = 6
    writers: int = 4
    hold: float = 0.008
    think: float = 0.030
    rolled_back: float = 0.25
    seed: int = 0
    on_read: Callable[[], object] = lambda: None

    def run(self, cached: Cached[Key]) -> Tally:
        """
        Let readers and writers run until all reads are made, and count.
        """
        stop = threading.Event()
        with ThreadPoolExecutor(self.readers + self.writers) as pool:
            writing = [pool.submit(self._write, n, stop) for n in range(self.writers)]
            reading = [pool.submit(self._read, n, cached, stop) for n in range(self.readers)]
            try:
                read = [future.result() for future in reading]
            finally:
                stop.set()
            written = [future.result() for future in writing]
        return Tally(
            reads=sum(len(part) for part in read),
            hits=sum(hit for part in read for hit, _ in part),
            stale=sum(stale for part in read for _, stale in part),
            writes=sum(map(sum, written)),
            rolled_back=sum(part.count(False) for part in written),
            still_wrong=self._still_wrong(cached),
        )

    def _read(
        self, number: int, cached: Cached[Key], stop: threading.Event
    ) -> list[tuple[bool, bool]]:
        rng = self._rng(f"reader {number}")
        found = []
        with self.session() as session:
            for _ in range(self._share(number)):
                if stop.is_set():
                    break
                key = rng.choice(self.keys)
                floor = session.truth(key)
                answer = cached.read(key)
                found.append((answer.hit, answer.value < floor))
                self.on_read()
        return found

    def _share(self, number: int) -> int:
        whole, rest = divmod(self.reads, self.readers)
        return whole + (number < rest)

    def _write(self, number: int, stop: threading.Event) -> list[bool]:
        rng = self._rng(f"writer {number}")
        committed = []
        with self.session() as session:
            while not stop.is_set():
                hold = partial(stop.wait, rng.uniform(0, self.hold))
                commit = rng.random() >= self.rolled_back
                committed.append(session.grow(rng.choice(self.keys), hold=hold, commit=commit))
                stop.wait(rng.uniform(0, self.think))
        return committed

    def _rng(self, who: str) -> Random:
        return Random(f"{self.seed} {who}")  # noqa: S311 - repeatable, and nobody's secret

    def _still_wrong(self, cached: Cached[Key]) -> int:
        with self.session() as session:
            return sum(cached.read(key).value != session.truth(key) for key in self.keys)
