"""
The audit of a tree of files, in one process or several.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from supaopt.audit._engine import audit_file
from supaopt.audit._files import find_files
from supaopt.audit._project import Project
from supaopt.audit._settings import Settings
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from supaopt.audit._finding import Finding

    Progress = Callable[[int, int], object]

# A process takes about as long to start as this many files to audit.
_WORTH_A_PROCESS = 100
_CHUNK = 25


def audit(
    paths: Iterable[str | os.PathLike[str]],
    *,
    settings: Settings | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Finding]:
    """
    Find the dangerous and slow uses of supabase-py in Python files.

    Nothing of what is audited is imported or run, and no database is asked. Files that cannot
    be read are findings themselves (``SUP001``).

    Args:
        paths: Files, and folders to search.
        settings: Which rules to ask and what to leave out; all rules by default.
        jobs: Processes to use at most. With more than one, a script must guard its start by
            ``if __name__ == "__main__"``, as with `multiprocessing`.
        progress: Called with the number of files done and of all, as it grows.

    Returns:
        The findings, by file and line.

    Raises:
        ConfigError: If a path does not exist, or the settings name a rule that does not.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from supaopt.audit import audit, find_rule
        >>> with TemporaryDirectory() as folder:
        ...     app = Path(folder, "app.py")
        ...     _ = app.write_text(find_rule("select-star").bad)
        ...     [(finding.line, finding.name) for finding in audit([app])]
        [(5, 'select-star')]

    .. versionadded:: 0.1.0
    """
    settings = settings or Settings()
    if jobs < 1:
        raise ConfigError(f"jobs={jobs!r} must be at least 1")
    codes = settings.codes
    files = find_files(paths, settings.exclude)
    found: list[Finding] = []
    for done, findings in enumerate(_audit_all(files, settings, jobs), start=1):
        found += [finding for finding in findings if finding.code in codes]
        if progress is not None:
            progress(done, len(files))
    return found


def _audit_all(files: list[str], settings: Settings, jobs: int) -> Iterator[list[Finding]]:
    workers = min(jobs, len(files) // _WORTH_A_PROCESS)
    if workers < 2:
        yield from _audit_some(files, Project(files), settings)
        return
    chunks = [files[at : at + _CHUNK] for at in range(0, len(files), _CHUNK)]
    # Not forked: whoever shows the progress has threads, whose locks a fork would keep.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _Worker.start, (files, settings)) as pool:
        for findings in pool.map(_Worker.audit, chunks):
            yield from findings


def _audit_some(
    files: Iterable[str], project: Project, settings: Settings
) -> Iterator[list[Finding]]:
    rules = settings.rules
    return (audit_file(PurePath(path), rules, project) for path in files)


class _Worker:
    """What a process of the pool is told once: the whole project, and what to look for."""

    project: ClassVar[Project]
    settings: ClassVar[Settings]

    @classmethod
    def start(cls, files: list[str], settings: Settings) -> None:
        cls.project, cls.settings = Project(files), settings

    @classmethod
    def audit(cls, files: list[str]) -> list[list[Finding]]:
        return list(_audit_some(files, cls.project, cls.settings))
