"""
A database as PostgREST's OpenAPI document shows it: `openapi.json` has the shape of PostgREST 13's.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supaopt.errors import ConfigError, PermissionDeniedError
from supaopt.rpc import FunctionCatalog, rpc
from supaopt.rpc import check as check_functions
from supaopt.selectors import Catalog, Col, Row, check
from supaopt.selectors._openapi import Definition, Document, Property, catalog_of, type_of

DOCUMENT: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text())


class Client(Row, table="clients"):
    """A client."""

    id: UUID
    name: str
    mood: Literal["calm", "cross"] | None


class Settings(Row, table="profile_settings"):
    """Settings of one profile."""

    theme: str | None


class Product(Row, table="products"):
    """A product."""

    id: int


class ProfileId(Row, table="profiles"):
    """A profile in a list."""

    id: UUID
    role: str


class Profile(Row, table="profiles"):
    """A profile with all that the document can tell of it."""

    id: UUID
    full_name: str | None
    tags: list[str] | None
    initials: str
    client: Client | None
    settings: Settings | None


class ClientPage(Row, table="clients"):
    """A client with many of two kinds, one of them through a table in between."""

    profiles: list[ProfileId]
    products: list[Product]


class Drifted(Row, table="profiles"):
    """A row that is wrong in every way that the document can tell."""

    ful_name: str
    score: UUID | None
    client_id: UUID
    clients: list[Client]
    orders: Product | None
    mood: Annotated[str | None, Col("mood", spread="clients")]
    missing: Annotated[str | None, Col("nmae", spread="clients")]


class Hinted(Row, table="profiles"):
    """Embeds by a constraint, and over keys of several columns, which the document leaves out."""

    client: Annotated[Client | None, Col(fk="profiles_client_id_fkey")]
    products: list[Product]


class View(Row, table="client_totals"):
    """A view, whose columns are never declared not null."""

    client_id: UUID
    people: int


@pytest.fixture(name="catalog")
def _catalog(sync_project: Any) -> Catalog:
    """What the API tells."""
    sync_project.answer(DOCUMENT, content_type="application/openapi+json; charset=utf-8")
    return Catalog.fetch(sync_project.client)


def test_the_document_is_asked_for_at_the_root(sync_project: Any) -> None:
    """One request for each schema, with what PostgREST needs to choose it."""
    sync_project.answer(DOCUMENT, content_type="application/openapi+json; charset=utf-8")
    catalog = Catalog.fetch(sync_project.client, schemas=["public", "sales"])
    assert ["/rest/v1/"] * 2 == [request.url.path for request in sync_project.requests]
    assert ["public", "sales"] == [
        request.headers["accept-profile"] for request in sync_project.requests
    ]
    assert "application/openapi+json" in sync_project.sent.headers["accept"]
    assert {"public", "sales"} == {table.schema_name for table in catalog.tables}


def test_columns_are_told_with_their_types(catalog: Catalog) -> None:
    """Names, types, arrays, labels, nulls and defaults, and a view by its nulls."""
    columns = catalog.by_name["public", "profiles"].by_name
    assert {
        "id": ("uuid", False, True),
        "full_name": ("varchar", False, False),
        "role": ("text", False, True),
        "client_id": ("uuid", False, False),
        "tags": ("text", True, False),
        "prefs": ("jsonb", False, False),
        "score": ("numeric", False, False),
        "embedding": ("vector", False, False),
        "created_at": ("timestamptz", False, True),
    } == {name: (each.type, each.is_array, each.not_null) for name, each in columns.items()}
    assert ["score", "created_at"] == [name for name, each in columns.items() if each.has_default]
    mood = catalog.by_name["public", "clients"].by_name["mood"]
    assert ("mood", ["calm", "cross"]) == (mood.type, mood.labels)
    assert ["client_totals"] == [table.name for table in catalog.tables if table.is_view]


def test_keys_are_told_by_descriptions(catalog: Catalog) -> None:
    """Primary keys, foreign keys of one column, and no key where a comment has its words."""
    keys = {
        (key.table, *key.columns, key.target_table): (key.is_unique, key.is_in_primary_key)
        for key in catalog.keys
    }
    assert {
        ("assignments", "client_id", "clients"): (None, True),
        ("assignments", "product_id", "products"): (None, True),
        ("client_totals", "client_id", "clients"): (None, False),
        ("profile_settings", "profile_id", "profiles"): (True, True),
        ("profiles", "client_id", "clients"): (None, False),
    } == keys
    assert ["id"] == catalog.by_name["public", "clients"].primary_key
    assert ["client_id", "product_id"] == catalog.by_name["public", "assignments"].primary_key


@pytest.mark.parametrize("row", [Profile, ClientPage, View, Hinted])
def test_what_fits_has_no_finding(catalog: Catalog, row: type[Row]) -> None:
    """Embeds in all directions and computed columns; nor has what the document cannot tell."""
    assert [] == check([row], catalog)


def test_drift_is_told(catalog: Catalog) -> None:
    """Columns, types, nulls and the number of an embed's rows are told as from a database."""
    found = {(each.field, each.problem): each.suggestion for each in check([Drifted], catalog)}
    assert {
        ("ful_name", "column"): "full_name",
        ("score", "type"): None,
        ("client_id", "null"): "X | None",
        ("clients", "type"): "X | None",
        ("missing", "column"): "name",
    } == found


