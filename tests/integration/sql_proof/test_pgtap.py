"""
The pgTAP files in tests/sql pass under pg_prove, and there is one for each object.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from supaopt.sql import assets

FILES = Path(__file__).parents[2] / "sql"


def test_each_object_has_its_file() -> None:
    """Functions, views and pgTAP files have the same stems, so that none is forgotten."""
    objects = {asset.name for asset in assets("core", "lms") if asset.kind != "migration"}
    assert objects == {path.stem for path in FILES.glob("*.sql")}


def test_the_files_pass_under_pg_prove(cluster_15: Any) -> None:
    """Signature, volatility, rights and behaviour of every function are as written down."""
    prove = shutil.which("pg_prove")
    if prove is None:
        pytest.skip("pg_prove is not here: apt-get install libtap-parser-sourcehandler-pgtap-perl")
    with cluster_15.database("lms") as name:
        with cluster_15.connect(name, "supabase_admin") as admin:
            if not admin.execute(
                "select from pg_available_extensions where name = 'pgtap'"
            ).fetchall():
                pytest.skip("pgTAP is not here: apt-get install postgresql-15-pgtap")
            admin.execute("create extension pgtap")
        finished = subprocess.run(
            [
                *(prove, "-h", "127.0.0.1", "-p", str(cluster_15.port), "-U", "postgres"),
                *("-d", name, "--ext", ".sql", str(FILES)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert 0 == finished.returncode, finished.stdout + finished.stderr
