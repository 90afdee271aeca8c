"""
Generated row classes with the relationships of their tables.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from supaopt.selectors import (
    Catalog,
    CatalogColumn,
    CatalogKey,
    CatalogTable,
    Selector,
    check,
    find_rows,
    generate,
)


def table(name: str, *columns: str, schema: str = "public") -> CatalogTable:
    """Return a table with an id and other columns, which may be null where they end in `?`."""
    return CatalogTable(
        schema_name=schema,
        name=name,
        columns=[
            CatalogColumn(name=each.rstrip("?"), type="int4", not_null=not each.endswith("?"))
            for each in ("id", *columns)
        ],
    )


def key(source: str, column: str, target: str, **options: Any) -> CatalogKey:
    """Return a foreign key named as Postgres names it."""
    names = {"schema_name": "public", "target_schema": "public"} | options
    return CatalogKey(
        name=f"{source}_{column}_fkey",
        table=source,
        columns=[column],
        target_table=target,
        **names,
    )


CATALOG = Catalog(
    tables=[
        table("clients", "parent_id?"),
        table("profiles", "client_id?", "client?"),
        table("settings", "profile_id"),
        table("messages", "sender_id", "receiver_id?"),
        table("products"),
        table("assignments", "client_id", "product_id"),
        table("notes", "client_id", schema="private"),
    ],
    keys=[
        key("clients", "parent_id", "clients"),
        key("profiles", "client_id", "clients"),
        key("settings", "profile_id", "profiles", is_unique=True),
        key("messages", "sender_id", "profiles"),
        key("messages", "receiver_id", "profiles"),
        key("assignments", "client_id", "clients", is_in_primary_key=True),
        key("assignments", "product_id", "products", is_in_primary_key=True),
        key("notes", "client_id", "clients", schema_name="private"),
    ],
)


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The generated module, imported."""
    module = types.ModuleType("generated_related")
    monkeypatch.setitem(sys.modules, "generated_related", module)
    exec(compile(generate(CATALOG), "generated_related", "exec"), vars(module))
    return module


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Of the same name as a column, and through a table in between; not its own parent.
        ("ProductsRelated", ["assignments:list[Assignments]", "clients:list[Clients]"]),
        (
            "ClientsRelated",
            [
                "profiles:list[Profiles]",
                "assignments:list[Assignments]",
                "products:list[Products]",
            ],
        ),
        (
            "ProfilesRelated",
            [
                "client_2:Clients | None",
                "settings:Settings | None",
                "messages:list[Messages]",
                "messages_2:list[Messages]",
            ],
        ),
        ("SettingsRelated", ["profile:Profiles"]),
        ("MessagesRelated", ["sender:Profiles", "receiver:Profiles | None"]),
    ],
)
def test_relationships_are_embeds(module: types.ModuleType, name: str, expected: list[str]) -> None:
    """One or many, there always or perhaps, under names that no column has."""
    row = getattr(module, name)
    columns = row.__base__.model_fields
    shown = [
        f"{field}:{_shown(info.annotation)}"
        for field, info in row.model_fields.items()
        if field not in columns
    ]
    assert expected == shown


def _shown(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    if hasattr(annotation, "__args__"):
        text = str(annotation)
    return text.replace("generated_related.", "")


def test_keys_to_one_table_are_told_apart(module: types.ModuleType) -> None:
    """By the names of their constraints, in both directions."""
    text = str(Selector(module.MessagesRelated))
    assert "sender:profiles!messages_sender_id_fkey(" in text
    assert "receiver:profiles!messages_receiver_id_fkey(" in text
    back = str(Selector(module.ProfilesRelated))
    assert "messages_2:messages!messages_receiver_id_fkey(" in back


def test_every_class_fits_the_catalogue(module: types.ModuleType) -> None:
    """What is generated has no finding against what it was generated from."""
    rows = find_rows("generated_related")
    assert 13 == len(rows)  # seven tables, six of them with relationships
    assert [] == check(rows, CATALOG)


def test_another_schema_is_not_embedded(module: types.ModuleType) -> None:
    """PostgREST relates the tables of one schema."""
    assert not hasattr(module, "NotesRelated")
