"""
The bundled example on a local Supabase, for tests, examples and the snippets of the documentation.

Every Python snippet of README.md and docs/ runs as a test.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from supaopt.local import LocalSupabase

HERE = Path(__file__).parent


@pytest.fixture(name="lms_stack", scope="session")
def _lms_stack(supabase_stack: "LocalSupabase") -> "LocalSupabase":
    """Install the learning platform and its sample data, once for all tests that share a stack."""
    import psycopg

    from supaopt import sql
    from supaopt.local.lms import Sizes, load

    with psycopg.connect(supabase_stack.db_url) as database:
        database.execute("select pg_advisory_xact_lock(42)")  # another worker may be installing
        database.execute(sql.reference("schema"))
        database.execute(sql.script("core", "lms"))
        if database.execute("select from public.clients limit 1").fetchone() is None:
            load(database, Sizes(students=120, viewers=40), seed=7)
    supabase_stack.reload_schema()
    return supabase_stack


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
    """Mark the snippets, whose readers need not close their clients, as integration tests."""
    for item in items:
        if item.path.suffix == ".md":
            item.add_marker("integration")
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(
                pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
            )


pytest_collect_file = Sybil(
    parsers=[SkipParser(), PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["project_environment"],
    path=os.fspath(HERE),
).pytest()
