"""
The learning platform on a local Supabase that nobody writes to, for all who count its rows.
"""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt.local import LocalSupabase
from supaopt.local.lms import Sizes, install
from supaopt.testing._clients import async_client, client

if TYPE_CHECKING:
    from collections.abc import Iterator

# Enough rows for every join to find something, few enough to load in a moment.
SIZES = Sizes(
    clients=8,
    profiles=40,
    products=8,
    modules=32,
    lessons=96,
    questions=60,
    students=200,
    modules_per_student=3,
    sessions=6,
    inactive_sessions=2,
    viewers=40,
    submissions=80,
)


@dataclass(frozen=True)
class Platform:
    """
    The learning platform and a client of one colour with the service role.
    """

    stack: LocalSupabase
    client: Any

    @staticmethod
    def run(value: Any) -> Any:
        """Return the value, which an async client hands out as a coroutine."""
        return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL as the owner of the tables."""
        with psycopg.connect(self.stack.db_url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


async def _awaited(value: Any) -> Any:
    return await value


@pytest.fixture(name="untouched_stack", scope="session")
def _untouched_stack() -> Iterator[LocalSupabase]:
    with LocalSupabase() as stack:
        install(stack.db_url, SIZES)
        stack.reload_schema()
        yield stack


@pytest.fixture(name="sync_lms", scope="session")
def _sync_lms(untouched_stack: LocalSupabase) -> Iterator[Platform]:
    with client(untouched_stack.url, untouched_stack.secret_key) as service:
        yield Platform(untouched_stack, service)


@pytest.fixture(name="async_lms", scope="session")
def _async_lms(untouched_stack: LocalSupabase) -> Platform:
    return Platform(untouched_stack, async_client(untouched_stack.url, untouched_stack.secret_key))


@pytest.fixture(name="lms", params=["sync_lms", "async_lms"])
def _lms(request: pytest.FixtureRequest) -> Platform:
    """Both colours of client."""
    platform: Platform = request.getfixturevalue(request.param)
    return platform
