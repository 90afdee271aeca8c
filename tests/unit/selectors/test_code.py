"""
Names that a database has, as names that Python's modules can have.
"""

from __future__ import annotations

import ast

import pytest

from supaopt.rpc import (
    CatalogArgument,
    CatalogFunction,
    CatalogResult,
    FunctionCatalog,
    Rows,
    Writes,
    atomic,
    draft,
)
from supaopt.rpc import generate as generate_functions
from supaopt.selectors import Catalog, CatalogColumn, CatalogTable, generate

DEFINITIONS = (ast.ClassDef, ast.FunctionDef)
# Called like types that others have, like one another in Python, and like keywords.
COLUMNS = {
    "date": "date",
    "due": "date",
    "datetime": "timestamptz",
    "time": "time",
    "from": "timestamptz",
    "opens": "time",
    "a b": "int4",
    "a-b": "int4",
    "a_b": "int4",
    "class": "int4",
    "class_": "int4",
    "str": "text",
    "int": "int4",
    "n": "int4",
    "word": "text",
    "Decimal": "numeric",
    "price": "numeric",
}
FUNCTIONS = ["date", "int", "list", "Row", "rpc", "time", "TypedDict", "usual"]


@pytest.fixture(name="catalog", scope="module")
def _catalog() -> Catalog:
    """One table with all of these columns."""
    columns = [
        CatalogColumn(name=name, type=of, sql_type=of, not_null=name == "n")
        for name, of in COLUMNS.items()
    ]
    return Catalog(
        tables=[CatalogTable(schema_name="public", name="odd", columns=columns)], keys=[]
    )


def _functions() -> FunctionCatalog:
    return FunctionCatalog(
        functions=[
            CatalogFunction(
                schema_name="public",
                name=name,
                arguments=[
                    CatalogArgument(name="date", type="date"),
                    CatalogArgument(name="int", type="int4"),
                ],
                returns="record",
                returns_set=True,
                columns=[CatalogResult(name=name, type=of) for name, of in COLUMNS.items()],
                executable_by=["anon"],
            )
            for name in FUNCTIONS
        ]
    )


def _writes(catalog: Catalog) -> str:
    def both(writes: Writes, *, p_rows: Rows, rows: Rows) -> object:
        values = {"date": p_rows["date"], "due": p_rows["due"], "n": p_rows["n"]}
        writes.insert("odd", values | {"int": p_rows["int"]})
        writes.insert("odd", {"n": rows["int"], "int": rows["n"]})
        row = writes.insert("odd", {"n": 1})
        return {"date": row["date"], "due": row["due"], "a b": row["a b"], "a-b": row["a-b"]}

    def one(writes: Writes) -> object:
        return writes.insert("odd", {"n": 1})["date"]

    declared = [atomic(grant=["anon"])(both)]
    for name in FUNCTIONS:
        one.__name__ = name
        declared.append(atomic(grant=["anon"])(one))
    return draft(declared, catalog).python


def test_no_name_hides_another(catalog: Catalog) -> None:
    """
    Checkers take a field for the type of that name in all that follows it, and a function likewise.
    """
    for text in (generate(catalog), generate_functions(_functions()), _writes(catalog)):
        module = ast.parse(text)
        own = [each.name for each in module.body if isinstance(each, DEFINITIONS)]
        assert len(own) == len(set(own))
        names = {
            each.id
            for each in ast.walk(module)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
        }
        imported = {
            each.name
            for line in module.body
            if isinstance(line, ast.ImportFrom)
            for each in line.names
        }
        functions = {each.name for each in module.body if isinstance(each, ast.FunctionDef)}
        assert not functions & (names | imported)
        for each in filter(lambda each: isinstance(each, ast.ClassDef), module.body):
            fields: list[str] = []
            for line in ast.walk(each):
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    used = {name.id for name in ast.walk(line.annotation) if hasattr(name, "id")}
                    assert not used & set(fields)
                    fields.append(line.target.id)
            assert len(fields) == len(set(fields))


def test_every_column_is_read(catalog: Catalog) -> None:
    """Columns with one name in Python get one each, and the row asks for all."""
    namespace: dict[str, object] = {"__name__": __name__}
    exec(generate(catalog), namespace)
    fields = namespace["Odd"].model_fields  # type: ignore[attr-defined]
    assert len(COLUMNS) == len(fields)
    assert {"a_b", "a_b2", "a_b3", "date_", "due", "class_", "class_2"} <= fields.keys()
