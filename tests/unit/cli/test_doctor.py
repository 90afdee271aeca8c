"""
`supaopt doctor`: what it prints, and how it exits.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from supaopt import cli
from supaopt.cli import _doctor
from supaopt.doctor import Finding, Report, Skipped
from supaopt.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int | str | None, str, str]]

VARIABLES = (
    *("SUPABASE_DB_URL", "DATABASE_URL", "SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"),
    *("SUPABASE_ANON_KEY", "SUPABASE_JWT_SECRET"),
)
WARNING = Finding(
    "auth_rls_initplan", "warning", "Title", "public.t, policy p", "the detail", "the remedy"
)
REPORT = Report((WARNING,), (Skipped("API and keys", "no URL"),))


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_doctor.out, "_width", 200)

    def run(*arguments: str) -> tuple[int | str | None, str, str]:
        monkeypatch.setattr(sys, "argv", ["supaopt", "doctor", *arguments])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return run


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Have every examination give `REPORT`, and keep what it was asked."""
    asked: dict[str, Any] = {}

    def examine(db_url: str | None, **options: Any) -> Report:
        asked.update(options, db_url=db_url)
        return REPORT

    monkeypatch.setattr(_doctor, "examine", examine)
    return asked


def test_a_finding_is_shown_whole(run: Run, asked: dict[str, Any]) -> None:
    """People see level, code, object, detail and remedy, and what was left out."""
    code, out, _ = run("--db-url", "postgresql://localhost/x")
    assert 0 == code
    for shown in (
        *("warning", WARNING.code, WARNING.object, WARNING.title, WARNING.detail, WARNING.remedy),
        *("not examined: API and keys: no URL", "0 error, 1 warning, 0 info"),
    ):
        assert shown in out


def test_json_is_the_report(run: Run, asked: dict[str, Any]) -> None:
    """Programs get the same, with the counts."""
    code, out, _ = run("--json", "--db-url", "postgresql://localhost/x")
    assert 0 == code
    assert {
        "findings": [
            {
                "code": "auth_rls_initplan",
                "level": "warning",
                "title": "Title",
                "object": "public.t, policy p",
                "detail": "the detail",
                "remedy": "the remedy",
            }
        ],
        "skipped": [{"part": "API and keys", "reason": "no URL"}],
        "counts": {"error": 0, "warning": 1, "info": 0},
    } == json.loads(out)


@pytest.mark.parametrize(("level", "expected"), [("error", 0), ("warning", 1), ("info", 1)])
def test_the_level_that_fails_is_chosen(
    run: Run, asked: dict[str, Any], level: str, expected: int
) -> None:
    """What is as bad as --fail-on, or worse, makes the exit code 1."""
    code, _, _ = run("--fail-on", level, "--db-url", "postgresql://localhost/x")
    assert expected == code


def test_the_environment_says_what_to_examine(
    run: Run, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """URLs and keys are those that a backend has."""
    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://localhost/x")
    monkeypatch.setenv("SUPABASE_URL", "https://ref.supabase.co")
    monkeypatch.setenv("SUPABASE_ANON_KEY", "anon-key")
    monkeypatch.setenv("SUPABASE_JWT_SECRET", "s")
    run()
    assert {
        "db_url": "postgresql://localhost/x",
        "url": "https://ref.supabase.co",
        "key": "anon-key",
        "knows_secret": True,
        "timeout": 10,
    } == asked


@pytest.mark.parametrize(
    "arguments",
    [[], ["--fail-on", "bad"], ["--db-url", "postgresql://[x"], ["--url", "ftp://x"]],
    ids=["nothing", "level", "database", "project"],
)
def test_wrong_usage_exits_with_2(run: Run, arguments: list[str]) -> None:
    """Where there is nothing to examine, that is said, and no finding is."""
    code, out, err = run(*arguments)
    assert (2, "") == (code, out)
    assert err


def test_a_database_out_of_reach_exits_with_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer is no healthy one."""

    def examine(*_: Any, **__: Any) -> Report:
        raise RequestError("no connection to the database")

    monkeypatch.setattr(_doctor, "examine", examine)
    code, out, err = run("--db-url", "postgresql://localhost/x")
    assert (2, "") == (code, out)
    assert "no connection" in err


def test_a_name_in_the_database_gives_the_terminal_no_orders(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control characters and markup in names are shown as text."""
    orders = "\x1b[2J[red]\u202e"
    finding = Finding("code", "error", "title", orders, orders, orders)
    report = Report((finding,), (Skipped(orders, orders),))
    monkeypatch.setattr(_doctor, "examine", lambda *_, **__: report)
    code, out, _ = run("--db-url", "x")
    assert (1, 5, []) == (
        code,
        out.count(r"\x1b[2J[red]\u202e"),
        [c for c in out if not (c.isprintable() or c == "\n")],
    )


SECRET = "s3cr3t-p4ssw0rd"  # what no output may hold


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://postgres:{SECRET}@127.0.0.1:1/x",
        f"host=127.0.0.1 port=1 password={SECRET}",
        f"postgresql://postgres:a@{SECRET}@127.0.0.1:1/x",
        f"postgresql://postgres:{SECRET}/x@127.0.0.1:1/x",
        f"postgresql://postgres:1/{SECRET}@127.0.0.1:1/x",
        f"postgresql://postgres:x@127.0.0.1:{SECRET}/x",
        f"postgresql://postgres:{SECRET}@[127.0.0.1:1/x",
        f"postgresql://postgres:{SECRET}%zz@127.0.0.1:1/x",
        f"postgresql://postgres:x@127.0.0.1:1/x?nosuch={SECRET}",
        f"host=127.0.0.1 port=1 {SECRET}",
    ],
)
def test_a_password_is_never_printed(run: Run, url: str) -> None:
    """Whatever is wrong with the database's URL, the message holds no part of its password."""
    code, out, err = run("--db-url", url, "--timeout", "2")
    assert (2, "", False) == (code, out, SECRET in err)
