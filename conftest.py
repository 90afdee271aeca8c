"""
The bundled example on a local Supabase, for tests, examples and the snippets of the documentation.

Every Python and SQL snippet of README.md and docs/ runs as a test. A comment that follows a SQL
statement is what psql would show of its rows, or the error; `…` stands for anything.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from supaopt.local import LocalSupabase

HERE = Path(__file__).parent
# What docs/sql/index.md shows, and its removal.
_ROWS = HERE / "docs" / "sql" / "example.sql"
_ROWS_GONE = HERE / "docs" / "sql" / "example_gone.sql"


# Workers of one run share `supabase_stack`; what installs or flushes takes a stack of its own.


@pytest.fixture(name="core_stack", scope="session")
def _core_stack() -> Iterator["LocalSupabase"]:
    """A local Supabase of its own with the cache and nothing else."""
    from supaopt._adapters.sql import apply
    from supaopt.local import LocalSupabase
    from supaopt.sql import assets

    with LocalSupabase() as stack:
        apply(stack.db_url, assets("core"))
        stack.reload_schema()
        yield stack


@pytest.fixture(name="lms_stack", scope="session")
def _lms_stack() -> Iterator["LocalSupabase"]:
    """A local Supabase of its own with the learning platform, to read and to write."""
    from supaopt.local import LocalSupabase
    from supaopt.local.lms import Sizes, install

    with LocalSupabase() as stack:
        install(stack.db_url, Sizes(students=120, viewers=40))
        stack.reload_schema()
        yield stack


@pytest.fixture(name="project_environment", scope="session")
def _project_environment(lms_stack: "LocalSupabase") -> Iterator[None]:
    """Point the variables that a deployed backend has at the local Supabase."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPABASE_URL", lms_stack.url)
        patch.setenv("SUPABASE_PUBLISHABLE_KEY", lms_stack.publishable_key)
        patch.setenv("SUPABASE_SECRET_KEY", lms_stack.secret_key)
        patch.setenv("DATABASE_URL", lms_stack.db_url)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the snippets as integration tests, whose readers need not close their clients."""
    for item in items:
        if item.path.suffix == ".md":
            item.add_marker("integration")
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(
                pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
            )


def _statements(text: str) -> Iterator[tuple[str, list[str]]]:
    """Part SQL into statements, each with the lines of comment that follow it."""
    statement: list[str] = []
    shown: list[str] = []
    ended = False
    for line in text.splitlines():
        if ended and line.startswith("-- "):
            shown.append(line.removeprefix("-- "))
            continue
        if ended and line:
            yield "\n".join(statement), shown
            statement, shown, ended = [], [], False
        statement.append(line)
        # Not the semicolon of a line within a function's body.
        ended = ended or (line.endswith(";") and "\n".join(statement).count("$$") % 2 == 0)
    yield "\n".join(statement), shown


def _show(connection: "psycopg.Connection[Any]", statement: str) -> list[str]:
    """Run a statement and return its rows, or its error, as psql would show them."""
    try:
        result = connection.execute(statement.encode()).pgresult
    except psycopg.Error as error:
        return [f"ERROR {error.sqlstate}: {error.diag.message_primary}"]
    assert result is not None
    rows = [
        [result.get_value(row, at) for at in range(result.nfields)] for row in range(result.ntuples)
    ]
    return [
        " | ".join("(null)" if value is None else value.decode() for value in row) for row in rows
    ]


def _matches(expected: list[str], shown: list[str]) -> bool:
    pattern = re.escape("\n".join(expected)).replace("…", ".*")
    return re.fullmatch(pattern, "\n".join(shown)) is not None


def _run_sql(example: Example) -> None:
    """Run a snippet as the database's owner, on rows that are there for this page alone."""
    connection = example.namespace.get("sql_connection")
    if connection is None:
        connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        connection.execute(_ROWS.read_bytes())
        example.namespace["sql_connection"] = connection
    for statement, expected in _statements(example.parsed):
        shown = _show(connection, statement)
        failed = bool(shown) and shown[0].startswith("ERROR ")
        if (expected or failed) and not _matches(expected, shown):
            raise AssertionError("\n".join([statement, *shown]))


def _close_sql(namespace: dict[str, Any]) -> None:
    """Take away what the snippets of a page have left behind."""
    connection = namespace.pop("sql_connection", None)
    if connection is not None:
        with connection:
            connection.rollback()
            connection.execute("reset role")
            connection.execute(_ROWS_GONE.read_bytes())


pytest_collect_file = Sybil(
    parsers=[
        SkipParser(),
        PythonCodeBlockParser(),
        CodeBlockParser(language="sql", evaluator=_run_sql),
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["project_environment"],
    teardown=_close_sql,
    path=os.fspath(HERE),
).pytest()
