"""
The reader of the SQL files, and what holds for every file.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.errors import ConfigError
from supaopt.sql import SETS, Asset, assets, reference, script, uninstall

EVERYTHING = assets("core", "lms")
PATHS = [asset.path for asset in EVERYTHING]


def test_core_is_what_you_get_when_you_ask_for_nothing() -> None:
    """The learning platform is never installed by default."""
    assert assets("core") == assets()
    assert {"core"} == {asset.set for asset in assets()}


@given(st.lists(st.sampled_from(SETS), min_size=1, max_size=5))
def test_sets_come_in_the_order_in_which_they_need_each_other(sets: list[str]) -> None:
    """Whatever the order and number of mentions, core precedes lms and comes once."""
    expected = [asset for asset in EVERYTHING if asset.set in sets]
    assert expected == list(assets(*sets))


def test_state_precedes_the_code_that_works_on_it() -> None:
    """In each set run migrations by number, then functions, then views."""
    for name in SETS:
        kinds = [asset.kind for asset in assets(name)]
        assert sorted(kinds, key=["migration", "function", "view"].index) == kinds
        numbers = [asset.name for asset in assets(name) if asset.kind == "migration"]
        assert [f"{at:04d}" for at in range(1, len(numbers) + 1)] == [n[:4] for n in numbers]


@pytest.mark.parametrize("name", ["", "Core", "../core", "core/functions"])
def test_an_unknown_set_is_named(name: str) -> None:
    """The error says what was asked for and what there is."""
    for ask in (assets, script, uninstall):
        with pytest.raises(ConfigError, match=r"no SQL set .*; there are core, lms"):
            ask(name)


@pytest.mark.parametrize("name", ["", "nope", "../../core/uninstall"])
def test_an_unknown_reference_is_named(name: str) -> None:
    """No path leads out of the reference folder."""
    with pytest.raises(ConfigError, match="no reference file"):
        reference(name)


def test_the_script_has_every_file_once_and_records_it() -> None:
    """The text to paste is the files in order, each with its checksum, then a flush."""
    text = script("core", "lms")
    assert PATHS == re.findall(r"^-- supaopt: (\S+)$", text, re.MULTILINE)
    for asset in EVERYTHING:
        assert asset.sql in text
        assert f"('{asset.path}', '{asset.checksum}')" in text
    assert text.endswith("select supaopt.flush();\nnotify pgrst, 'reload schema';\n")


def test_reading_imports_nothing_heavy() -> None:
    """The reader needs neither a database driver nor a client library."""
    code = (
        "import sys, supaopt.sql; supaopt.sql.assets('core', 'lms');"
        "print(*{'psycopg', 'supabase', 'pydantic', 'httpx'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "" == found.stdout.strip()


@pytest.mark.parametrize("asset", EVERYTHING, ids=PATHS)
def test_every_file_says_what_it_is_for(asset: Asset) -> None:
    """A header tells purpose, who may call, locks and undo."""
    header = asset.sql[: asset.sql.index("\n\n")]
    assert all(line.startswith("-- ") for line in header.splitlines())
    for part in ("Purpose: ", "Who: ", "Locks: ", "Undo: "):
        assert part in header, part


FUNCTIONS = [asset for asset in EVERYTHING if asset.kind == "function"]


@pytest.mark.parametrize("asset", FUNCTIONS, ids=[asset.name for asset in FUNCTIONS])
def test_a_function_file_holds_the_function_it_is_named_after(asset: Asset) -> None:
    """One function a file: its path pinned, and closed to all before it is opened by name."""
    created = re.findall(r"^create or replace function (\S+?)\(", asset.sql, re.MULTILINE)
    assert asset.name == created[0]
    assert [name for name in created[1:] if not name.startswith("supaopt.watch_")] == []
    assert re.search(r"^set search_path = (''|pg_catalog, pg_temp)$", asset.sql, re.MULTILINE)
    revoked = re.search(
        rf"^revoke execute on function {re.escape(asset.name)}\([^;]*?\)\s*"
        r"from public, anon, authenticated, service_role;",
        asset.sql,
        re.MULTILINE | re.DOTALL,
    )
    assert revoked is not None
    granted = asset.sql.find(f"grant execute on function {asset.name}(")
    assert granted == -1 or revoked.end() < granted


@pytest.mark.parametrize("asset", FUNCTIONS, ids=[asset.name for asset in FUNCTIONS])
def test_functions_neither_log_nor_swallow(asset: Asset) -> None:
    """No server log line per call, no error hidden behind another, no subtransaction."""
    code = re.sub(r"--.*", "", asset.sql).lower()
    for word in ("raise log", "raise notice", "when others", "exception when"):
        assert word not in code


OWNER_TYPES = "text|jsonb|uuid|xid8?|pg_snapshot|reg[a-z]+|oid"


@pytest.mark.parametrize("asset", FUNCTIONS, ids=[asset.name for asset in FUNCTIONS])
def test_what_runs_as_the_owner_names_types_in_full(asset: Asset) -> None:
    """A type that a caller's temporary one could shadow is qualified where the owner runs."""
    if asset.set != "core" or "search_path = pg_catalog" in asset.sql:
        return
    body = asset.sql.split("$$", 1)[1] if "as $$" in asset.sql else asset.sql.split("$outer$", 1)[1]
    outside_strings = re.sub(r"'[^']*'", "''", re.sub(r"--.*", "", body))
    casts = re.findall(rf"::({OWNER_TYPES})\b", outside_strings)
    declared = re.findall(
        rf"^    \w+ (?:constant )?({OWNER_TYPES})\b", outside_strings, re.MULTILINE
    )
    generated = {"text"} if asset.name in GENERATORS else set()
    assert set(casts) - generated | set(declared) == set()


# They write expressions into a function whose columns' types are those of a table.
GENERATORS = {"supaopt.compile_tag", "supaopt.create_watch_trigger"}
