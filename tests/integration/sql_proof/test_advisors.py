"""
Supabase's own advisors and linter find nothing in what we install.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Advise = Callable[..., dict[str, Any]]

PACKAGE = "supabase@3.1.0"

# A database that has served no query has used no index.
_EXPECTED = {"unused_index"}


@pytest.fixture(name="supabase_cli", scope="session")
def _supabase_cli(tmp_path_factory: pytest.TempPathFactory) -> str:
    """
    Supabase's command line: the program in SUPAOPT_SUPABASE_CLI, else installed by npm.
    """
    if given := os.environ.get("SUPAOPT_SUPABASE_CLI"):
        return given
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not here, which installs {PACKAGE}; or set SUPAOPT_SUPABASE_CLI")
    folder = tmp_path_factory.mktemp("cli")
    finished = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        pytest.skip(f"npm could not install {PACKAGE}: {finished.stderr.strip()[-300:]}")
    return str(folder / "node_modules" / ".bin" / "supabase")


@pytest.fixture(name="ask")
def _ask(supabase_cli: str, tmp_path: Path) -> Advise:
    """
    A function that runs ``supabase db`` on a database and returns its JSON.
    """

    def ask(*arguments: str, url: str) -> dict[str, Any]:
        finished = subprocess.run(
            [
                *(supabase_cli, "db", *arguments, "--remote", f"{url}?sslmode=disable"),
                *("--output-format", "json", "--agent", "no"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        answer: dict[str, Any] = json.loads(finished.stdout)
        return answer

    return ask


def _findings(answer: dict[str, Any]) -> list[str]:
    return sorted(
        f"{row['name']}: {row['detail']}"
        for row in answer["results"]
        if row["name"] not in _EXPECTED
    )


def test_the_advisors_have_no_finding(every_cluster: Any, ask: Advise) -> None:
    """Security and performance advisors, down to level info, name no object of ours."""
    with every_cluster.database("lms") as name:
        answer = ask("advisors", "--type", "all", "--level", "info", url=every_cluster.url(name))
    assert [] == _findings(answer)


def test_the_advisors_see_a_fault(cluster: Any, ask: Advise) -> None:
    """The same call reports a table without row-level security: the check above can fail."""
    with cluster.database("core") as name:
        with cluster.connect(name) as owner:
            owner.execute("create table public.open (id bigint primary key)")
        answer = ask("advisors", "--type", "all", "--level", "info", url=cluster.url(name))
    assert any(finding.startswith("rls_disabled_in_public") for finding in _findings(answer))


def test_the_linter_has_no_finding(cluster_15: Any, ask: Advise) -> None:
    """``supabase db lint``, which runs plpgsql_check, reports no warning."""
    with cluster_15.database("lms") as name:
        with cluster_15.connect(name, "supabase_admin") as admin:
            if not admin.execute(
                "select from pg_available_extensions where name = 'plpgsql_check'"
            ).fetchall():
                pytest.skip("plpgsql_check is missing: apt-get install postgresql-15-plpgsql-check")
            admin.execute("create extension plpgsql_check")
        answer = ask("lint", "--level", "warning", url=cluster_15.url(name))
    assert [] == answer["results"]
