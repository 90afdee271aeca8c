"""
Installing, installing again, looking, and removing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from supaopt._adapters.sql import apply, diff, status
from supaopt.errors import ConfigError, PermissionDeniedError, RequestError, ResponseError
from supaopt.sql import assets, reference, script, uninstall

if TYPE_CHECKING:
    import psycopg

    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

CATALOGUE = (Path(__file__).parents[1] / "catalogue.sql").read_bytes()
ROWS = (Path(__file__).parents[1] / "installed_rows.sql").read_bytes()


def catalogue(connection: Connection) -> list[tuple[Any, ...]]:
    """List what there is in the database."""
    return connection.execute(CATALOGUE).fetchall()


def rows(connection: Connection) -> list[tuple[Any, ...]]:
    """List what an installation has put into its own tables."""
    return connection.execute(ROWS).fetchall()


def test_applying_twice_equals_once(db: Database, owner: Connection) -> None:
    """A second installation runs no migration and leaves the same catalogue."""
    before = catalogue(owner) + rows(owner)
    ran = apply(db.url("postgres"), assets("core", "lms"))
    assert before == catalogue(owner) + rows(owner)
    assert not [path for path in ran if "/migrations/" in path]


def test_the_files_themselves_may_run_twice(owner: Connection) -> None:
    """Each file, migrations too, is idempotent for those who run it by psql."""
    before = catalogue(owner) + rows(owner)
    for asset in assets("core", "lms"):
        with owner.transaction():
            owner.execute(asset.sql.encode())
    assert before == catalogue(owner) + rows(owner)


def test_the_script_installs_the_same(bare: Database, db: Database, owner: Connection) -> None:
    """The text to paste into a migration equals the installation, records included."""
    pasted = bare.connect("postgres")
    pasted.execute(reference("schema").encode())
    with pasted.transaction():
        pasted.execute(script("core", "lms").encode())
    assert catalogue(owner) + rows(owner) == catalogue(pasted) + rows(pasted)
    states = {item.state for item in status(bare.url("postgres"), assets("core", "lms"))}
    assert {"installed"} == states


def test_core_alone_is_enough(bare: Database, one: One) -> None:
    """An application without the learning platform gets a working cache."""
    apply(bare.url("postgres"), assets("core"))
    service = bare.connect("service_role")
    assert one(service, "select public.set_cached_data('k', '1')") is True
    assert 1 == one(service, "select public.get_cached_data('k')")


def test_removal_leaves_the_users_tables(bare: Database, one: One) -> None:
    """Uninstalling takes away all of ours and nothing else; the tables take writes again."""
    owner = bare.connect("postgres")
    owner.execute(reference("schema").encode())
    owner.execute("create index mine on public.students (created_at, id)")
    before = catalogue(owner)
    apply(bare.url("postgres"), assets("core", "lms"))
    owner.execute("insert into public.clients (name) values ('kept')")
    for name in ("lms", "core"):
        owner.execute(uninstall(name).encode())
    assert before == catalogue(owner)
    owner.execute("update public.clients set name = 'still kept'")
    assert "still kept" == one(owner, "select name from public.clients")
    apply(bare.url("postgres"), assets("core", "lms"))


# What pg_cron offers, where it cannot be installed.
CRON = """
create schema cron;
create table cron.job (
    jobid bigint generated always as identity, jobname text unique, command text
);
create function cron.schedule(a text, b text, c text) returns bigint language sql as $$
    insert into cron.job (jobname, command) values (a, c)
    on conflict (jobname) do update set command = c returning jobid
$$;
create function cron.unschedule(a bigint) returns boolean language sql as $$
    delete from cron.job where jobid = a returning true
