"""
Functions whose answers are kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from supaopt._coroutine import run
from supaopt.cache import AsyncDatabaseCacheManager, DatabaseCacheManager, InProcess, MemoryStore
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

A = UUID("a0000000-0000-4000-8000-00000000000a")
B = UUID("b0000000-0000-4000-8000-00000000000b")


class Progress(BaseModel):
    """An answer."""

    student: UUID
    run: int


class Sync:
    """
    Decorated functions on the synchronous manager.
    """

    def __init__(self, store: MemoryStore) -> None:
        self.cache = DatabaseCacheManager(store)

    def make(self, function: Callable[..., Any], **options: Any) -> Any:
        """
        Decorate.
        """
        return self.cache.cached(**options)(function)

    def do(self, value: Any) -> Any:
        """
        Return what a call returned.
        """
        return value


class Async:
    """
    Decorated functions on the asynchronous manager.
    """

    def __init__(self, store: MemoryStore) -> None:
        self.cache = AsyncDatabaseCacheManager(store)

    def make(self, function: Callable[..., Any], **options: Any) -> Any:
        """
        Decorate, as a coroutine function of the same signature.
        """

        async def later(student_id: UUID) -> Progress:
            return function(student_id)

        later.__annotations__ = function.__annotations__
        later.__doc__ = function.__doc__
        return self.cache.cached(**options)(later)

    def do(self, value: Any) -> Any:
        """
        Wait for what a call returned.
        """
        return asyncio.run(value)


@pytest.fixture(name="world", params=[Sync, Async], ids=["sync", "async"])
def _world(request: pytest.FixtureRequest, store: MemoryStore) -> Any:
    return request.param(store)


@pytest.fixture(name="progress")
def _progress(world: Any) -> Any:
    runs: list[UUID] = []

    def progress(student_id: UUID) -> Progress:
        """Tell a student's progress."""
        runs.append(student_id)
        return Progress(student=student_id, run=len(runs))

    return world.make(progress, key="student:{student_id}", tags=["student:{student_id}"])


def runs(world: Any, function: Any, *ids: UUID) -> list[int]:
    """
    Return which run each call's answer comes from.
    """
    return [world.do(function(one)).run for one in ids]


def test_answers_are_kept_by_argument(world: Any, progress: Any) -> None:
    """
    Each argument has an answer of its own, in the type that the function says.
    """
    assert [1, 1, 2, 1] == runs(world, progress, A, A, B, A)
    assert Progress(student=A, run=1) == world.do(progress(A))


def test_tags_are_filled_in(world: Any, progress: Any, store: MemoryStore) -> None:
    """
    A write to one row ends the answer about that row.
    """
    runs(world, progress, A, B)
    with store.begin() as transaction:
        transaction.touch([f"student:{A}"])
    assert [3, 2] == runs(world, progress, A, B)


def test_invalidate_ends_one_answer(world: Any, progress: Any) -> None:
    """
    One call's answer ends, the others live.
    """
    runs(world, progress, A, B)
    assert 1 == world.do(progress.invalidate(A))
    assert 0 == world.do(progress.invalidate(A))
    assert [3, 2] == runs(world, progress, A, B)


def test_invalidate_all_ends_every_answer(world: Any, progress: Any) -> None:
    """
    All answers of the function end.
    """
    runs(world, progress, A, B)
    assert 2 == world.do(progress.invalidate_all())
    assert [3, 4] == runs(world, progress, A, B)


def test_refresh_replaces_the_answer(world: Any, progress: Any) -> None:
    """
    A new answer is computed, returned and kept.
    """
    runs(world, progress, A)
    assert 2 == world.do(progress.refresh(A)).run
    assert [2] == runs(world, progress, A)


def test_it_is_still_the_function(progress: Any) -> None:
    """
    Name and docstring stay.
    """
    assert progress.__doc__ == "Tell a student's progress."
    assert callable(progress.__wrapped__)


def test_wrong_arguments_are_a_type_error(world: Any, progress: Any) -> None:
    """
    A call that the function would refuse is refused in the same way.
    """
    with pytest.raises(TypeError, match="student_id"):
        world.do(progress())


def test_a_wrong_duration_is_refused_where_it_is_written(world: Any) -> None:
    """
    A decorator's mistakes show when the module is imported, not at the first call.
    """
    with pytest.raises(ConfigError, match="5 minuets"):
        world.make(lambda student_id: None, key="{student_id}", duration="5 minuets")


def test_a_coroutine_function_is_refused_in_threads(store: MemoryStore) -> None:
    """
    The synchronous manager does not decorate what is asynchronous.
    """

    async def later() -> int:
        return 1

    with pytest.raises(ConfigError, match="cache it with AsyncDatabaseCacheManager"):
        DatabaseCacheManager(store).cached("k")(later)


def test_a_hit_in_the_process_makes_no_tags(store: MemoryStore, monkeypatch: Any) -> None:
    """
    A call that the process answers asks for its key alone.
    """
    cache = DatabaseCacheManager(store, l1=InProcess())
    engine: Any = cache._engine
    monkeypatch.setattr(engine._runner, "ensure", lambda: None)
    run(engine._runner._follower.step())

    @cache.cached("double:{number}", tags=["number:{number}"])
    def double(number: int) -> int:
        return 2 * number

    assert double(2) == 4
    monkeypatch.setattr(double._recipe, "config", None)
    assert double(2) == 4
