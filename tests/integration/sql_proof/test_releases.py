"""
Released migrations stay as they are, and an upgrade from any release equals a fresh installation.

``releases/<version>.sql`` is what ``supaopt sql print core lms`` printed at that version; the
releases are those that CHANGELOG.md dates.
"""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from typer.testing import CliRunner

from supaopt._adapters.sql import apply
from supaopt.cli._app import app
from supaopt.errors import ResponseError
from supaopt.sql import Asset, assets, reference, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Catalogue = dict[tuple[str, str], str]

ROOT = Path(__file__).parents[3]
RELEASES = Path(__file__).with_name("releases")
VERSIONS = sorted(path.stem for path in RELEASES.glob("*.sql"))
CATALOGUE, ROWS = (
    (Path(__file__).parents[1] / name).read_bytes()
    for name in ("catalogue.sql", "installed_rows.sql")
)
CURRENT = assets("core", "lms")

_RECORD = re.compile(
    r"^insert into supaopt\.installed .*\('(\S+)', '([0-9a-f]{64})'\)$", re.MULTILINE
)


def unkept(changelog: str, releases: Path) -> list[str]:
    """Say which of the releases in a changelog have no file, and which file has no release."""
    dated = set(re.findall(r"^## \[([^\]]+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE))
    kept = {path.stem for path in releases.glob("*.sql")}
    return [
        f"{version} is released and not kept: at its tag, "
        f"run `supaopt sql print core lms > {releases.name}/{version}.sql`"
        for version in sorted(dated - kept)
    ] + [
        f"{version} is kept and not released: delete {releases.name}/{version}.sql, or date the "
        "release in CHANGELOG.md"
        for version in sorted(kept - dated)
    ]


def thawed(releases: Path, current: Sequence[Asset]) -> list[str]:
    """Say which migrations differ from what a release had."""
    now = {asset.path: asset.checksum for asset in current}
    return [
        f"{path} differs from what {release.stem} released: databases that ran it will not run it "
        "again, so restore it and put the change into a new migration"
        for release in sorted(releases.glob("*.sql"))
        for path, checksum in _RECORD.findall(release.read_text(encoding="utf-8"))
        if "/migrations/" in path and now.get(path) != checksum
    ]


def test_every_release_is_kept() -> None:
    """A version with a date in the changelog has its SQL beside this test, and no other has."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [] == unkept(changelog, RELEASES)


def test_released_migrations_are_as_they_were_released() -> None:
    """A migration that somebody's database has run never changes."""
    assert [] == thawed(RELEASES, CURRENT)


@pytest.fixture(name="released")
def _released(tmp_path: Path) -> Path:
    """
    A folder in which the files as they are now were released as 7.0.0.
    """
    (tmp_path / "7.0.0.sql").write_text(script("core", "lms"), encoding="utf-8")
    return tmp_path


def _changed(path: str, change: Callable[[str], str]) -> list[Asset]:
    return [
        replace(asset, sql=change(asset.sql), checksum="0" * 64) if asset.path == path else asset
        for asset in CURRENT
    ]


FIRST = "core/migrations/0001_schema.sql"


@pytest.mark.parametrize("asset", [asset for asset in CURRENT if asset.kind == "migration"])
def test_a_changed_migration_is_named_with_its_remedy(asset: Asset, released: Path) -> None:
    """Each migration of a release is guarded; as released, none is complained of."""
    assert [] == thawed(released, CURRENT)
    (message,) = thawed(released, _changed(asset.path, lambda sql: sql + "-- changed\n"))
    assert message == (
        f"{asset.path} differs from what 7.0.0 released: databases that ran it will not run it "
        "again, so restore it and put the change into a new migration"
    )


def test_a_migration_that_is_gone_is_named(released: Path) -> None:
    """Taking a released migration away is a change, too."""
    (message,) = thawed(released, [asset for asset in CURRENT if asset.path != FIRST])
    assert message.startswith(f"{FIRST} differs")


def test_functions_may_change_after_a_release(released: Path) -> None:
    """Code is replaced, so only state is frozen."""
    changed = _changed("core/functions/supaopt.flush.sql", lambda sql: sql + "-- changed\n")
    assert [] == thawed(released, changed)


def test_a_release_that_nobody_kept_is_named(released: Path) -> None:
    """Dating a release in the changelog asks for its SQL, and a file for its date."""
    changelog = "## [7.1.0] - Unreleased\n\n## [7.0.0] - 2026-01-01\n\n## [6.0.0] - 2025-01-01\n"
    assert ["6.0.0"] == [message.split()[0] for message in unkept(changelog, released)]
    assert ["7.0.0"] == [message.split()[0] for message in unkept("## [7.0.0] - Un", released)]


def catalogue(cluster: Any, database: str) -> Catalogue:
    """Return the definition of everything in a database, by kind and name."""
    with cluster.connect(database) as owner:
        found = owner.execute(CATALOGUE).fetchall() + owner.execute(ROWS).fetchall()
    return {(kind, name): text for kind, name, text in found}


def differences(fresh: Catalogue, upgraded: Catalogue) -> dict[tuple[str, str], Any]:
    """Return what is not the same in both: the definitions, None where there is none."""
    return {
        key: (fresh.get(key), upgraded.get(key))
        for key in sorted(fresh.keys() | upgraded.keys())
        if fresh.get(key) != upgraded.get(key)
    }


@contextmanager
def _installed(cluster: Any, sql: str) -> Iterator[str]:
    """Make a database in which the SQL ran, as one migration of the user's."""
    with cluster.database("bare") as name:
        with cluster.connect(name) as owner, owner.transaction():
            owner.execute(reference("schema").encode())
            owner.execute(sql.encode())
        yield name


def _by_script(url: str, sql: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute(sql.encode())


UPGRADES: dict[str, Callable[[str], object]] = {
    "supaopt sql apply": lambda url: apply(url, CURRENT),
    "supaopt sql print": lambda url: _by_script(url, script("core", "lms")),
}


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("version", VERSIONS)
def test_an_upgrade_equals_a_fresh_installation(version: str, upgrade: str, cluster: Any) -> None:
    """Whatever release a database began with, it ends with the same catalogue."""
    released = (RELEASES / f"{version}.sql").read_text(encoding="utf-8")
    with _installed(cluster, released) as old, cluster.database("lms") as fresh:
        UPGRADES[upgrade](cluster.url(old))
        assert {} == differences(catalogue(cluster, fresh), catalogue(cluster, old))


@pytest.mark.parametrize("upgrade", UPGRADES)
def test_installing_twice_equals_once(upgrade: str, every_cluster: Any) -> None:
    """The same version again, by either way, leaves the catalogue as it was."""
    with every_cluster.database("lms") as name:
        before = catalogue(every_cluster, name)
        UPGRADES[upgrade](every_cluster.url(name))
        assert {} == differences(before, catalogue(every_cluster, name))


@pytest.fixture(name="push")
def _push(supabase_cli: str, tmp_path: Path) -> Callable[[str, int], list[str]]:
    """
    A function that writes migrations as a user does, in a year, and pushes them by Supabase's CLI.
    """
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)

    def push(url: str, year: int) -> list[str]:
        written = CliRunner().invoke(
            app, ["sql", "print", "core", "lms", "--output", str(tmp_path)]
        )
        assert 0 == written.exit_code, written.output
        names = sorted(path.name for path in tmp_path.glob("*.sql"))
        for name in names:
            (tmp_path / name).rename(folder / f"{year}{name[4:]}")
        pushed = subprocess.run(
            [
                *(supabase_cli, "db", "push", "--remote", f"{url}?sslmode=disable"),
                *("--yes", "--agent", "no"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == pushed.returncode, pushed.stdout + pushed.stderr
        return names

    return push


def test_the_supabase_cli_takes_what_print_writes(push: Any, cluster: Any) -> None:
    """Timestamped files, pushed as the user's own migrations, install all; later ones upgrade."""
    with _installed(cluster, "") as name, cluster.database("lms") as fresh:
        core, lms = push(cluster.url(name), 2031)
        assert re.fullmatch(r"\d{14}_supaopt_core\.sql", core)
        assert re.fullmatch(r"\d{14}_supaopt_lms\.sql", lms)
        assert {} == differences(catalogue(cluster, fresh), catalogue(cluster, name))
        with cluster.connect(name) as owner:
            owner.execute(_OLDER["a function with another body"].encode())
        push(cluster.url(name), 2032)
        assert {} == differences(catalogue(cluster, fresh), catalogue(cluster, name))


# What an older release may have had otherwise.
_OLDER = {
    "a function with another body": (
        "create or replace function supaopt.flush() returns void language sql"
        " set search_path = '' as $$ select $$"
    ),
    "a function that was open to all": "grant execute on function supaopt.flush() to public, anon",
    "a function without its comment": "comment on function supaopt.flush() is null",
    "a function that ran as its owner": (
        "alter function public.check_enrollment(uuid, uuid) security definer"
    ),
    "no such function yet": "drop function public.get_cache_changes(text)",
    "a view that ran as its owner": "alter view public.query_cache set (security_invoker = false)",
    "a view that was open to all": "grant select on public.query_cache to anon",
    "a policy of the hook that was narrower": (
        "alter policy supabase_auth_admin_reads on public.students using (is_active)"
    ),
    "a trigger that logged something else": (
        "create or replace function supaopt.watch_1() returns trigger language plpgsql"
        " set search_path = '' as $$ begin return null; end $$"
    ),
}


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("difference", _OLDER)
def test_code_is_replaced_by_an_upgrade(difference: str, upgrade: str, cluster: Any) -> None:
    """What functions, views, grants and triggers were before, they are the new version's after."""
    with cluster.database("lms") as name:
        fresh = catalogue(cluster, name)
        with cluster.connect(name) as owner:
            owner.execute(_OLDER[difference].encode())
        assert {} != differences(fresh, catalogue(cluster, name))
        UPGRADES[upgrade](cluster.url(name))
        assert {} == differences(fresh, catalogue(cluster, name))


def test_an_upgrade_names_the_table_whose_tags_no_longer_fit(cluster: Any) -> None:
    """A trigger that cannot be generated anew, and would log what nobody asks for, stops it."""
    with cluster.database("lms") as name:
        with cluster.connect(name) as owner:
            owner.execute("alter table public.lessons rename column module_id to part_id")
        message = r"table public\.lessons has no column module_id"
        for upgrade in UPGRADES.values():
            with pytest.raises((ResponseError, psycopg.Error), match=message):
                upgrade(cluster.url(name))


# What only a new migration can bring about; the comparison must see that it is missing.
_LEFT_BEHIND = {
    "column": "alter table supaopt.settings add column old integer",
    "default": "alter table supaopt.settings alter column max_tags set default 7",
    "nullability": "alter table supaopt.entries alter column data drop not null",
    "constraint": "alter table supaopt.settings drop constraint log_outlives_entries",
    "index": "drop index public.supaopt_students_created_at_id_idx",
    "row-level security": "alter table supaopt.log disable row level security",
    "grant on a column": "grant select (lease) on supaopt.entries to service_role",
    "storage parameter": "alter table supaopt.log reset (autovacuum_vacuum_insert_scale_factor)",
    "comment": "comment on table supaopt.log is 'old'",
    "table": "create table supaopt.old (id bigint primary key)",
    "function": "create function supaopt.old() returns void language sql as 'select'",
    "trigger": "drop trigger supaopt_watch_insert on public.students",
    "row": "update supaopt.watched set tags = array['old'] where table_tag = 'students'",
    "schema": "grant usage on schema supaopt to anon",
}


@pytest.mark.parametrize("kind", _LEFT_BEHIND)
def test_the_comparison_sees_what_an_upgrade_forgets(kind: str, cluster: Any) -> None:
    """One thing of each kind that differs is found: the comparison above can fail."""
    with cluster.database("lms") as name:
        fresh = catalogue(cluster, name)
        with cluster.connect(name) as owner:
            owner.execute(_LEFT_BEHIND[kind].encode())
        assert {} != differences(fresh, catalogue(cluster, name))


def test_a_new_migration_brings_an_old_database_up(cluster: Any) -> None:
    """With a migration added after a release, an upgrade runs it alone and equals a fresh start."""
    added = replace(
        CURRENT[0],
        name="0009_note",
        sql="alter table supaopt.settings add column if not exists note text;\n",
        checksum="9" * 64,
    )
    at = next(at for at, asset in enumerate(CURRENT) if asset.kind == "function")
    following = [*CURRENT[:at], added, *CURRENT[at:]]
    with _installed(cluster, script("core", "lms")) as old, cluster.database("bare") as fresh:
        ran = apply(cluster.url(old), following)
        with cluster.connect(fresh) as owner:
            owner.execute(reference("schema").encode())
        apply(cluster.url(fresh), following)
        assert [added.path] == [path for path in ran if "/migrations/" in path]
        assert {} == differences(catalogue(cluster, fresh), catalogue(cluster, old))
