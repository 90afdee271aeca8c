"""
One object, one stem: its SQL file, its pgTAP file and, where somebody may call it, its page.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supaopt.sql import Asset, assets

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "sql"
OBJECTS = {asset.name: asset for asset in assets("core", "lms") if asset.kind != "migration"}
ROLES = {"authenticated", "service_role", "supabase_auth_admin"}


def granted(asset: Asset) -> set[str]:
    """Return the roles that a file grants its object to."""
    (statement,) = re.findall(
        r"^grant (?:execute on function|select on) (?:public|supaopt)\.[^;]*?\sto ([^;]+);",
        asset.sql,
        re.MULTILINE,
    ) or [""]
    return {role for role in re.findall(r"\w+", statement) if role in ROLES}


def is_for_the_owner(asset: Asset) -> bool:
    """Say whether a file's header names the owner as the one who calls."""
    who = re.search(r"^-- Who: (.*)$", asset.sql, re.MULTILINE)
    return who is not None and who[1].startswith("the owner")


CALLABLE = {
    name: asset for name, asset in OBJECTS.items() if granted(asset) or is_for_the_owner(asset)
}
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in DOCS.glob("*.*.md")}
pages = pytest.mark.parametrize("name", PAGES)


def test_files_pgtap_files_and_pages_have_the_same_stems() -> None:
    """Every object has its pgTAP file, every callable one its page, and nothing else has."""
    assert sorted(OBJECTS) == sorted(path.stem for path in (ROOT / "tests/sql").glob("*.sql"))
    assert sorted(CALLABLE) == sorted(PAGES)


@pytest.mark.parametrize("asset", OBJECTS.values(), ids=OBJECTS)
def test_who_may_call_is_what_the_file_grants(asset: Asset) -> None:
    """The header names the roles of the grants; without any, the owner or 'internal'."""
    who = re.search(
        r"^-- Who: (.*?)(?=^-- (?:Locks|Undo)|Locks:)", asset.sql, re.MULTILINE | re.DOTALL
    )
    assert who is not None
    assert granted(asset) == {role for role in ROLES if re.search(rf"\b{role}\b", who[1])}
    named = who[1].startswith(("internal", "the owner"))
    assert named or granted(asset)
    # What psql's \df+ shows to those who may call it.
    explained = f"comment on function {asset.name}(" in asset.sql or asset.kind == "view"
    assert explained == (asset.name.startswith("public.") or is_for_the_owner(asset))


@pages
def test_a_page_has_every_part(name: str) -> None:
    """Promise, signature, callers, locks, arguments, result, errors, an example, neighbours."""
    page = PAGES[name]
    assert page.startswith(f"# {name}\n\n")
    assert ["Arguments", "Returns", "Errors", "Example", "See also"] == [
        heading
        for heading in re.findall(r"^## (.*)$", page, re.MULTILINE)
        if not heading.startswith("What ")
    ]
    assert re.search(r"^\| Locks \| \S", page, re.MULTILINE)
    assert "```sql\n" in page
    assert re.search(r"## See also\n\n\* \[", page)


@pages
def test_a_page_names_the_roles_that_the_file_grants(name: str) -> None:
    """Who may call according to the page may call according to the grants, and no one else."""
    asset = OBJECTS[name]
    who = re.search(r"^\| Who may call \| (.*) \|$", PAGES[name], re.MULTILINE)
    assert who is not None
    assert granted(asset) == {role for role in ROLES if f"`{role}`" in who[1]}
    assert is_for_the_owner(asset) == ("the owner" in who[1])


# A parameter with its type and default.
_PARAMETER = re.compile(r"\b(?:p_\w+|event) [^,]*?(?: default (?:'[^']*'|\w+))?(?=,|$)")


@pages
def test_signature_and_arguments_are_the_functions(name: str) -> None:
    """Names, types, defaults and result are those of the file; each parameter is explained."""
    asset = OBJECTS[name]
    page = PAGES[name]
    if asset.kind == "view":
        return
    declared = re.search(
        r"^create or replace function \S+?\((.*?)\)\s*returns (\w+)",
        asset.sql,
        re.MULTILINE | re.DOTALL,
    )
    shown = re.search(r"^`\S+?\((.*)\) → (\w+)", page, re.MULTILINE)
    assert declared is not None
    assert shown is not None
    assert _PARAMETER.findall(" ".join(declared[1].split())) == _PARAMETER.findall(shown[1])
    assert declared[2] == {"setof": "table"}.get(shown[2], shown[2])
    arguments = page.split("## Arguments\n")[1].split("## Returns\n")[0]
    names = re.findall(r"\b(?:p_\w+|event)\b", " ".join(_PARAMETER.findall(shown[1])))
    assert names == re.findall(r"^\| `(\w+)` \|", arguments, re.MULTILINE)


@pages
def test_a_page_lists_the_errors_that_the_function_raises(name: str) -> None:
    """Every SQLSTATE in the file is in the table of errors."""
    errors = PAGES[name].split("## Errors\n")[1].split("## Example\n")[0]
    raised = set(re.findall(r"errcode = '(\w{5})'", OBJECTS[name].sql))
    assert raised <= set(re.findall(r"^\| `(\w{5})` \|", errors, re.MULTILINE))


def test_the_overview_leads_to_every_page() -> None:
    """docs/sql/index.md and the site's navigation list each page once."""
    overview = (DOCS / "index.md").read_text(encoding="utf-8")
    assert sorted(PAGES) == sorted(
        re.findall(r"^\| \[(\S+)\]\(\1\.md\) \|", overview, re.MULTILINE)
    )
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert sorted(PAGES) == sorted(re.findall(r" (\S+): sql/\1\.md$", navigation, re.MULTILINE))


def test_the_settings_are_those_of_the_table() -> None:
    """The overview explains each column of supaopt.settings."""
    overview = (DOCS / "index.md").read_text(encoding="utf-8")
    schema = next(asset.sql for asset in assets("core") if asset.name == "0001_schema")
    table = schema.split("create table if not exists supaopt.settings (")[1].split("\n);")[0]
    columns = re.findall(r"^    (\w+) (?:interval|integer|text)", table, re.MULTILINE)
    settings = overview.split("## Settings\n")[1].split("## The examples")[0]
    assert columns == re.findall(r"^\| `(\w+)` \|", settings, re.MULTILINE)
