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

_CATALOGUE = """
with ours as (
    select n.oid from pg_namespace as n where n.nspname in ('supaopt', 'public')
)
select array(
    select concat_ws(' ', pg_get_functiondef(f.oid), f.proacl, obj_description(f.oid))
    from pg_proc as f join ours on ours.oid = f.pronamespace
    union all
    select concat_ws(' ', c.oid::regclass, c.relacl, c.relrowsecurity, c.reloptions)
    from pg_class as c join ours on ours.oid = c.relnamespace
    union all
    select concat_ws(' ', p.polrelid::regclass, p.polname, pg_get_expr(p.polqual, p.polrelid))
    from pg_policy as p
    union all
    select concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
    from pg_trigger as t
    where not t.tgisinternal
    order by 1
)
"""


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


def test_installing_twice_changes_nothing(every_cluster: Any) -> None:
    """A second run of every file leaves the catalogue as it was."""
    from supaopt._adapters.sql import apply
    from supaopt.sql import assets

    with every_cluster.database("lms") as name, every_cluster.connect(name) as owner:
        before = owner.execute(_CATALOGUE).fetchone()
        apply(every_cluster.url(name), assets("core", "lms"))
        after = owner.execute(_CATALOGUE).fetchone()
    assert before == after


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
