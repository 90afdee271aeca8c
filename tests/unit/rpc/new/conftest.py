"""
A shop's tables, as a catalogue holds them.
"""

from __future__ import annotations

import pytest

from supaopt.selectors import Catalog, CatalogColumn, CatalogTable


def _column(name: str, type_name: str, sql_type: str, **options: object) -> CatalogColumn:
    return CatalogColumn.model_validate(
        {"name": name, "type": type_name, "sql_type": sql_type, **options}
    )


def _id() -> CatalogColumn:
    return _column("id", "uuid", "uuid", not_null=True, has_default=True)


def _table(name: str, *columns: CatalogColumn, key: str = "id") -> CatalogTable:
    return CatalogTable(
        schema_name="public", name=name, columns=list(columns), primary_key=[key], unique=[[key]]
    )


@pytest.fixture(name="shop", scope="session")
def _shop() -> Catalog:
    """Orders with lines, and a stock."""
    mood = ["new", "sent"]
    return Catalog(
        tables=[
            _table(
                "orders",
                _id(),
                _column("customer_id", "uuid", "uuid", not_null=True),
                _column("status", "mood", "public.mood", labels=mood, not_null=True),
                _column("note", "varchar", "character varying"),
                _column("total", "numeric", "numeric"),
                _column("meta", "jsonb", "jsonb"),
                _column("tags", "text", "text[]", is_array=True),
                _column("created_at", "timestamptz", "timestamp with time zone", has_default=True),
            ),
            _table(
                "order lines",
                _column("id", "int8", "bigint", not_null=True, is_generated=True),
                _column("order_id", "uuid", "uuid", not_null=True),
                _column("product_id", "int4", "integer", not_null=True),
                _column("Quantity", "int4", "integer", not_null=True),
            ),
            _table(
                "stock",
                _column("product_id", "int8", "bigint", not_null=True),
                _column("in_stock", "int4", "integer", not_null=True, has_default=True),
                _column("counted_at", "timestamptz", "timestamp with time zone"),
                _column("counted_by", "uuid", "uuid"),
                key="product_id",
            ),
        ],
        keys=[],
    )
