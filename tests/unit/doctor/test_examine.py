"""
`examine` where there is little to look at, and the report it gives.
"""

from __future__ import annotations

import builtins
import subprocess
import sys
from typing import Any

import pytest

from supaopt import doctor
from supaopt.doctor import Finding, Report, examine
from supaopt.errors import ConfigError, MissingExtraError, RequestError


def test_nothing_to_examine_is_wrong_usage() -> None:
    """The error says how to name a project."""
    with pytest.raises(ConfigError, match="--db-url or --url"):
        examine()


@pytest.mark.parametrize("timeout", [0, -1, 601, float("inf"), float("nan")])
def test_a_timeout_is_above_zero_and_ends(timeout: float) -> None:
    """The value is named."""
    with pytest.raises(ConfigError, match=f"timeout is {timeout}"):
        examine("postgresql://x", timeout=timeout)


def test_a_database_out_of_reach_is_an_error() -> None:
    """Silence about it would look like health."""
    with pytest.raises(RequestError, match="no connection to the database"):
        examine("postgresql://postgres@127.0.0.1:1/postgres", timeout=2)


def test_an_unencoded_password_is_explained() -> None:
    """Half of it would be taken for the host; the error shows neither half."""
    with pytest.raises(ConfigError, match="percent-encode") as caught:
        examine("postgresql://postgres:one@two@127.0.0.1:1/postgres")
    assert "two" not in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the error says what to install."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("psycopg"):
            raise ImportError(name=name)
        return real(name, *rest, **more)

    for module in [name for name in sys.modules if name.startswith("supaopt.doctor._database")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delattr(doctor, "_database", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"supaopt\[cli\]"):
        examine("postgresql://x")


def test_importing_it_loads_no_client() -> None:
    """Neither the database driver nor an HTTP client is loaded before it is used."""
    script = (
        "import sys, supaopt.doctor; "
        "print(*sorted({'supabase', 'postgrest', 'httpx', 'psycopg', 'rich'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert [] == loaded.stdout.split()


def test_exports_are_sorted_and_exist() -> None:
    """`__all__` names what there is: constants, classes, functions."""
    assert ["LEVELS", "Finding", "Level", "Report", "Skipped", "examine"] == doctor.__all__
    assert [] == [name for name in doctor.__all__ if not hasattr(doctor, name)]


def test_a_report_is_asked_by_level() -> None:
    """A level means that one and the worse ones."""
    findings = tuple(Finding(level, level, "t", "o", "d", "r") for level in doctor.LEVELS)
    report = Report(findings)
    assert [1, 2, 3] == [len(report.at_least(level)) for level in doctor.LEVELS]


def test_findings_are_frozen() -> None:
    """A finding is a value."""
    finding = Finding("c", "error", "t", "o", "d", "r")
    with pytest.raises(AttributeError):
        finding.level = "info"  # type: ignore[misc]
