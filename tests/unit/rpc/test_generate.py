"""
Modules of declarations, written from a catalogue.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supaopt.rpc import (
    CatalogArgument,
    CatalogFunction,
    CatalogResult,
    FunctionCatalog,
    check,
    find_functions,
    generate,
)

if TYPE_CHECKING:
    from pathlib import Path


def function(name: str, returns: str = "int4", **options: Any) -> CatalogFunction:
    """Return a function that service_role may call."""
    given = {"arguments": [], "executable_by": ["service_role"], "has_search_path": True} | options
    return CatalogFunction(schema_name="public", name=name, returns=returns, **given)


UUID_ARGUMENT = CatalogArgument(name="p_id", type="uuid")
LIMIT = CatalogArgument(name="p_limit", type="int4", has_default=True)
COLUMNS = [
    CatalogResult(name="id", type="uuid"),
    CatalogResult(name="tags", type="text", is_array=True),
    CatalogResult(name="json", type="jsonb"),
    CatalogResult(name="odd name", type="numeric"),
]
CATALOG = FunctionCatalog(
    functions=[
        function("add", arguments=[UUID_ARGUMENT, LIMIT], volatility="immutable"),
        function("clear", "void"),
        function("document", "jsonb", volatility="stable"),
        function("first", "record", columns=COLUMNS),
        function("ids", "uuid", returns_set=True),
        function("names", "text", returns_array=True),
        function("people", "record", returns_set=True, columns=COLUMNS, volatility="stable"),
        function("people", "record", returns_set=True, columns=COLUMNS, arguments=[UUID_ARGUMENT]),
        function("rpc"),
        function("class"),
        function("order lines"),
    ]
)


@pytest.fixture(name="module")
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The written module, imported."""
    (tmp_path / "generated_functions.py").write_text(generate(CATALOG))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "generated_functions", raising=False)
    return importlib.import_module("generated_functions")


def test_results_are_what_the_functions_return(module: Any) -> None:
    """Scalars may be null, rows are lists or one of them, JSON is anything."""
    shown = {name: getattr(module, name).__annotations__["return"] for name in (
        "add", "clear", "document", "first", "ids", "names", "people"
    )}  # fmt: skip
    assert {
        "add": "int | None",
        "clear": "None",
        "document": "typing.Any",
        "first": "generated_functions.FirstRow | None",
        "ids": "list[uuid.UUID]",
        "names": "list[str] | None",
        "people": "list[generated_functions.PeopleRow]",
    } == {name: str(kind) for name, kind in shown.items()}


def test_arguments_with_defaults_may_be_left_out(module: Any) -> None:
    """They are not sent, so that the database's own default holds."""
    from uuid import UUID

    assert b'{"p_id":"00000000-0000-0000-0000-000000000000"}' == (
        module.add.request(p_id=UUID(int=0)).content
    )
    assert module.add.stable is True


def test_rows_ask_for_their_columns(module: Any) -> None:
    """Names that Python cannot have are read under others."""
    assert 'id,tags,json_:json,odd_name:"odd name"::text' == module.people.columns


def test_names_that_are_taken_give_way(module: Any) -> None:
    """Overloads, keywords, names of the module itself, and names that are none in Python."""
    assert {
        "people2": "people",
        "rpc_": "rpc",
        "class_": "class",
        "order_lines": "order lines",
    } == {name: getattr(module, name).name for name in ("people2", "rpc_", "class_", "order_lines")}


def test_a_check_of_what_was_written_finds_nothing(module: Any) -> None:
    """Each declaration is the function that it was written from."""
    functions = [each for each in find_functions("generated_functions") if each.name != "people"]
    assert [] == check(functions, CATALOG)


@pytest.mark.parametrize(
    "hidden",
    [
        function("set_updated_at", "trigger"),
        function("secret", executable_by=[]),
        function("bare", arguments=[CatalogArgument(name=None, type="int4")]),
        function("odd", arguments=[CatalogArgument(name="a b", type="int4")]),
        function("reserved", arguments=[CatalogArgument(name="from", type="int4")]),
    ],
    ids=lambda each: each.name,
)
def test_what_cannot_be_called_is_left_out(hidden: CatalogFunction) -> None:
    """Triggers, functions that nobody may execute, and arguments without a name."""
    assert "def " not in generate(FunctionCatalog(functions=[hidden]))


def test_what_the_api_tells_returns_anything() -> None:
    """It does not tell results."""
    told = function("f", "", is_partial=True, executable_by=[])
    assert "def f() -> Any:" in generate(FunctionCatalog(functions=[told]))


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, column=NAMES, schema=NAMES)
def test_no_name_gets_out_of_its_quotes(name: str, column: str, schema: str) -> None:
    """Whatever a database calls things, the module compiles and declares one function."""
    hostile = CatalogFunction(
        schema_name=schema,
        name=name,
        arguments=[],
        returns="record",
        columns=[CatalogResult(name=column, type="text")],
        executable_by=["anon"],
    )
    source = generate(FunctionCatalog(functions=[hostile]))
    code = compile(source, "generated.py", "exec")
    assert 1 == source.count("\n@rpc")
    assert {"rpc", "Row"} <= set(code.co_names)
