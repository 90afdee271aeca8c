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


pytest_collect_file = Sybil(
    parsers=[SkipParser(), PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["project_environment"],
    path=os.fspath(HERE),
).pytest()
