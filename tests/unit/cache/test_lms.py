"""
The learning platform's vocabulary and hooks.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest

from supaopt import sql
from supaopt.cache import (
    AsyncDatabaseCacheManager,
    AsyncProductionCacheManager,
    CacheConfig,
    DatabaseCacheManager,
    MemoryStore,
    ProductionCacheManager,
)
from supaopt.cache.lms import (
    ANSWER_TAGS,
    CASCADES,
    TABLE_TAGS,
    CacheInvalidationHooks,
    EnhancedCacheInvalidation,
    tags_for,
)
from supaopt.errors import ConfigError

A = "a0000000-0000-4000-8000-00000000000a"
B = "b0000000-0000-4000-8000-00000000000b"
WATCHED = re.compile(r"watch_table\(\s*'public\.(\w+)'\s*,\s*array\[([^\]]*)\]")


class Recorder:
    """A cache that only notes what it is told to end."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, ...]] = []

    def invalidate_by_tags(self, tags: tuple[str, ...], /) -> int:
        """Note."""
        self.ended.append(tags)
        return len(tags)

    def cleanup_expired_cache(self) -> int:
        """Do nothing."""
        return 0


@pytest.fixture(name="recorder")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(name="hooks")
def _hooks(recorder: Recorder) -> CacheInvalidationHooks[int]:
    return CacheInvalidationHooks(recorder)


def test_tags_are_the_databases() -> None:
    """
    The hooks speak of each table as its triggers do.
    """
    scripts = [asset.sql for asset in sql.assets("lms") if asset.kind == "migration"]
    watched = {
        table: tuple(re.findall(r"'([^']+)'", tags))
        for script in scripts
        for table, tags in WATCHED.findall(script)
    }
    assert watched == TABLE_TAGS


def test_answers_belong_to_tables() -> None:
    """
    Every answer's tag hangs on a table that exists.
    """
    assert set() == ANSWER_TAGS.keys() - TABLE_TAGS.keys()


def test_an_unknown_column_ends_all_of_its_kind() -> None:
    """
    What is not known of a row ends more rather than less.
    """
    assert ("modules", f"module:{A}", "product:*") == tags_for("modules", id=A)[:3]


def test_ids_are_written_as_postgres_writes_them() -> None:
    """
    An id in any spelling makes the same tag as the trigger's.
    """
    expected = ("lessons", f"module:{A}")
    assert [expected] * 3 == [
        tags_for("lessons", module_id=spelling)
        for spelling in (A, A.upper().replace("-", ""), UUID(A))
    ]


@pytest.mark.parametrize(
    ("table", "columns", "words"),
    [
        ("lesson", {}, "no table 'lesson'; there are clients, profiles"),
        ("lessons", {"id": A}, r"no tag by \['id'\]; it has \['module_id'\]"),
        ("lessons", {"module_id": "17"}, "module_id '17' is no UUID"),
        ("lessons", {"module_id": "*"}, "is no UUID"),
        ("lessons", {"module_id": None}, "None is no UUID"),
    ],
)
def test_refuses_what_names_nothing(table: str, columns: dict[str, str], words: str) -> None:
    """
    A wrong table, column or id is refused rather than ending nothing.
    """
    with pytest.raises(ConfigError, match=words):
        tags_for(table, **columns)


def test_student_progress(hooks: CacheInvalidationHooks[int], recorder: Recorder) -> None:
    """
    A student's progress ends the row-level tags and the answers computed from it.
    """
    assert hooks.on_student_progress_update(A, B) == 5
    assert [
        (
            "student_progress",
            f"student:{A}",
            f"module:{B}",
            "product_performance",
            "module_completion",
        )
    ] == recorder.ended


def test_expert_session(hooks: CacheInvalidationHooks[int], recorder: Recorder) -> None:
    """
    An expert session ends its list, its statistics and itself.
    """
    hooks.on_expert_session_update(A)
    assert [("expert_sessions", f"session:{A}", "expert_session_stats")] == recorder.ended


def test_product(hooks: CacheInvalidationHooks[int], recorder: Recorder) -> None:
    """
    A product ends its list, the performance and itself.
    """
    hooks.on_product_change(A)
    assert [("products", f"product:{A}", "product_performance")] == recorder.ended


def test_bulk_students(hooks: CacheInvalidationHooks[int], recorder: Recorder) -> None:
    """
    Many students are ended in one call, each tag once.
    """
    hooks.on_bulk_student_update([A, B, A])
    assert [
        (
            "students",
            f"student:{A}",
            "client:*",
            "student_progress",
            "product_performance",
            f"student:{B}",
        )
    ] == recorder.ended


