"""
The learning platform's invalidation, on the generic cache: which tags a change ends.

Watched tables end entries by themselves, exactly at commit. These hooks are for what the database
does not see: data kept elsewhere, or a project that does not watch its tables.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar
from uuid import UUID

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ANSWER_TAGS", "TABLE_TAGS", "CacheInvalidationHooks", "tags_for"]

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

TABLE_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "clients": ("clients", "client:{id}"),
    "profiles": ("profiles", "profile:{id}"),
    "students": ("students", "student:{id}", "client:{client_id}"),
    "products": ("products", "product:{id}"),
    "client_product_assignments": (
        "client_products",
        "client:{client_id}",
        "product:{product_id}",
    ),
    "modules": ("modules", "module:{id}", "product:{product_id}"),
    "lessons": ("lessons", "module:{module_id}"),
    "assessment_questions": ("questions", "question:{id}"),
    "assessment_module_questions": (
        "module_questions",
        "module:{module_id}",
        "question:{question_id}",
    ),
    "assessment_progress": (
        "assessment_progress",
        "student:{student_id}",
        "module:{module_id}",
    ),
    "student_module_progress": (
        "student_progress",
        "student:{student_id}",
        "module:{module_id}",
    ),
    "job_readiness_products": ("job_readiness_products", "product:{product_id}"),
    "job_readiness_expert_sessions": ("expert_sessions", "session:{id}"),
    "job_readiness_expert_session_products": (
        "expert_session_products",
        "session:{expert_session_id}",
        "product:{product_id}",
    ),
    "job_readiness_expert_session_progress": (
        "expert_session_progress",
        "student:{student_id}",
        "session:{expert_session_id}",
    ),
    "job_readiness_submissions": (
        "submissions",
        "submission:{id}",
        "student:{student_id}",
        "module:{module_id}",
    ),
}
"""The tags that a write to each table ends, as in the database's own dependency table."""

ANSWER_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "students": ("student_progress", "product_performance"),
    "products": ("product_performance",),
    "modules": ("product_performance", "module_completion"),
    "student_module_progress": ("product_performance", "module_completion"),
    "job_readiness_expert_sessions": ("expert_session_stats",),
    "job_readiness_expert_session_progress": ("expert_session_stats",),
}
"""Names of whole answers that are computed from a table, for entries tagged by those."""


def tags_for(table: str, **columns: UUID | str) -> tuple[str, ...]:
    """
    Return the tags that a change to one row of *table* ends.

    Args:
        table: A table of the platform.
        columns: What is known of the row, by column. For a column that is not given, the tag
            ends all of its kind.

    Raises:
        ConfigError: No such table or column, or an id that is no UUID.

    Example:
        >>> tags_for("lessons", module_id="a0000000-0000-4000-8000-000000000001")
        ('lessons', 'module:a0000000-0000-4000-8000-000000000001')
        >>> tags_for("lessons")
        ('lessons', 'module:*')
    """
    if table not in TABLE_TAGS:
        raise ConfigError(f"no table {table!r}; there are {', '.join(TABLE_TAGS)}")
    if unknown := columns.keys() - _columns(table):
        raise ConfigError(
            f"{table} has no tag by {sorted(unknown)}; it has {sorted(_columns(table))}"
        )
    values = dict.fromkeys(_columns(table), "*") | {
        name: _id(value, name) for name, value in columns.items()
    }
    tags = (template.format_map(values) for template in TABLE_TAGS[table])
    return (*tags, *ANSWER_TAGS.get(table, ()))


def _columns(table: str) -> set[str]:
    parsed = (part for tag in TABLE_TAGS[table] for part in Formatter().parse(tag))
    return {name for _, name, _, _ in parsed if name}


def _id(value: UUID | str, name: str) -> str:
    # Postgres writes a uuid in lower case with hyphens, and tags are compared as text.
    try:
        return str(value if isinstance(value, UUID) else UUID(value))
    except (AttributeError, TypeError, ValueError):
        raise ConfigError(f"{name} {value!r} is no UUID; pass the row's id") from None


class Invalidates(Protocol[R_co]):
    """
    A cache that ends entries by tag: either manager.
    """

    def invalidate_by_tags(self, tags: Iterable[str], /) -> R_co:
        """
        End every entry that carries one of *tags*.
        """
        ...


class CacheInvalidationHooks(Generic[R]):
    """
    Ends what a change of the platform's data makes old.

    Each hook returns what the manager's ``invalidate_by_tags`` returns: the number of entries
    ended, or with an `AsyncDatabaseCacheManager` an awaitable of it.

    Args:
        cache: A manager of either colour.

    Example:
        >>> from supaopt.cache import DatabaseCacheManager, MemoryStore
        >>> hooks = CacheInvalidationHooks(DatabaseCacheManager(MemoryStore()))
        >>> hooks.on_product_change("a0000000-0000-4000-8000-000000000001")
        0
    """

    def __init__(self, cache: Invalidates[R]) -> None:
        self._cache = cache

    def on_student_progress_update(self, student_id: UUID | str, module_id: UUID | str) -> R:
        """
        End what depends on one student's progress in one module.

        Raises:
            ConfigError: An id is no UUID.
        """
        return self._end(
            tags_for("student_module_progress", student_id=student_id, module_id=module_id)
        )

    def on_expert_session_update(self, session_id: UUID | str) -> R:
        """
        End what depends on one expert session.

        Raises:
            ConfigError: The id is no UUID.
        """
        return self._end(tags_for("job_readiness_expert_sessions", id=session_id))

    def on_product_change(self, product_id: UUID | str) -> R:
        """
        End what depends on one product.

        Raises:
            ConfigError: The id is no UUID.
        """
        return self._end(tags_for("products", id=product_id))

    def on_bulk_student_update(self, student_ids: Iterable[UUID | str]) -> R:
        """
        End what depends on any of several students, in one call.

        Raises:
            ConfigError: An id is no UUID.
        """
        return self._end(
            tag for student_id in student_ids for tag in tags_for("students", id=student_id)
        )

    def on_module_structure_change(self, module_id: UUID | str) -> R:
        """
        End what depends on one module, its lessons or its questions.

        Raises:
            ConfigError: The id is no UUID.
        """
        return self._end(
            (
                *tags_for("modules", id=module_id),
                *tags_for("lessons", module_id=module_id),
                *tags_for("assessment_module_questions", module_id=module_id),
            )
        )

    def _end(self, tags: Iterable[str]) -> R:
        return self._cache.invalidate_by_tags(tuple(dict.fromkeys(tags)))