$$;
"""


def test_clean_up_is_scheduled_where_cron_is(bare: Database, one: One) -> None:
    """pg_cron gets one job, which the removal takes away again."""
    owner = bare.connect("postgres")
    owner.execute(CRON.encode())
    apply(bare.url("postgres"), assets("core"))
    owner.execute(one(owner, "select command from cron.job").encode())
    owner.execute(uninstall("core").encode())
    assert 0 == one(owner, "select count(*) from cron.job")


def test_status_tells_what_is_missing_changed_and_outdated(
    bare: Database, db: Database, owner: Connection
) -> None:
    """Each state has its name."""
    files = assets("core")
    assert {"missing"} == {item.state for item in status(bare.url("postgres"), files)}

    owner.execute(
        """create or replace function supaopt.flush() returns void language plpgsql
        set search_path = '' as $$ begin end $$"""
    )
    owner.execute("drop function supaopt.literal_hashes(text[])")
    owner.execute("grant execute on function public.get_cached_data(text, interval) to anon")
    owner.execute("alter function supaopt.key_columns(regclass) security definer")
    owner.execute("alter view public.query_cache reset (security_invoker)")
    later = [
        replace(file, checksum="x") if file.name == "supaopt.generation" else file for file in files
    ]
    found = {item.path: item.state for item in status(db.url("postgres"), later)}
    assert {
        "core/functions/supaopt.flush.sql": "changed",
        "core/functions/supaopt.literal_hashes.sql": "missing",
        "core/functions/supaopt.generation.sql": "outdated",
        "core/functions/public.get_cached_data.sql": "changed",
        "core/functions/supaopt.key_columns.sql": "changed",
        "core/views/public.query_cache.sql": "changed",
    } == {path: state for path, state in found.items() if state != "installed"}


def test_a_diff_shows_what_somebody_changed(db: Database, owner: Connection) -> None:
    """From the database to the file, line by line; nothing for what is as installed."""
    url = db.url("postgres")
    assert "" == diff(url, assets("core", "lms"))
    owner.execute(
        """create or replace function supaopt.flush() returns void language plpgsql
        set search_path = '' as $$ begin end $$"""
    )
    text = diff(url, assets("core"))
    assert text.startswith("--- database\n+++ core/functions/supaopt.flush.sql\n")
    assert "+    insert into supaopt.log (tag)\n" in text


def test_a_diff_shows_who_may_use_what(db: Database, owner: Connection) -> None:
    """A widened grant is a difference, although no line of the function changed."""
    owner.execute("grant execute on function public.get_cached_data(text, interval) to anon")
    text = diff(db.url("postgres"), assets("core"))
    assert "-granted to anon, service_role\n+granted to service_role\n" in text


def test_a_migration_that_changed_is_refused(db: Database) -> None:
    """State is not migrated by guessing."""
    first = assets("core")[0]
    with pytest.raises(ConfigError, match=r"core/migrations/0001_schema\.sql is not the version"):
        apply(db.url("postgres"), [replace(first, checksum="x")])


def test_a_failing_file_is_named_and_undoes_all(bare: Database) -> None:
    """One transaction: an error in the last file leaves nothing behind."""
    broken = replace(assets("core")[-1], sql="select nonsense from nowhere")
    with pytest.raises(ResponseError, match=r"core/views/.*nowhere"):
        apply(bare.url("postgres"), [*assets("core")[:-1], broken])
    assert {"missing"} == {item.state for item in status(bare.url("postgres"), assets("core"))}


def test_a_role_without_rights_is_told(bare: Database) -> None:
    """Whoever may not create a schema learns which file needed it."""
    with pytest.raises(PermissionDeniedError, match=r"0001_schema\.sql: permission denied"):
        apply(bare.url("authenticator"), assets("core"))


def test_no_database_is_a_request_error() -> None:
    """An address where nobody listens is reported as such."""
    with pytest.raises(RequestError, match="no connection to the database"):
        apply("host=127.0.0.1 port=1 dbname=x", assets("core"))


def test_a_url_that_is_none_is_a_config_error() -> None:
    """A connection string that cannot be parsed is the caller's mistake."""
    with pytest.raises(ConfigError, match="cannot be parsed"):
        apply("nonsense", assets("core"))
