"""
Which files an audit reads.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

EXCLUDED = (
    *(".direnv", ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache"),
    *(".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "build", "dist"),
    *("node_modules", "site-packages", "venv"),
)
_SUFFIXES = (".py", ".pyi")


def find_files(paths: Iterable[str | os.PathLike[str]], exclude: Sequence[str] = ()) -> list[str]:
    """
    Return the Python files in and under *paths*, each once, in order.

    Links to folders are not followed, so loops of them do no harm. A file that is named itself
    counts whatever its name.

    Args:
        paths: Files and folders.
        exclude: Patterns besides `EXCLUDED`: of names, or of paths below what was asked for.

    Raises:
        ConfigError: If a path does not exist.
    """
    patterns = (*EXCLUDED, *exclude)
    found: dict[str, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found.update(dict.fromkeys(_walk(path, patterns)))
        elif path.exists():
            found[str(path)] = None
        else:
            raise ConfigError(f"{os.fspath(path)!r} does not exist; say a file or a folder")
    return list(found)


def _walk(top: Path, patterns: Sequence[str]) -> Iterator[str]:
    for folder, folders, files in os.walk(top):
        below = PurePath(folder).relative_to(top)
        folders[:] = sorted(name for name in folders if not _is_excluded(below / name, patterns))
        for name in sorted(files):
            if name.endswith(_SUFFIXES) and not _is_excluded(below / name, patterns):
                yield str(Path(folder) / name)


def _is_excluded(path: PurePath, patterns: Sequence[str]) -> bool:
    return any(matches(path, pattern) for pattern in patterns)


def matches(path: PurePath, pattern: str) -> bool:
    """
    Say whether a glob means *path*: by its name, or, where the glob has a slash, by its end.
    """
    pattern = pattern.rstrip("/").removesuffix("/**").removeprefix("./")
    if "/" not in pattern:
        return fnmatchcase(path.name, pattern)
    return fnmatchcase(path.as_posix(), pattern)
