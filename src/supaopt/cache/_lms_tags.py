"""
The learning platform's vocabulary: which tags a write to each table ends.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Final
from uuid import UUID

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

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


CASCADES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "student": (
        ("students", "id"),
        ("student_module_progress", "student_id"),
        ("assessment_progress", "student_id"),
        ("job_readiness_expert_session_progress", "student_id"),
        ("job_readiness_submissions", "student_id"),
    ),
    "module": (
        ("modules", "id"),
        ("lessons", "module_id"),
        ("assessment_module_questions", "module_id"),
        ("student_module_progress", "module_id"),
    ),
    "product": (
        ("products", "id"),
        ("modules", "product_id"),
        ("client_product_assignments", "product_id"),
        ("job_readiness_products", "product_id"),
        ("job_readiness_expert_session_products", "product_id"),
    ),
    "expert_session": (
        ("job_readiness_expert_sessions", "id"),
        ("job_readiness_expert_session_products", "expert_session_id"),
        ("job_readiness_expert_session_progress", "expert_session_id"),
    ),
}
"""For each kind of entity the tables that its rows are in, its own first, and by which column."""


def tags_for(table: str, **columns: UUID | str) -> tuple[str, ...]:
    """
    Return the tags that a change to one row of *table* ends.

    Args:
        table: A table of the platform.
        columns: What is known of the row, by column. For a column that is not given, the tag
            ends all of its kind.

    Raises:
        ConfigError: No such table or column, or an id that is no UUID.

    Examples:
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
        name: row_id(value, name) for name, value in columns.items()
    }
    tags = (template.format_map(values) for template in TABLE_TAGS[table])
    return (*tags, *ANSWER_TAGS.get(table, ()))


def _columns(table: str) -> set[str]:
    parsed = (part for tag in TABLE_TAGS[table] for part in Formatter().parse(tag))
    return {name for _, name, _, _ in parsed if name}


def row_id(value: UUID | str, name: str) -> str:
    """
    Return an id as Postgres writes it, as tags are compared as text.

    Raises:
        ConfigError: It is no UUID.
    """
    try:
        return str(value if isinstance(value, UUID) else UUID(value))
    except (AttributeError, TypeError, ValueError):
        raise ConfigError(f"{name} {value!r} is no UUID; pass the row's id") from None
