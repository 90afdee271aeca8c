"""
`supaopt.cli`: the frame around the commands.
"""

import sys
from collections.abc import Callable

import pytest

import supaopt
from supaopt import cli
from supaopt.errors import ConfigError, StackError

Run = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int | str | None, str, str]:
        monkeypatch.setattr(sys, "argv", ["supaopt", *arguments])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return run


def test_the_version_is_the_packages(run: Run) -> None:
    """`--version` prints the package's version and succeeds."""
    assert run("--version")[:2] == (0, f"supaopt {supaopt.__version__}\n")


def test_a_command_that_does_not_exist_is_wrong_usage(run: Run) -> None:
    """An unknown command exits with 2 and names itself on stderr."""
    code, out, err = run("bogus")
    assert (code, out) == (2, "")
    assert "bogus" in err


def test_every_command_explains_itself(run: Run) -> None:
    """`--help` of the root lists the commands that the documentation names."""
    code, out, _ = run("--help")
    assert code == 0
    assert [name for name in ("demo", "dev", "sql") if name not in out] == []


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConfigError("size [0] is below 1"), "size [0] is below 1"),
        (StackError("postgres died", part="postgres", log="FATAL: [disk] full"), "[disk] full"),
    ],
    ids=["plain", "with a log"],
)
def test_an_error_of_ours_is_told_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, shown: str
) -> None:
    """A SupaoptError exits with 1, its text and log on stderr exactly as they are."""
    from supaopt.cli import _app

    def fail() -> None:
        raise error

    monkeypatch.setattr(_app, "app", fail)
    code, out, err = run()
    assert (code, out) == (1, "")
    assert shown in err
    assert "Traceback" not in err


def test_without_its_extra_the_command_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where typer is not installed, the command names the pip command that brings it."""
    for name in [name for name in sys.modules if name.startswith("supaopt.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    code, _, _ = run("--version")
    assert "pip install 'supaopt[cli]'" in str(code)
