"""
Catalogues as files.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from supaopt.errors import ConfigError, MissingExtraError
from supaopt.selectors import Catalog, CatalogColumn, CatalogTable

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = Catalog(
    tables=[
        CatalogTable(
            schema_name="public", name="t", columns=[CatalogColumn(name="id", type="int4")]
        )
    ],
    keys=[],
)


def test_a_catalogue_survives_a_file(tmp_path: Path) -> None:
    """What is dumped loads as it was."""
    path = tmp_path / "schema.json"
    path.write_text(CATALOG.dump())
    assert Catalog.load(path) == CATALOG


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"tables": 1, "keys": []}'])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: str) -> None:
    """The error names the file."""
    path = tmp_path / "schema.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"schema\.json"):
        Catalog.load(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """So is the reason."""
    with pytest.raises(ConfigError, match="No such file"):
        Catalog.load(tmp_path / "missing.json")


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message holds the pip command."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "supaopt._adapters.catalog", raising=False)
    monkeypatch.delattr("supaopt._adapters.catalog", raising=False)
    with pytest.raises(MissingExtraError, match=r"supaopt\[cli\]"):
        Catalog.read("postgresql://localhost/x")
