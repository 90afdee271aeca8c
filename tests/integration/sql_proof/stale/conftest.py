"""
A race of everything that can happen to a cached value, against look-ups that are judged.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from psycopg.errors import OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connection = psycopg.Connection[tuple[Any, ...]]

READERS, WRITERS = 6, 4
SESSIONS = [uuid.UUID(int=n) for n in range(1, 7)]
STUDENTS = [uuid.UUID(int=n) for n in range(1, 5)]
ISOLATIONS = ["read committed", "repeatable read", "serializable"]

_DATA = """
insert into public.students (id) select unnest(%(students)s::uuid[]);
insert into public.job_readiness_expert_sessions (id) select unnest(%(sessions)s::uuid[]);
insert into public.job_readiness_expert_session_progress (student_id, expert_session_id)
select a, b from unnest(%(students)s::uuid[]) as a, unnest(%(sessions)s::uuid[]) as b;
"""
_GROW = """
update public.job_readiness_expert_session_progress
set watch_time_seconds = watch_time_seconds + 1
where expert_session_id = %(key)s and student_id = %(student)s
"""


class Design(Protocol):
    """
    A cache under test.
    """

    judge: str
    """Statement that returns value or null, truth, and what `fill` needs."""

    def setup(self, owner: Connection) -> None:
        """Install it."""
        ...

    def fill(self, reader: Connection, key: uuid.UUID, token: Any, pause: Callable[[], Any]) -> Any:
        """Compute, slowly, and store."""
        ...

    def prune(self, reader: Connection) -> Any:
        """Throw away what is no longer needed."""
        ...


@dataclass
class Race:
    """
    One run of all against all.
    """

    connect: Callable[[], Connection]
    design: Design
    tally: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    open: dict[str, Connection] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, rounds: int) -> Counter[str]:
        """
        Judge *rounds* look-ups under fire, then each key once more when all is quiet.
        """
        with ThreadPoolExecutor(READERS + WRITERS + 2) as pool:
            reading = [pool.submit(self._read, n, rounds) for n in range(READERS)]
            others = [pool.submit(self._write, n) for n in range(WRITERS)]
            others += [pool.submit(self._prune), pool.submit(self._kill)]
            try:
                for reader in reading:
                    reader.result()
            finally:
                self.stop.set()
            for other in others:
                other.result()
        for connection in self.open.values():
            connection.close()
        with self.connect() as quiet:
            for key in SESSIONS:
                self._judge(quiet, key, "quiet ")
        return self.tally

    def _read(self, number: int, rounds: int) -> None:
        name = f"reader {number}"
        step = partial(self._round, rng=Random(name))
        connection = self._connected(name)
        while self.tally["look-ups"] < rounds:
            connection = self._attempt(name, connection, step)

    def _round(self, connection: Connection, rng: Random) -> None:
        key = rng.choice(SESSIONS)
        isolation = rng.choices(ISOLATIONS, [8, 1, 1])[0]
        connection.execute(f"begin isolation level {isolation}".encode())
        if isolation != "read committed":
            connection.execute("select")
            self._pause(rng)
        hit, token = self._judge(connection, key)
        connection.execute("commit")
        if not hit:
            self.design.fill(connection, key, token, lambda: self._pause(rng))

    def _judge(self, connection: Connection, key: uuid.UUID, when: str = "") -> tuple[bool, Any]:
        row = connection.execute(self.design.judge.encode(), {"key": key}).fetchone()
        assert row is not None
        value, truth, token = row
        self._count(f"{when}look-ups")
        if value is not None:
            self._count(f"{when}hits")
            self._count(f"{when}stale", value < truth)
            self._count(f"{when}from nowhere", value > truth)
        return value is not None, token

    def _write(self, number: int) -> None:
        name = f"writer {number}"
        rng = Random(name)
        connection = self._connected(name)
        while not self.stop.is_set():
            how = rng.choice([self._plain, self._savepoint, self._two_phase])
            connection = self._attempt(name, connection, partial(how, rng=rng, name=name))
            self._pause(rng)

    def _plain(self, connection: Connection, rng: Random, name: str) -> None:
        connection.execute(f"begin isolation level {rng.choice(ISOLATIONS)}".encode())
        self._grow(connection, rng)
        self._pause(rng)
        self._end(connection, "commit" if rng.random() < 0.7 else "rollback")

    def _savepoint(self, connection: Connection, rng: Random, name: str) -> None:
        connection.execute("begin")
        connection.execute("savepoint s")
        self._grow(connection, rng)
        connection.execute("release s" if rng.random() < 0.5 else "rollback to s")
        self._pause(rng)
        self._grow(connection, rng)
        self._end(connection, "commit")

    def _two_phase(self, connection: Connection, rng: Random, name: str) -> None:
        self._abandon_prepared(connection, name)
        connection.execute("begin")
        self._grow(connection, rng)
        connection.execute(f"prepare transaction '{name}'".encode())
        self._pause(rng)
        verdict = "commit" if rng.random() < 0.7 else "rollback"
        self._end(connection, f"{verdict} prepared '{name}'")

    def _grow(self, connection: Connection, rng: Random) -> None:
        connection.execute(_GROW, {"key": rng.choice(SESSIONS), "student": rng.choice(STUDENTS)})

    def _end(self, connection: Connection, statement: str) -> None:
        connection.execute(statement.encode())
        self._count(statement.split(maxsplit=1)[0])

    def _abandon_prepared(self, connection: Connection, name: str) -> None:
        left = connection.execute("select from pg_prepared_xacts where gid = %s", [name]).fetchall()
        if left:
            connection.execute(f"rollback prepared '{name}'".encode())

    def _prune(self) -> None:
        with self.connect() as connection:
            while not self.stop.wait(0.05):
                self.design.prune(connection)
                self._count("pruned")

    def _kill(self) -> None:
        rng = Random("killer")
        with self.connect() as connection:
            while not self.stop.wait(0.1):
                victim = rng.choice(list(self.open.values())).info.backend_pid
                connection.execute("select pg_terminate_backend(%s)", [victim])
                self._count("killed")

    def _count(self, what: str, much: int = 1) -> None:
        with self.lock:
            self.tally[what] += much

    def _pause(self, rng: Random) -> None:
        self.stop.wait(rng.uniform(0, 0.02))

    def _connected(self, name: str) -> Connection:
        self.open[name] = self.connect()
        return self.open[name]

    def _attempt(
        self, name: str, connection: Connection, step: Callable[[Connection], Any]
    ) -> Connection:
        try:
            step(connection)
        except OperationalError as error:
            # Killed, a deadlock, a serialisation failure or a lock timeout.
            self._count(type(error).__name__)
            try:
                connection.execute("rollback")
            except OperationalError:
                connection.close()
                return self._connected(name)
        return connection


@pytest.fixture(name="race")
def _race(cluster: Any) -> Iterator[Callable[[Design], Race]]:
    """
    A function that prepares a race on a fresh database.
    """
    with cluster.database("lms") as name:

        def connect() -> Connection:
            connection: Connection = cluster.connect(name, "supabase_admin")
            connection.execute("set lock_timeout = '2s'")
            connection.execute("set client_min_messages = error")
            return connection

        def prepare(design: Design) -> Race:
            with cluster.connect(name) as owner:
                psycopg.ClientCursor(owner).execute(
                    _DATA, {"students": STUDENTS, "sessions": SESSIONS}
                )
                design.setup(owner)
            return Race(connect, design)

        yield prepare
        with cluster.connect(name, "supabase_admin") as admin:
            for (gid,) in admin.execute("select gid from pg_prepared_xacts").fetchall():
                admin.execute(f"rollback prepared '{gid}'".encode())
