"""
The database side, as SQL files that psql can run.

Two sets: ``core`` is the cache that any app uses, ``lms`` is the bundled learning platform on top
of it. This module only reads them; running them is the user's own migration runner, or
``supaopt sql apply``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

__all__ = ["SETS", "Asset", "Kind", "assets", "reference", "script", "uninstall"]

Kind = Literal["migration", "function", "view"]

SETS: tuple[str, ...] = ("core", "lms")
"""The sets, each after the ones it needs."""

# State first, then the code that works on it; within a kind file names order themselves, because
# plpgsql resolves what a function calls when it runs.
_FOLDERS: tuple[tuple[Kind, str], ...] = (
    ("migration", "migrations"),
    ("function", "functions"),
    ("view", "views"),
)

# Filled with file names and digests of ours: nothing that needs quoting.
_RECORD = """\
insert into supaopt.installed (path, checksum) values ('{path}', '{checksum}')
on conflict (path) do update set checksum = excluded.checksum, installed_at = now();
"""

# What was computed by the functions that the script replaces must not be served any more.
_END = """\
select supaopt.flush();
notify pgrst, 'reload schema';
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """
    One SQL file.

    Attributes:
        set: ``core`` or ``lms``.
        kind: ``migration`` (state: runs once), ``function`` or ``view`` (code: replaced).
        name: File name without its suffix, such as ``public.get_cached_data``.
        sql: The text.
        checksum: SHA-256 of the text, in hexadecimal.
    """

    set: str
    kind: Kind
    name: str
    sql: str = field(repr=False)
    checksum: str

    @property
    def path(self) -> str:
        """
        Path inside the package, such as ``core/functions/public.get_cached_data.sql``.
        """
        return f"{self.set}/{dict(_FOLDERS)[self.kind]}/{self.name}.sql"


def assets(*sets: str) -> tuple[Asset, ...]:
    """
    List the files of one or more sets in the order in which to run them.

    Args:
        sets: ``core``, ``lms`` or both, in any order; ``core`` when none is given.

    Returns:
        The files: set by set, in each migrations before functions before views.

    Raises:
        ConfigError: There is no such set.

    Example:
        >>> assets("core")[0].path
        'core/migrations/0001_schema.sql'
    """
    wanted = sets or ("core",)
    _require_sets(wanted)
    return tuple(asset for name in SETS if name in wanted for asset in _assets(name))


def script(*sets: str) -> str:
    """
    Join the files of one or more sets into one text, to paste into a migration.

    Each file is followed by the line that records it as installed, which ``supaopt sql status``
    reads.

    Args:
        sets: As for `assets`.

    Returns:
        SQL that runs as one transaction.

    Raises:
        ConfigError: There is no such set.

    Example:
        >>> script("core").splitlines()[0]
        '-- supaopt: core/migrations/0001_schema.sql'
    """
    parts = [f"-- supaopt: {asset.path}\n{asset.sql}\n{_record(asset)}" for asset in assets(*sets)]
    return "\n".join([*parts, _END])


def reference(name: str) -> str:
    """
    Read a file of the reference database: for a local stack, a demo and tests alone.

    Args:
        name: File name without suffix: ``schema``.

    Returns:
        The text.

    Raises:
        ConfigError: There is no such file.

    Example:
        >>> "create table if not exists public.students" in reference("schema")
        True
    """
    folder = _root().joinpath("lms", "reference")
    if name not in {file.name.removesuffix(".sql") for file in folder.iterdir()}:
        raise ConfigError(f"no reference file {name!r}")
    return _read(folder.joinpath(f"{name}.sql"))


def uninstall(set_: str) -> str:
    """
    Read the script that removes a set again and leaves the user's tables as they are.

    Args:
        set_: ``core`` or ``lms``; remove ``lms`` first.

    Returns:
        SQL that runs as one transaction.

    Raises:
        ConfigError: There is no such set.

    Example:
        >>> "drop schema" in uninstall("core")
        True
    """
    _require_sets([set_])
    return _read(_root().joinpath(set_, "uninstall.sql"))


def _require_sets(names: Iterable[str]) -> None:
    for name in names:
        if name not in SETS:
            raise ConfigError(f"no SQL set {name!r}; there are {', '.join(SETS)}")


def _record(asset: Asset) -> str:
    return _RECORD.format(path=asset.path, checksum=asset.checksum)


@cache
def _assets(set_: str) -> tuple[Asset, ...]:
    return tuple(
        _asset(set_, kind, file)
        for kind, folder in _FOLDERS
        for file in _sql_files(_root().joinpath(set_, folder))
    )


def _sql_files(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    found = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(found, key=lambda file: file.name)


def _asset(set_: str, kind: Kind, file: Traversable) -> Asset:
    sql = _read(file)
    checksum = hashlib.sha256(sql.encode()).hexdigest()
    return Asset(set_, kind, file.name.removesuffix(".sql"), sql, checksum)


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _root() -> Traversable:
    return files(__name__)
