"""
Declared functions against a database's catalogue.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from supaopt.errors import ConfigError
from supaopt.rpc import (
    CatalogArgument,
    CatalogFunction,
    CatalogResult,
    FunctionCatalog,
    check,
    find_functions,
    rpc,
)
from supaopt.selectors import Row


class Stats(BaseModel):
    """A row."""

    id: int
    name: str | None
    extra: str = ""


@rpc(stable=True)
def get_stats(*, p_id: UUID, p_limit: int = 10) -> list[Stats]:
    """Return rows."""
    raise NotImplementedError


@rpc(stable=True)
def get_one(*, p_id: UUID, p_limit: int = 10) -> Stats:
    """Return one row."""
    raise NotImplementedError


@rpc(stable=True)
def get_maybe(*, p_id: UUID, p_limit: int = 10) -> Stats | None:
    """Return a row or none."""
    raise NotImplementedError


@rpc(stable=True)
def count_all(*, p_id: UUID, p_limit: int = 10) -> int:
    """Return a number."""
    raise NotImplementedError


class Narrow(Row):
    """A row that asks for its columns."""

    id: int


@rpc(stable=True)
def get_row(*, p_id: UUID, p_limit: int = 10) -> list[Narrow]:
    """Return rows of which one column is asked for."""
    raise NotImplementedError


def function(**options: Any) -> CatalogFunction:
    """Return `get_stats` as it is declared, but for *options*."""
    right = {
        "schema_name": "public",
        "name": "get_stats",
        "arguments": [
            CatalogArgument(name="p_id", type="uuid"),
            CatalogArgument(name="p_limit", type="int4", has_default=True),
        ],
        "returns": "record",
        "returns_set": True,
        "columns": [
            CatalogResult(name="id", type="int4"),
            CatalogResult(name="name", type="text"),
        ],
        "volatility": "stable",
        "has_search_path": True,
        "executable_by": ["service_role"],
    }
    return CatalogFunction(**right | options)


def test_what_is_right_is_not_told() -> None:
    """A declaration that is the database's own has no finding."""
    assert check([get_stats], FunctionCatalog(functions=[function()])) == []


ID = CatalogArgument(name="p_id", type="uuid")
LIMIT = CatalogArgument(name="p_limit", type="int4", has_default=True)


@pytest.mark.parametrize(
    ("options", "problem", "message", "suggestion"),
    [
        (
            {"name": "get_statz"},
            "function",
            "there is no function public.get_stats",
            "get_statz",
        ),
        (
            {"arguments": [ID, CatalogArgument(name="p_limits", type="int4", has_default=True)]},
            "argument",
            "it takes no argument p_limit",
            "p_limits",
        ),
        (
            {"arguments": [ID, CatalogArgument(name="p_limit", type="int4")]},
            "argument",
            "p_limit has no default in the database",
            "no default for p_limit",
        ),
        (
            {"arguments": [ID, LIMIT, CatalogArgument(name="p_new", type="int4")]},
            "argument",
            "it needs an argument p_new",
            "add p_new",
        ),
        ({"returns": "void", "columns": None}, "result", "it returns nothing", "-> None"),
        ({"returns_set": False}, "result", "it returns one value", "-> X"),
        (
            {"columns": [CatalogResult(name="id", type="int4")]},
            "result",
            "its rows have no column name",
            None,
        ),
        (
            {
                "columns": [
                    CatalogResult(name="id", type="uuid"),
                    CatalogResult(name="name", type="text"),
                ]
            },
            "result",
            "id: uuid is read as UUID or str",
            None,
        ),
        (
            {"volatility": "volatile"},
            "volatility",
            "it is VOLATILE: it may write",
            "say stable=False",
        ),
        (
            {"has_search_path": False},
            "security",
            "it trusts the caller's search_path",
            "set search_path = ''",
        ),
        ({"executable_by": []}, "grant", "no role of the API may execute it", "grant execute"),
        (
            {"is_definer": True, "executable_by": ["anon"]},
            "grant",
            "it runs with its owner's rights, and anybody may execute it",
            "revoke execute from public, anon",
        ),
    ],
)
def test_what_differs_is_told_with_what_was_meant(
    options: dict[str, Any], problem: str, message: str, suggestion: str | None
) -> None:
    """Each way to disagree has its sentence and, where there is one, its remedy."""
    catalog = FunctionCatalog(functions=[function(**options)])
    (finding,) = check([get_stats], catalog)
    assert finding.function == "get_stats"
    assert (finding.problem, finding.message, finding.suggestion) == (problem, message, suggestion)


def test_a_set_for_one_row_is_told() -> None:
    """A function that may return no row is not `-> X`; `-> X | None` will do."""
    catalog = FunctionCatalog(functions=[function(name="get_one"), function(name="get_maybe")])
    (finding,) = check([get_one, get_maybe], catalog)
    assert finding.suggestion == "-> list[X] or X | None"


def test_a_scalar_is_compared_by_its_type() -> None:
    """A text is no int."""
    found = function(name="count_all", returns="text", returns_set=False, columns=None)
    (finding,) = check([count_all], FunctionCatalog(functions=[found]))
    assert finding.message == "text is read as str"


def test_json_may_be_anything() -> None:
    """What a document holds, the catalogue does not know."""
    found = function(returns="jsonb", returns_set=False, columns=None)
    assert check([get_stats], FunctionCatalog(functions=[found])) == []


def test_json_has_no_columns_to_choose() -> None:
    """A `Row` would ask for columns of a document."""
    found = function(name="get_row", returns="jsonb", returns_set=False, columns=None)
    (finding,) = check([get_row], FunctionCatalog(functions=[found]))
    assert finding.suggestion == "a BaseModel in place of the Row"


def test_of_several_the_nearest_is_compared() -> None:
    """An overload with other arguments is left alone."""
    other = function(arguments=[CatalogArgument(name="p_other", type="text")])
    assert check([get_stats], FunctionCatalog(functions=[other, function()])) == []


def test_a_modules_functions_are_found() -> None:
    """Those that it declares or imports."""
    assert get_stats.name not in {each.name for each in find_functions("supaopt.rpc.lms")}
    assert len(find_functions("supaopt.rpc.lms")) == 12


@pytest.mark.parametrize("module", ["no.such.module", "json"])
def test_a_module_without_any_is_told(module: str) -> None:
    """The error names the module."""
    with pytest.raises(ConfigError, match=module):
        find_functions(module)
