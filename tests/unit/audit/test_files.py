"""
Which files an audit reads.
"""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from supaopt.audit._files import find_files, matches
from supaopt.errors import ConfigError


def _write(top: Path, *names: str) -> None:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("")


def _found(top: Path, *exclude: str) -> list[str]:
    return [Path(path).relative_to(top).as_posix() for path in find_files([top], exclude)]


def test_python_files_are_found_in_order(tmp_path: Path) -> None:
    """Modules and stubs, folder by folder; nothing else."""
    _write(tmp_path, "b.py", "a.pyi", "c.txt", "pkg/d.py")
    assert ["a.pyi", "b.py", "pkg/d.py"] == _found(tmp_path)


def test_what_belongs_to_others_is_passed_over(tmp_path: Path) -> None:
    """Virtual environments, packages of other languages, repositories and builds are not read."""
    _write(tmp_path, *(f"{name}/x.py" for name in (".venv", "node_modules", ".git", "a/dist")))
    assert [] == _found(tmp_path)


@pytest.mark.parametrize("pattern", ["old", "old/", "old/**", "o*", "old/*.py", "./old"])
def test_more_can_be_left_out(tmp_path: Path, pattern: str) -> None:
    """By a name anywhere, or by a path below the folder."""
    _write(tmp_path, "old/x.py", "new/x.py")
    assert ["new/x.py"] == _found(tmp_path, pattern)


def test_a_file_named_itself_counts_whatever_its_name(tmp_path: Path) -> None:
    """A script without a suffix is read when asked for, and only once."""
    _write(tmp_path, "script")
    path = tmp_path / "script"
    assert [str(path)] == find_files([path, path])


def test_loops_of_links_end(tmp_path: Path) -> None:
    """A link to a folder above is not followed."""
    _write(tmp_path, "pkg/x.py")
    (tmp_path / "pkg" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.py").symlink_to("self.py")
    assert ["pkg/x.py", "self.py"] == sorted(_found(tmp_path))


def test_a_path_that_does_not_exist_is_named() -> None:
    """A typing mistake is no empty success."""
    with pytest.raises(ConfigError) as raised:
        find_files(["no/such/folder"])
    assert "'no/such/folder' does not exist; say a file or a folder" == str(raised.value)


def test_a_pattern_with_a_slash_means_a_path() -> None:
    """`a/b` is not any `b`."""
    assert (True, False) == (matches(PurePath("a/b"), "a/b"), matches(PurePath("c/b"), "a/b"))