def test_a_table_that_is_not_there_is_told(catalog: Catalog) -> None:
    """With the likely right name."""

    class Wrong(Row, table="profile"):
        id: UUID

    assert [("table", "profiles")] == [
        (each.problem, each.suggestion) for each in check([Wrong], catalog)
    ]


def test_a_partial_catalogue_survives_a_file(catalog: Catalog, tmp_path: Path) -> None:
    """A snapshot of what the API told stays partial."""
    path = tmp_path / "schema.json"
    path.write_text(catalog.dump())
    assert catalog == Catalog.load(path)
    assert catalog.is_partial


@pytest.mark.parametrize(
    ("part", "expected"),
    [("`.<fk table='", []), ("' column='", []), ("`.<fk table='a' column='", ["a"])],
)
def test_a_comment_that_looks_like_many_keys_is_read_at_once(
    part: str, expected: list[str]
) -> None:
    """Who may comment on a column cannot make a check run for minutes."""
    note = "This is a Foreign Key to `" + part * 100_000
    columns = {"a": Property(description=f"Note:\n{note}\n{note}'/>")}
    document = Document(definitions={"t": Definition(properties=columns)}, paths={})
    assert expected == [key.target_table for key in catalog_of(document, "public").keys]


@pytest.mark.parametrize(
    ("sql_type", "expected"),
    [
        ("integer", ("int4", False)),
        ("bigint[]", ("int8", True)),
        ("timestamp without time zone", ("timestamp", False)),
        ('public."Odd Type"[]', ("Odd Type", True)),
        ("extensions.vector(3)", ("vector", False)),
        ("numeric(10,2)", ("numeric", False)),
        ("", ("", False)),
    ],
)
def test_types_have_two_names(sql_type: str, expected: tuple[str, bool]) -> None:
    """What SQL calls a type becomes what the catalogue calls it."""
    assert expected == type_of(sql_type)


@pytest.mark.parametrize(
    "body",
    [
        {"swagger": "2.0", "info": {"title": "standard public schema"}},
        {"definitions": {}, "paths": {"/": {"get": {}}}},
        [],
        {"definitions": 1, "paths": {}},
    ],
)
def test_a_document_that_shows_nothing_is_refused(sync_project: Any, body: Any) -> None:
    """No table is the key's fault or the setting's, never agreement."""
    sync_project.answer(body)
    with pytest.raises(ConfigError, match="openapi-mode"):
        Catalog.fetch(sync_project.client)
    with pytest.raises(ConfigError, match="openapi-mode"):
        FunctionCatalog.fetch(sync_project.client)


def test_a_refusal_is_raised(sync_project: Any) -> None:
    """A key that may not read it is told as such."""
    sync_project.refuse(401, "PGRST301", "no")
    with pytest.raises(PermissionDeniedError):
        Catalog.fetch(sync_project.client)


def test_an_async_client_is_refused(async_project: Any) -> None:
    """The error says which client it takes."""
    with pytest.raises(ConfigError, match="not an AsyncClient"):
        Catalog.fetch(async_project.client)


@rpc(stable=True)
def get_totals(*, p_client_id: UUID, p_tags: list[str] | None = None) -> list[dict[str, Any]]:
    """Read."""
    raise NotImplementedError


@rpc
def move_profile(*, p_id: UUID, p_to: UUID) -> None:
    """Write."""
    raise NotImplementedError


@rpc(name="move_profile", stable=True)
def misdeclared(*, p_id: UUID, p_too: UUID) -> int:
    """Wrong in each way that the document can tell."""
    raise NotImplementedError


@rpc
def get_total(*, p_client_id: UUID) -> int:
    """A misspelt one."""
    raise NotImplementedError


def test_functions_are_told_by_name_argument_and_volatility(sync_project: Any) -> None:
    """What the document tells is compared; results and rights, which it does not, are not."""
    sync_project.answer(DOCUMENT)
    functions = FunctionCatalog.fetch(sync_project.client)
    assert [] == check_functions([get_totals, move_profile], functions)
    found = check_functions([misdeclared, get_total], functions)
    assert [
        ("move_profile", "argument", "p_to"),
        ("move_profile", "argument", "add p_to"),
        ("move_profile", "volatility", "say stable=False"),
        ("get_total", "function", "get_totals"),
    ] == [(each.function, each.problem, each.suggestion) for each in found]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
PARTS = st.fixed_dictionaries(
    {
        "definitions": st.dictionaries(
            st.text(max_size=5),
            st.fixed_dictionaries(
                {},
                optional={
                    "properties": st.dictionaries(st.text(max_size=5), JSON) | JSON,
                    "required": JSON,
                },
            ),
            max_size=2,
        )
        | JSON,
        "paths": st.dictionaries(
            st.sampled_from(["/", "/t", "/rpc/f", "/rpc/"]),
            st.fixed_dictionaries({}, optional={"get": JSON, "post": JSON}) | JSON,
        )
        | JSON,
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=PARTS | JSON)
def test_no_document_breaks_the_reader(sync_project: Any, body: Any) -> None:
    """Whatever answers, it is a catalogue or a ConfigError."""
    sync_project.answer(body)
    with contextlib.suppress(ConfigError):
        assert Catalog.fetch(sync_project.client).is_partial
    with contextlib.suppress(ConfigError):
        FunctionCatalog.fetch(sync_project.client)
