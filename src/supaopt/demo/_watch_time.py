"""
Watch time by learner: the values that the race reads and writes.

A learner's value is the sum of ``watch_time_seconds`` over the sessions watched. Every write adds
a second to one of them, so it only grows.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from supaopt.cache import CacheConfig
from supaopt.demo._race import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from supabase import Client

    from supaopt.cache import DatabaseCacheManager
    from supaopt.demo._plan_cache import PlanCache


def busiest_learners(db_url: str, count: int) -> tuple[UUID, ...]:
    """
    Return the learners who watched most sessions.
    """
    with psycopg.connect(db_url) as db:
        found = db.execute(
            "select student_id from public.job_readiness_expert_session_progress "
            "group by student_id order by count(*) desc, student_id limit %s",
            (count,),
        )
        return tuple(student for (student,) in found)


class WatchTimeSession:
    """
    One database session that reads and adds watch time.
    """

    def __init__(self, db: psycopg.Connection) -> None:
        self._db = db

    def truth(self, student: UUID, /) -> int:
        """
        Return the learner's watch time in seconds, as committed.
        """
        row = self._db.execute(
            "select sum(watch_time_seconds) from public.job_readiness_expert_session_progress "
            "where student_id = %s",
            (student,),
        ).fetchone()
        assert row is not None
        return int(row[0])

    def grow(self, student: UUID, /, *, hold: Callable[[], object], commit: bool) -> bool:
        """
        Add one second to the session that the learner watched least; see `Session.grow`.
        """
        try:
            with self._db.transaction() as transaction:
                self._db.execute(
                    "update public.job_readiness_expert_session_progress "
                    "set watch_time_seconds = watch_time_seconds + 1, updated_at = now() "
                    "where id = (select id from public.job_readiness_expert_session_progress "
                    "where student_id = %s order by watch_time_seconds, id limit 1)",
                    (student,),
                )
                hold()
                if not commit:
                    raise psycopg.Rollback(transaction)
        except psycopg.errors.DeadlockDetected:
            return False
        return commit


@contextmanager
def session(db_url: str) -> Iterator[WatchTimeSession]:
    """
    Open a database session.
    """
    with psycopg.connect(db_url, autocommit=True) as db:
        yield WatchTimeSession(db)


class _Query:
    # What a backend would do: ask the API for the learner's rows. Remembers that it was asked.
    def __init__(self, client: Client, student: UUID) -> None:
        self.asked = False
        self._client = client
        self._student = student

    def __call__(self) -> int:
        self.asked = True
        progress = self._client.table("job_readiness_expert_session_progress")
        rows: Any = (
            progress.select("watch_time_seconds")
            .eq("student_id", str(self._student))
            .execute()
            .data
        )
        return sum(row["watch_time_seconds"] for row in rows)


class OurWatchTime:
    """
    Watch time through supaopt's cache, one manager for all threads as an application has it.
    """

    def __init__(self, client: Client, cache: DatabaseCacheManager) -> None:
        self._client = client
        self._cache = cache

    def read(self, student: UUID, /) -> Answer:
        """
        Return the learner's watch time.
        """
        query = _Query(self._client, student)
        config = CacheConfig("10 minutes", [f"student:{student}"])
        value = self._cache.get_cached_data(f"watch_time:{student}", query, config)
        return Answer(value, hit=not query.asked)


class PlanWatchTime:
    """
    Watch time through the plan's cache, tagged exactly as in `OurWatchTime`.
    """

    def __init__(self, client: Client, cache: PlanCache) -> None:
        self._client = client
        self._cache = cache

    def read(self, student: UUID, /) -> Answer:
        """
        Return the learner's watch time.
        """
        query = _Query(self._client, student)
        tags = [f"student:{student}"]
        value = self._cache.get_cached_data(f"watch_time:{student}", query, tags=tags)
        return Answer(int(value), hit=not query.asked)
