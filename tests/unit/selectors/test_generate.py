"""
A module of row classes for a database.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from supaopt.selectors import (
    Catalog,
    CatalogColumn,
    CatalogTable,
    Entity,
    Selector,
    check,
    find_rows,
    generate,
)


def table(
    name: str, *columns: CatalogColumn, schema: str = "public", **options: Any
) -> CatalogTable:
    """Return a table."""
    return CatalogTable(schema_name=schema, name=name, columns=list(columns), **options)


TYPES = [
    CatalogColumn(name=f"a_{type_}", type=type_, not_null=True)
    for type_ in ("uuid", "int8", "numeric", "timestamptz", "date", "jsonb", "bool", "tsvector")
]
CATALOG = Catalog(
    tables=[
        table("all_types", *TYPES),
        table(
            "odd-names",
            CatalogColumn(name="Full Name", type="text"),
            CatalogColumn(name="class", type="text"),
            CatalogColumn(name="json", type="jsonb"),
            CatalogColumn(name="_id", type="int4", not_null=True),
            CatalogColumn(name="1st", type="int4", is_array=True),
        ),
        table("odd_names", CatalogColumn(name="level", type="lvl", labels=["a", 'b"c'])),
        table("Row", CatalogColumn(name="id", type="int4")),
        table("lines", CatalogColumn(name="id", type="int4"), schema="shop"),
        table("empty"),
        table("a_view", CatalogColumn(name="id", type="int4"), is_view=True),
    ],
    keys=[],
)


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The generated module, imported."""
    module = types.ModuleType("generated_rows")
    monkeypatch.setitem(sys.modules, "generated_rows", module)
    exec(compile(generate(CATALOG), "generated_rows", "exec"), vars(module))
    return module


def test_every_table_has_a_row_class_that_fits(module: types.ModuleType) -> None:
    """What is generated from a catalogue has no finding against it."""
    rows = find_rows("generated_rows")
    assert len(rows) == 6
    assert check(rows, CATALOG) == []


def test_every_table_has_an_entity_of_its_own(module: types.ModuleType) -> None:
    """Two tables whose names differ by a sign alone do not share a constant."""
    assert ("odd-names", "odd_names") == (module.ODD_NAMES.table, module.ODD_NAMES2.table)


def test_odd_names_are_selected_as_they_are(module: types.ModuleType) -> None:
    """Fields have Python's names, the select has the database's."""
    assert str(Selector(module.OddNames)) == (
        'full_name:"Full Name",class_:class,json_:json,id:_id,c_1st:"1st"'
    )


def test_tables_of_one_name_to_python_are_told_apart(module: types.ModuleType) -> None:
    """`odd-names` and `odd_names` are two classes, and no class hides one of ours."""
    assert module.OddNames2.__table__ == "odd_names"
    assert module.RowRow.__table__ == "Row"


def test_an_entity_knows_its_table(module: types.ModuleType) -> None:
    """Schema and table are those of the row."""
    assert isinstance(module.LINES, Entity)
    assert (module.LINES.table, module.LINES.schema) == ("lines", "shop")
    assert module.LINES.selector(module.Lines) == "id"


def test_a_name_cannot_become_code() -> None:
    """A hostile name stays a string, which no row class accepts."""
    hostile = table('x"): import os #', CatalogColumn(name='y"\n', type="int4"))
    text = generate(Catalog(tables=[hostile], keys=[]))
    assert "import os #" not in [line.strip() for line in text.splitlines()]
    compile(text, "generated", "exec")
