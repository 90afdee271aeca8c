"""
`supaopt dev example`: the learning platform in a local Supabase.
"""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from supaopt.cli._app import app
from supaopt.errors import ConfigError, StackError
from supaopt.local import LocalSupabase


def test_the_example_fills_a_running_stack_once(tmp_path: Path) -> None:
    """The rows that the command reports are there, watched, and a second time is refused."""
    command = ["dev", "example", "--state", str(tmp_path), "--students", "60", "--json"]
    with LocalSupabase(tmp_path) as stack:
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        rows = json.loads(done.stdout)["rows"]
        with psycopg.connect(stack.db_url) as db:
            students = db.execute("select count(*) from public.students").fetchone()
            watched = db.execute("select count(*) from supaopt.watched").fetchone()
        assert students == (rows["students"],) == (60,)
        assert watched == (len(rows),)
        again = CliRunner().invoke(app, command)
    assert isinstance(again.exception, ConfigError)
    assert "public.clients" in str(again.exception)


def test_the_example_needs_a_stack(tmp_path: Path) -> None:
    """Without a running stack the command says how to start one."""
    done = CliRunner().invoke(app, ["dev", "example", "--state", str(tmp_path)])
    assert isinstance(done.exception, StackError)
    assert "supaopt dev up" in str(done.exception)


@pytest.mark.parametrize("students", ["0", "-5", "many"])
def test_a_size_that_cannot_be_is_wrong_usage(students: str) -> None:
    """The number of students must be a positive integer."""
    assert CliRunner().invoke(app, ["dev", "example", "--students", students]).exit_code == 2