def test_module_structure(hooks: CacheInvalidationHooks[int], recorder: Recorder) -> None:
    """
    A module's structure ends the module, its lessons and its questions.
    """
    hooks.on_module_structure_change(A)
    assert [
        (
            "modules",
            f"module:{A}",
            "product:*",
            "product_performance",
            "module_completion",
            "lessons",
            "module_questions",
            "question:*",
        )
    ] == recorder.ended


def test_no_students_end_nothing() -> None:
    """
    An empty bulk update ends no entry.
    """
    hooks = CacheInvalidationHooks(DatabaseCacheManager(MemoryStore()))
    assert hooks.on_bulk_student_update([]) == 0


def test_hooks_are_awaited_with_an_asynchronous_manager() -> None:
    """
    With the asynchronous manager each hook returns an awaitable of the count.
    """
    hooks = CacheInvalidationHooks(AsyncDatabaseCacheManager(MemoryStore()))

    async def main() -> int:
        return await hooks.on_product_change(A)

    assert asyncio.run(main()) == 0


def test_cascades_go_by_tagged_columns() -> None:
    """
    Every rule names a table and a column that has a tag.
    """
    rules = [rule for rules in CASCADES.values() for rule in rules]
    assert [] == [rule for rule in rules if not tags_for(rule[0], **{rule[1]: A})]


def test_a_cascade_reaches_what_hangs_on_it(recorder: Recorder) -> None:
    """
    A module's change ends its lessons, questions and progress too, in one call.
    """
    EnhancedCacheInvalidation(recorder).cascade_invalidation("module", A)
    (tags,) = recorder.ended
    expected = {"modules", f"module:{A}", "lessons", "module_questions", "student_progress"}
    assert set() == expected - set(tags)
    assert len(set(tags)) == len(tags)


def test_a_new_row_ends_its_own_lists_alone(recorder: Recorder) -> None:
    """
    Nothing hangs on an entity that has just been made.
    """
    EnhancedCacheInvalidation(recorder).cascade_invalidation("module", A, "create")
    (tags,) = recorder.ended
    assert "modules" in tags
    assert "lessons" not in tags


def test_bulk_operations_are_one_call(recorder: Recorder) -> None:
    """
    Several entities are ended together, each tag once.
    """
    enhanced = EnhancedCacheInvalidation(recorder)
    enhanced.bulk_invalidation([("student", A, "update"), ("student", B, "delete")])
    (tags,) = recorder.ended
    assert {f"student:{A}", f"student:{B}"} <= set(tags)
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (("student_progress", A, "update"), "no entity 'student_progress'; there are student"),
        (("student", "17", "update"), "is no UUID"),
        (("student", A, "UPDATE"), "operation 'UPDATE' is none of create"),
    ],
)
def test_refuses_operations_that_end_nothing(
    recorder: Recorder, operation: tuple[str, str, str], words: str
) -> None:
    """
    A vocabulary that does not match is refused rather than ending nothing.
    """
    with pytest.raises(ConfigError, match=words):
        EnhancedCacheInvalidation(recorder).bulk_invalidation([operation])


def test_clean_up_and_warming() -> None:
    """
    Cleaning removes what has ended; warming calls what was given for the kind of entity.
    """
    cache = DatabaseCacheManager(MemoryStore())
    enhanced = EnhancedCacheInvalidation(cache, warmers={"product": lambda one: f"warm {one}"})
    cache.get_cached_data("k", lambda: 1, CacheConfig(60, ["products"]))
    enhanced.cascade_invalidation("product", A)
    assert 1 == enhanced.schedule_cleanup()
    assert f"warm {A}" == enhanced.warm_cache("product", A.upper())
    with pytest.raises(ConfigError, match="no warmer for 'student'"):
        enhanced.warm_cache("student", A)
    with pytest.raises(ConfigError, match="no entity 'products'"):
        EnhancedCacheInvalidation(cache, warmers={"products": print})


@pytest.mark.parametrize("manager", [ProductionCacheManager, AsyncProductionCacheManager])
def test_production_has_all_tiers(manager: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The process's tier is on, and Redis where the environment names one.
    """
    monkeypatch.delenv("REDIS_URL", raising=False)
    engine = manager(MemoryStore())._engine
    assert (True, None) == (engine.near.keeps, engine._far)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert manager(MemoryStore())._engine._far is not None
