"""
The assets install, and the whole SQL suite passes, on each major version that projects run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SUITE = Path(__file__).parents[1] / "sql"


def test_both_sets_install_as_an_owner_who_is_no_superuser(every_cluster: Any) -> None:
    """What `postgres` installs under hosted default privileges is there, and owned by it."""
    with every_cluster.database("lms") as name, every_cluster.connect(name) as owner:
        row = owner.execute(
            """
            select
                current_setting('server_version_num')::int / 10000,
                current_setting('is_superuser'),
                (select count(*) > 16 from supaopt.installed),
                (select count(*) from supaopt.watched),
                (select bool_and(pg_get_userbyid(f.proowner) = 'postgres')
                 from pg_proc as f where f.pronamespace = 'supaopt'::regnamespace)
            """
        ).fetchone()
    assert (every_cluster.version, "off", True, 16, True) == row


@pytest.mark.slow
@pytest.mark.parametrize("version", [15, 18], ids="postgres-{}".format)
def test_the_sql_suite_passes(version: int, make_cluster: Callable[..., Any]) -> None:
    """The suite that runs on Postgres 17 as a matter of course passes on the other versions too."""
    cluster = make_cluster(version)
    cluster.create()
    cluster.start()
    environment = os.environ | {
        "SUPAOPT_TEST_DATABASE_URL": cluster.url("postgres", "supabase_admin")
    }
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SUITE)],
        cwd=SUITE.parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    cluster.stop()
    assert 0 == finished.returncode, finished.stdout[-4000:]
