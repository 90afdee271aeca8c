"""
Whether supaopt's own part of the database is there, private, and working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.doctor._model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Cache, Facts, Problem

_SCHEMA = "schema supaopt"
_MEGABYTE: Final = 1024 * 1024
_LARGE_ENTRIES: Final = 1024 * _MEGABYTE
_LARGE_LOG: Final = 256 * _MEGABYTE
_LARGE_DATA: Final = 16 * _MEGABYTE
_DAY: Final = 86_400
_LONG_LIFETIME: Final = 7 * _DAY

# What find_problems says, by a part of its sentence; an error where answers may be wrong.
_PROBLEMS: Final[tuple[tuple[str, str, Level, str], ...]] = (
    ("answers may be wrong", "cache_trigger_missing", "error", "Writes to a table end no entry"),
    ("partition of a watched", "cache_partition", "error", "Writes to a partition end no entry"),
    ("inherits from", "cache_inheritance", "error", "Writes to a child table end no entry"),
    ("table is gone", "cache_table_gone", "warning", "A watched table is gone"),
    ("renamed, dropped", "cache_tag_coarse", "warning", "Writes end more entries than they need"),
    ("is not watched", "cache_unwatched_read", "warning", "Answers are not kept"),
    ("hidden function", "cache_opaque_policy", "warning", "Answers of users are not kept"),
    ("state row", "cache_state_void", "error", "The cache serves and stores nothing"),
    ("clean-up has not run", "cache_cleanup_overdue", "warning", "Clean-up does not run"),
)
_OTHER_PROBLEM: Final[tuple[str, str, Level, str]] = (
    *("", "cache_problem"), "warning", "The cache does not work as it should"
)  # fmt: skip

_STATES: Final[tuple[tuple[str, Level, str, str], ...]] = (
    ("missing", "error", "Parts of supaopt's SQL are missing", "what calls them fails"),
    ("outdated", "warning", "supaopt's SQL is of another version", "other files ran than these"),
    ("changed", "warning", "Parts of supaopt's SQL were changed by hand", "they are not as made"),
)


def exposed_schema(facts: Facts) -> Iterator[Finding]:
    """
    Find the cache's private schema among those that the API exposes.
    """
    if "supaopt" in facts.schemas:
        yield Finding(
            "cache_schema_exposed",
            "error",
            "The cache's private schema is exposed",
            _SCHEMA,
            "the API offers schema supaopt; only its grants keep others' answers from callers",
            "take supaopt out of the API's exposed schemas: project settings, Data API; or "
            "alter role authenticator set pgrst.db_schemas = '...'; notify pgrst, 'reload config';",
        )


def problems(facts: Facts) -> Iterator[Finding]:
    """
    Pass on what the database's own examination finds.
    """
    for problem in facts.problems or ():
        # Told by exposed_schema, whoever says so.
        if problem.object != _SCHEMA:
            _, code, level, title = _kind(problem)
            yield Finding(code, level, title, problem.object, problem.problem, problem.remedy)


def files(facts: Facts) -> Iterator[Finding]:
    """
    Find SQL of ours that is missing, of an earlier version, or changed.
    """
    if facts.server is not None and not facts.server.has_cache:
        yield Finding(
            "sql_not_installed",
            "info",
            "supaopt's SQL is not installed",
            _SCHEMA,
            "the cache, and what it would be examined for, is not there",
            "supaopt sql print core --output supabase/migrations, or supaopt sql apply core",
        )
    for state, level, title, why in _STATES:
        paths = [file.path for file in facts.files or () if file.state == state]
        if paths:
            yield Finding(
                f"sql_{state}",
                level,
                title,
                _SCHEMA,
                f"{why}: {_some(paths)}",
                "supaopt sql diff shows the difference; supaopt sql apply, or a new migration by "
                "supaopt sql print, ends it",
            )


def clean_up(facts: Facts) -> Iterator[Finding]:
    """
    Find a cache that nothing cleans up.
    """
    if facts.server is None or facts.cache is None:
        return
    if not facts.server.has_cron:
        yield Finding(
            "cache_cleanup_unscheduled",
            "info",
            "The database does not clean up by itself",
            "pg_cron",
            "without pg_cron, expired entries and the log go only when something calls clean-up",
            "call public.cleanup_expired_cache() every few minutes from outside, or install "
            "pg_cron and run core/migrations/0002_schedule.sql again",
        )
    elif facts.jobs == ():
        yield Finding(
            "cache_cleanup_unscheduled",
            "warning",
            "Nothing cleans up the cache",
            "pg_cron",
            "pg_cron is there, and this role has no job that runs public.cleanup_expired_cache()",
            "select cron.schedule('supaopt clean-up', '*/5 * * * *', "
            "'select public.cleanup_expired_cache()');",
        )


def clean_up_jobs(facts: Facts) -> Iterator[Finding]:
    """
    Find jobs that are to clean up, and do not.
    """
    for job in facts.jobs or ():
        if not job.active or job.status == "failed":
            why = f"its last run failed: {job.message}" if job.active else "it is switched off"
            yield Finding(
                "cache_cleanup_failing",
                "warning",
                "Clean-up does not work",
                f"job {job.name}",
                f"{why}; entries and log only grow",
                "select cron.alter_job(jobid, active := true) from cron.job "
                "where command like '%cleanup_expired_cache%'; "
                "then select public.cleanup_expired_cache(); as the job's user",
            )


def sizes(facts: Facts) -> Iterator[Finding]:
    """
    Find a cache that grows beyond what a cache is good for, and limits that let it.
    """
    if facts.cache is None:
        return
    for what, is_large, detail, remedy in _excesses(facts.cache):
        if is_large:
            yield Finding(
                "cache_large", "warning", "The cache is out of proportion", what, detail, remedy
            )


def _excesses(cache: Cache) -> Iterator[tuple[str, bool, str, str]]:
    yield (
        "supaopt.entries",
        cache.entries_bytes > _LARGE_ENTRIES,
        f"entries take {cache.entries_bytes // _MEGABYTE:,} MB",
        "store less, or for shorter: select public.get_cache_metrics() says what takes most",
    )
    days = cache.log_retention / _DAY
    yield (
        "supaopt.log",
        cache.log_bytes > _LARGE_LOG,
        f"the log takes {cache.log_bytes // _MEGABYTE:,} MB, kept for {days:.1f} days",
        "have clean-up run, or shorten max_lifetime and log_retention in supaopt.settings",
    )
    yield (
        "supaopt.settings.max_lifetime",
        cache.max_lifetime > _LONG_LIFETIME,
        f"entries may live for {cache.max_lifetime / _DAY:.0f} days, and the log outlives them",
        "update supaopt.settings set max_lifetime = '1 day', log_retention = '2 days';",
    )
    yield (
        "supaopt.settings.max_data_bytes",
        cache.max_data_bytes > _LARGE_DATA,
        f"one entry may take {cache.max_data_bytes // _MEGABYTE:,} MB, read whole on every hit",
        "update supaopt.settings set max_data_bytes = 4194304;",
    )


def _kind(problem: Problem) -> tuple[str, str, Level, str]:
    return next((kind for kind in _PROBLEMS if kind[0] in problem.problem), _OTHER_PROBLEM)


def _some(paths: list[str]) -> str:
    more = len(paths) - 3
    return ", ".join(paths[:3]) + (f" and {more} more" if more > 0 else "")
