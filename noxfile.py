"""
The six verbs, for people and CI alike: sync, lint, types, test, docs, db.

    nox -s test                     everything, on the built wheel
    nox -s test -- tests/unit       a part of it
    nox -s bare                     what needs no extra, on the wheel without any
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "test", "docs"]

ROOT = Path(__file__).parent
NEEDS_NO_EXTRA = ["_adapters", "audit", "auth", "cache", "rpc", "selectors", "sql"]
NEEDS_AN_EXTRA = ["cache/test_lms.py::test_production_has_all_tiers"]
PYTHON_PATHS = ["conftest.py", "src", "tests", "examples", "benchmarks", "noxfile.py"]


@nox.session(python=False)
def sync(session: nox.Session) -> None:
    """Make or refresh .venv, with everything that working on supaopt needs."""
    session.run(sys.executable, "-m", "venv", ".venv")
    python = next((ROOT / ".venv").glob("[bS]*/python*"))
    session.run(str(python), "-m", "pip", "install", "-q", "-e", ".[dev]")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, import directions, docstrings and SQL."""
    session.install("-e", ".[dev]")
    paths = [path for path in PYTHON_PATHS if (ROOT / path).exists()]
    session.run("ruff", "check", *paths)
    session.run("ruff", "format", "--check", *paths)
    session.run("lint-imports", "--no-cache")
    # It takes nested async functions for public ones, hence 99; ruff asks for all the others.
    session.run("interrogate", "-q", "--fail-under", "99", "src")
    session.run("interrogate", "-q", "--ignore-regex", "^(?!test_).*", "tests")
    session.run("sqlfluff", "lint", "src/supaopt")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, and that the public surface is wholly typed."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "supaopt", "--ignoreexternal")


def install_wheel(session: nox.Session, extras: str, *packages: str) -> None:
    """Build the wheel and install it with *extras* and *packages*: tests see what users get."""
    built = Path(session.create_tmp()) / "dist"
    shutil.rmtree(built, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(built), silent=True)
    (wheel,) = built.glob("*.whl")
    session.install(f"supaopt{extras} @ {wheel.resolve().as_uri()}", *packages)
    session.install("--force-reinstall", "--no-deps", str(wheel.resolve()))


@nox.session
def test(session: nox.Session) -> None:
    """Run the tests on the built wheel; arguments after -- go to pytest."""
    install_wheel(session, "[dev]")
    # By file: the snippets of a page build on each other.
    session.run("pytest", "-n", "auto", "--dist", "loadfile", *session.posargs)


@nox.session
def bare(session: nox.Session) -> None:
    """Run the unit tests of all that needs no extra, with none installed."""
    install_wheel(session, "", "hypothesis", "pytest", "pytest-xdist", "respx")
    session.run(
        *("pytest", "-n", "auto", "--dist", "loadfile", "--confcutdir=tests/unit"),
        *(f"tests/unit/{part}" for part in NEEDS_NO_EXTRA),
        *(f"--deselect=tests/unit/{test}" for test in NEEDS_AN_EXTRA),
        *("--ignore=tests/unit/auth/test_request.py", *session.posargs),
    )


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a broken link or reference fails."""
    session.install("-e", ".[dev]")
    # Not quiet: mkdocs counts the warnings that make --strict fail as it prints them.
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def db(session: nox.Session) -> None:
    """Run the tests of the database side alone, on throwaway clusters of three versions."""
    install_wheel(session, "[dev]")
    session.run(
        "pytest",
        "tests/integration/sql",
        "tests/integration/sql_proof",
        "tests/unit/sql",
        *session.posargs,
    )
