"""
Row classes against a database's catalogue.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from supaopt.selectors import (
    Catalog,
    CatalogColumn,
    CatalogKey,
    CatalogTable,
    Col,
    Row,
    Selector,
    check,
)


def column(name: str, type_: str = "text", **options: Any) -> CatalogColumn:
    """Return a column that cannot be null unless it is said."""
    return CatalogColumn(name=name, type=type_, **{"not_null": True} | options)


def table(name: str, *columns: CatalogColumn, **options: Any) -> CatalogTable:
    """Return a table with an id."""
    return CatalogTable(
        schema_name="public", name=name, columns=[column("id", "int4"), *columns], **options
    )


def key(source: str, columns: str, target: str, **options: Any) -> CatalogKey:
    """Return a foreign key named as Postgres names it."""
    return CatalogKey(
        name=f"{source}_{columns}_fkey",
        schema_name="public",
        table=source,
        columns=[columns],
        target_schema="public",
        target_table=target,
        **options,
    )


CATALOG = Catalog(
    tables=[
        table(
            "modules",
            column("name", not_null=False),
            column("sequence", "int4"),
            column("product_id", "int4", not_null=False),
            column("status", "progress", labels=["NotStarted", "Completed"]),
            column("tags", "text", is_array=True),
            column("config", "jsonb"),
            column("price", "numeric"),
            column("shape", "polygon"),
        ),
        table("products", column("name")),
        table("lessons", column("module_id", "int4"), column("title")),
        table("settings", column("module_id", "int4")),
        table("questions", column("text")),
        table("module_questions", column("module_id", "int4"), column("question_id", "int4")),
        table("reviews", column("author_id", "int4"), column("editor_id", "int4")),
        table("people", column("email")),
        table("active_modules", column("name", not_null=False), is_view=True),
    ],
    keys=[
        key("modules", "product_id", "products"),
        key("lessons", "module_id", "modules"),
        key("settings", "module_id", "modules", is_unique=True),
        key("module_questions", "module_id", "modules", is_in_primary_key=True),
        key("module_questions", "question_id", "questions", is_in_primary_key=True),
        key("reviews", "author_id", "people"),
        key("reviews", "editor_id", "people"),
    ],
    computed=[{"name": "length", "schema_name": "public", "table": "modules"}],
)


class Product(Row, table="products"):
    """A product."""

    id: int
    name: str


class Lesson(Row, table="lessons"):
    """A lesson."""

    id: int


class Question(Row, table="questions"):
    """A question."""

    id: int


class Setting(Row, table="settings"):
    """Settings of one module."""

    id: int


class Person(Row, table="people"):
    """A person."""

    id: int


def make(table_name: str, **annotations: Any) -> type[Row]:
    """Return a row class of the given fields."""
    namespace = {"__annotations__": annotations, "__module__": __name__}
    return type("Checked", (Row,), namespace, table=table_name)


@pytest.mark.parametrize(
    ("table_name", "fields"),
    [
        ("modules", {"id": int, "name": str | None, "sequence": int}),
        ("modules", {"status": Literal["NotStarted", "Completed"]}),
        ("modules", {"status": str, "tags": list[str], "config": dict[str, Any]}),
        ("modules", {"price": float, "shape": str}),
        ("modules", {"price": Annotated[str, Col(cast="text")]}),
        ("modules", {"x": Annotated[str | None, Col("config->>theme")]}),
        ("modules", {"n": Annotated[int, Col(agg="count")]}),
        ("modules", {"length": int}),
        ("modules", {"products": Product | None, "lessons": list[Lesson]}),
        ("modules", {"product": Annotated[Product | None, Col("product_id")]}),
        ("modules", {"product": Annotated[Product, Col(inner=True)]}),
        ("modules", {"settings": Setting | None, "questions": list[Question]}),
        ("modules", {"p": Annotated[str | None, Col("name", spread="products")]}),
        ("reviews", {"author": Annotated[Person, Col(fk="reviews_author_id_fkey")]}),
        ("reviews", {"author": Annotated[Person, Col(fk="author_id")]}),
        ("active_modules", {"name": str, "anything": list[Lesson]}),
    ],
)
def test_what_fits_is_not_told(table_name: str, fields: dict[str, Any]) -> None:
    """Columns, embeds in all directions, paths and casts that are right raise no finding."""
    assert check([make(table_name, **fields)], CATALOG) == []


@pytest.mark.parametrize(
    ("table_name", "fields", "problem", "message", "suggestion"),
    [
        ("modulez", {"id": int}, "table", "there is no table public.modulez", "modules"),
        (
            "modules",
            {"order_index": int},
            "column",
            "modules has no column order_index",
            "sequence",
        ),
        (
            "modules",
            {"email": str},
            "column",
            "modules has no column email; it exists on people",
            None,
        ),
        (
            "modules",
            {"x": Annotated[str | None, Col("configg->>theme")]},
            "column",
            "modules has no column configg",
            "config",
        ),
        ("modules", {"name": str}, "null", "modules.name can be null", "X | None"),
        (
            "modules",
            {"sequence": str},
            "type",
            "modules.sequence: int4 is read as int or float or Decimal",
            None,
        ),
        ("modules", {"tags": str}, "type", "modules.tags: text[] is a list", None),
        (
            "modules",
            {"status": Literal["NotStarted"]},
            "type",
            "modules.status: the enum also has Completed",
            None,
        ),
        (
            "modules",
            {"people": list[Person]},
            "embed",
            "modules has no relationship with people",
            None,
        ),
        (
            "modules",
            {"x": Annotated[list[Lesson], Col("lesson")]},
            "embed",
            "modules has no relationship with lesson",
            "lessons",
        ),
        ("modules", {"lessons": Lesson | None}, "type", "lessons is a list of rows", "list[X]"),
        ("modules", {"products": list[Product]}, "type", "products is one row", "X | None"),
        ("modules", {"products": Product}, "null", "there may be no products", "X | None"),
        (
            "reviews",
            {"people": Person},
            "ambiguous",
            "reviews is related to people by reviews_author_id_fkey, reviews_editor_id_fkey",
            'Col(fk="reviews_author_id_fkey")',
        ),
        (
            "reviews",
            {"people": Annotated[Person, Col(fk="nobody")]},
            "embed",
            "reviews has no relationship with people by nobody",
            None,
        ),
        (
            "modules",
            {"p": Annotated[str | None, Col("nmae", spread="products")]},
            "column",
            "products has no column nmae",
            "name",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_what_was_meant(
    table_name: str, fields: dict[str, Any], problem: str, message: str, suggestion: str | None
) -> None:
    """Each way to disagree has its sentence and, where there is one, its remedy."""
    (finding,) = check([make(table_name, **fields)], CATALOG)
    assert (finding.problem, finding.message, finding.suggestion) == (problem, message, suggestion)


def test_a_finding_says_where_it_is() -> None:
    """A field below an embed is named by its path, and its own table."""
    inner = make("products", nmae=str)
    outer = make("modules", product=inner | None)
    (finding,) = check([Selector(outer)], CATALOG)
    assert (finding.row, finding.field, finding.table) == ("Checked", "product.nmae", "products")


def test_a_row_is_checked_once() -> None:
    """A selector and its row class are the same thing."""
    row = make("modulez", id=int)
    assert len(check([row, Selector(row), row], CATALOG)) == 1
