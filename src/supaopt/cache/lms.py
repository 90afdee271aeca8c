"""
The learning platform's invalidation, on the generic cache: which tags a change ends.

Watched tables end entries by themselves, exactly at commit. These hooks are for what the database
does not see: data kept elsewhere, or a project that does not watch its tables.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeAlias, TypeVar

from supaopt.cache._awaiting import AsyncDatabaseCacheManager
from supaopt.cache._blocking import DatabaseCacheManager
from supaopt.cache._config import InProcess
from supaopt.cache._lms_realtime import RealtimeCacheInvalidation
from supaopt.cache._lms_tags import ANSWER_TAGS, CASCADES, TABLE_TAGS, row_id, tags_for
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from uuid import UUID

    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis
    from supabase import AsyncClient, Client

    from supaopt.cache._model import CacheEvent
    from supaopt.cache._ports import CacheStore

__all__ = [
    "ANSWER_TAGS",
    "CASCADES",
    "TABLE_TAGS",
    "AsyncProductionCacheManager",
    "CacheInvalidationHooks",
    "EnhancedCacheInvalidation",
    "ProductionCacheManager",
    "RealtimeCacheInvalidation",
    "tags_for",
]

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
Operation: TypeAlias = Literal["create", "update", "delete"]


class Invalidates(Protocol[R_co]):
    """
    A cache that ends entries by tag: either manager.
    """

    def invalidate_by_tags(self, tags: Iterable[str], /) -> R_co:
        """
        End every entry that carries one of *tags*.
        """
        ...


class Cleans(Invalidates[R_co], Protocol[R_co]):
    """
    A cache that also removes what has ended: either manager.
    """

    def cleanup_expired_cache(self) -> R_co:
        """
        Remove what has ended.
        """
        ...


class CacheInvalidationHooks(Generic[R]):
    """
    Ends what a change of the platform's data makes old.

    Each hook returns what the manager's ``invalidate_by_tags`` returns: the number of entries
    ended, or with an `AsyncDatabaseCacheManager` an awaitable of it.

    Args:
        cache: A manager of either colour.

    Examples:
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


class EnhancedCacheInvalidation(Generic[R]):
    """
    Ends what hangs on an entity, with everything below it, by the rules in `CASCADES`.

    Each method returns what the manager's does: a number, or with an
    `AsyncDatabaseCacheManager` an awaitable of it.

    Args:
        cache: A manager of either colour.
        warmers: For a kind of entity, what computes its answers anew, given an id: cached
            functions, or calls of ``get_cached_data``.

    Examples:
        >>> from supaopt.cache import DatabaseCacheManager, MemoryStore
        >>> enhanced = EnhancedCacheInvalidation(DatabaseCacheManager(MemoryStore()))
        >>> enhanced.cascade_invalidation("module", "a0000000-0000-4000-8000-000000000001")
        0
    """

    def __init__(
        self,
        cache: Cleans[R],
        *,
        warmers: Mapping[str, Callable[[str], object]] | None = None,
    ) -> None:
        self._cache = cache
        self._warmers = dict(warmers or {})
        for entity_type in self._warmers:
            _rules_of(entity_type)

    def cascade_invalidation(
        self, entity_type: str, entity_id: UUID | str, operation: Operation = "update"
    ) -> R:
        """
        End what depends on one entity.

        Args:
            entity_type: ``student``, ``module``, ``product`` or ``expert_session``.
            entity_id: Its id.
            operation: What happened to it. Nothing hangs on a new one yet, so ``create`` ends
                the lists of its own table alone.

        Raises:
            ConfigError: No such kind of entity or operation, or an id that is no UUID.
        """
        return self.bulk_invalidation([(entity_type, entity_id, operation)])

    def bulk_invalidation(self, operations: Iterable[tuple[str, UUID | str, Operation]]) -> R:
        """
        End what depends on any of several entities, in one call.

        Args:
            operations: Kind, id and what happened, as for `cascade_invalidation`.

        Raises:
            ConfigError: As for `cascade_invalidation`.
        """
        tags = [tag for operation in operations for tag in _cascade(*operation)]
        return self._cache.invalidate_by_tags(tuple(dict.fromkeys(tags)))

    def schedule_cleanup(self) -> R:
        """
        Remove entries that have ended; for the program's own scheduler, where pg_cron is not.
        """
        return self._cache.cleanup_expired_cache()

    def warm_cache(self, entity_type: str, entity_id: UUID | str) -> object:
        """
        Compute an entity's answers anew, before anybody asks.

        Returns:
            What the warmer returns: with an asynchronous one, an awaitable.

        Raises:
            ConfigError: There is no warmer for this kind.
        """
        if entity_type not in self._warmers:
            raise ConfigError(
                f"no warmer for {entity_type!r}; pass warmers={{{entity_type!r}: function}}"
            )
        return self._warmers[entity_type](row_id(entity_id, "entity_id"))


def _cascade(entity_type: str, entity_id: UUID | str, operation: str) -> Iterator[str]:
    rules = _rules_of(entity_type)
    if operation not in {"create", "update", "delete"}:
        raise ConfigError(f"operation {operation!r} is none of create, update and delete")
    for table, column in rules[:1] if operation == "create" else rules:
        yield from tags_for(table, **{column: entity_id})


def _rules_of(entity_type: str) -> tuple[tuple[str, str], ...]:
    if entity_type not in CASCADES:
        raise ConfigError(f"no entity {entity_type!r}; there are {', '.join(CASCADES)}")
    return CASCADES[entity_type]


class ProductionCacheManager(DatabaseCacheManager):
    """
    A `DatabaseCacheManager` with all tiers on.

    Args:
        client: As for `DatabaseCacheManager`.
        redis: As for `DatabaseCacheManager`; the variable ``REDIS_URL`` if left out, and without
            that no such tier.
        l1: As for `DatabaseCacheManager`; with its defaults if left out.
        on_event: As for `DatabaseCacheManager`.

    Raises:
        ConfigError: As for `DatabaseCacheManager`.
        MissingExtraError: A Redis is named and redis-py is not installed.
    """

    def __init__(
        self,
        client: Client | CacheStore,
        *,
        redis: Redis | str | None = None,
        l1: InProcess | None = None,
        on_event: Callable[[CacheEvent], None] | None = None,
    ) -> None:
        super().__init__(
            client,
            l1=l1 or InProcess(),
            redis=os.environ.get("REDIS_URL") if redis is None else redis,
            on_event=on_event,
        )


class AsyncProductionCacheManager(AsyncDatabaseCacheManager):
    """
    An `AsyncDatabaseCacheManager` with all tiers on; see `ProductionCacheManager`.
    """

    def __init__(
        self,
        client: AsyncClient | CacheStore,
        *,
        redis: AsyncRedis | str | None = None,
        l1: InProcess | None = None,
        on_event: Callable[[CacheEvent], None] | None = None,
    ) -> None:
        super().__init__(
            client,
            l1=l1 or InProcess(),
            redis=os.environ.get("REDIS_URL") if redis is None else redis,
            on_event=on_event,
        )
