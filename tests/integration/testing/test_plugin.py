"""
Tests of the pytest plugin, each as a project of its own would use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from supaopt.local import LocalSupabase

pytest_plugins = ["pytester"]

CONFTEST = """
import psycopg, pytest

@pytest.fixture(scope="session")
def schema(supabase_stack):
    with psycopg.connect(supabase_stack.db_url) as connection:
        connection.execute('''
            create table if not exists public.plugin_notes (
              id int generated always as identity primary key,
              owner uuid default auth.uid(), body text);
            alter table public.plugin_notes enable row level security;
            drop policy if exists own on public.plugin_notes;
            create policy own on public.plugin_notes to authenticated
              using (owner = auth.uid()) with check (true);
        ''')
    supabase_stack.reload_schema()

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

CLIENTS = """
import pytest

ADA = "11111111-1111-4111-8111-111111111111"

def count(client):
    return len(client.table("plugin_notes").select("id").execute().data)

def test_callers_see_their_own_rows(schema, supabase_clean, supabase_client, supabase_as):
    supabase_as({"sub": ADA}).table("plugin_notes").insert({"body": "hers"}).execute()

    assert count(supabase_as({"sub": ADA})) == 1
    assert count(supabase_as("authenticated")) == 0
    assert count(supabase_as("anon")) == 0
    assert count(supabase_as("service_role")) == 1
    assert count(supabase_client) == 1

def test_a_token_is_a_caller(schema, supabase_as, make_token):
    assert count(supabase_as(make_token({"sub": ADA}))) == 1

def test_a_clean_database_has_no_rows_and_counts_anew(schema, supabase_clean, supabase_client):
    assert count(supabase_client) == 0
    row = supabase_client.table("plugin_notes").insert({"body": "hers"}).execute().data[0]
    assert row["id"] == 1

@pytest.mark.anyio
async def test_the_async_client_is_the_service(schema, supabase_aclient):
    answer = await supabase_aclient.table("plugin_notes").select("id").execute()
    assert len(answer.data) == 1
"""

WORKERS = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_all_workers_have_one_stack(supabase_stack, number, record_property):
    record_property("url", supabase_stack.url)
"""


@pytest.fixture(name="project")
def _project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST)
    return pytester


def test_the_fixtures_act_as_every_kind_of_caller(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, supabase_stack: LocalSupabase
) -> None:
    """
    Clients act as the service, as roles, as users and by token, and a clean database is empty.
    """
    monkeypatch.setenv("SUPAOPT_STACK_DIR", str(supabase_stack.state_dir))
    project.makepyfile(CLIENTS)

    project.runpytest_subprocess("-W", "error").assert_outcomes(passed=4)


def test_workers_share_one_stack(project: pytest.Pytester) -> None:
    """
    Two workers start one stack, and it is gone when both have finished.
    """
    project.makepyfile(WORKERS)

    project.runpytest_subprocess("-n", "2", "--junitxml=out.xml").assert_outcomes(passed=4)

    report = (project.path / "out.xml").read_text()
    urls = {part.partition('"')[0] for part in report.split('name="url" value="')[1:]}
    assert 1 == len(urls)


def test_a_project_that_uses_nothing_pays_nothing(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Without a fixture of ours nothing starts, and no heavy module is imported.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    heavy = ("supabase", "httpx", "psycopg", "cryptography", "jwt", "supaopt.local")
    project.makeconftest("")
    project.makepyfile(f"""
        import sys

        def test_nothing_heavy_is_loaded():
            assert [] == [name for name in {heavy!r} if name in sys.modules]
    """)

    # Nor may a conftest.py above the folder of this run import one.
    result = project.runpytest_subprocess(
        "-p", "supaopt.testing.plugin", f"--confcutdir={project.path}"
    )
    result.assert_outcomes(passed=1)


def test_the_fixtures_explain_themselves(project: pytest.Pytester) -> None:
    """
    ``pytest --fixtures`` lists them with a sentence each.
    """
    shown = project.runpytest_subprocess("--fixtures").stdout.str()

    for name in ("supabase_stack", "supabase_client", "supabase_aclient", "supabase_as"):
        assert name in shown
    assert "passes RLS" in shown
