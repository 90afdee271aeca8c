"""
Statistics of a live database: what the API's reads weigh a month.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from typer.testing import CliRunner

from supaopt.cli._app import app
from supaopt.errors import ConfigError, NotFoundError, PermissionDeniedError
from supaopt.selectors import SELECTORS, Statistics, estimate, measure, select

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(*arguments: str) -> Any:
    """Run the command line."""
    bare = ("SUPABASE_DB_URL", "DATABASE_URL", "SUPABASE_URL", "SUPABASE_SECRET_KEY")
    return CliRunner(env=dict.fromkeys(bare)).invoke(app, arguments)


def _counted(stack: Any, sync_lms: Any) -> tuple[float, float]:
    chosen = SELECTORS.CLIENT.LIST
    found = estimate(measure(sync_lms.client, chosen), chosen, Statistics.read(stack.db_url))
    days = Statistics.read(stack.db_url).days / 30
    return found.answers * days, found.gigabytes * days


def test_reads_are_counted_by_set(untouched_stack: Any, sync_lms: Any) -> None:
    """Each read of a set adds an answer, and its rows add their bytes."""
    payload = measure(sync_lms.client, SELECTORS.CLIENT.LIST)
    answers, gigabytes = _counted(untouched_stack, sync_lms)
    for _ in range(3):
        select(sync_lms.client, SELECTORS.CLIENT.LIST).limit(2).execute()
    more_answers, more_gigabytes = _counted(untouched_stack, sync_lms)
    # One of them is of the measuring itself.
    assert 4 == round(more_answers - answers)
    assert pytest.approx((3 * 2 + payload.rows) * payload.bytes / payload.rows, rel=0.2) == (
        (more_gigabytes - gigabytes) * 1e9
    )


def test_the_report_says_what_it_estimates(untouched_stack: Any) -> None:
    """With a database URL it has gigabytes, and how they came about."""
    access = ("--url", untouched_stack.url, "--key", untouched_stack.secret_key)
    told = run(
        *("selectors", "report", "supaopt.selectors.lms", *access),
        *("--db-url", untouched_stack.db_url),
    )
    assert 0 == told.exit_code, told.output
    words = " ".join(told.stdout.split())
    assert "rows x measured bytes a row, as JSON before compression" in words
    as_json = run(
        *("selectors", "report", "supaopt.selectors.lms", *access, "--json"),
        *("--db-url", untouched_stack.db_url),
    )
    months = {each["row"]: each["month"] for each in json.loads(as_json.stdout)}
    assert months["LessonList"]["star_answers"] >= 1


def test_the_report_does_without(untouched_stack: Any) -> None:
    """Without a database URL, or without the extension, the bytes are there all the same."""
    access = ("--url", untouched_stack.url, "--key", untouched_stack.secret_key)
    for options, reason in (
        ((), "say --db-url"),
        (("--db-url", _database(untouched_stack.db_url, "template1")), "create extension"),
    ):
        told = run("selectors", "report", "supaopt.selectors.lms", *access, "--json", *options)
        assert 0 == told.exit_code, told.output
        assert reason in " ".join(told.stderr.split())
        assert {None} == {each["month"] for each in json.loads(told.stdout)}


def test_a_database_without_the_extension_is_told(untouched_stack: Any) -> None:
    """The error holds the SQL that makes it."""
    with pytest.raises(NotFoundError, match="create extension pg_stat_statements"):
        Statistics.read(_database(untouched_stack.db_url, "template1"))


@pytest.fixture(name="stranger")
def _stranger(untouched_stack: Any) -> Iterator[str]:
    """A role that may connect and nothing else."""
    with psycopg.connect(untouched_stack.db_url, autocommit=True) as connection:
        connection.execute("create role stranger_to_statistics login password 'known'")
        parts = urlsplit(untouched_stack.db_url)
        address = parts.netloc.rpartition("@")[2]
        yield urlunsplit(parts._replace(netloc=f"stranger_to_statistics:known@{address}"))
        connection.execute("drop role stranger_to_statistics")


def test_a_role_that_may_not_see_them_is_told(stranger: str) -> None:
    """Rather than counting what it ran itself for all there was."""
    with pytest.raises(PermissionDeniedError, match="pg_read_all_stats"):
        Statistics.read(stranger)


def test_a_url_that_is_none_is_told() -> None:
    """As everywhere."""
    with pytest.raises(ConfigError):
        Statistics.read("nonsense://")


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
