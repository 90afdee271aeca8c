"""
The declared functions are those of the SQL files.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from supaopt import rpc as package
from supaopt import sql
from supaopt.rpc import Rpc

FUNCTIONS = {name: each for name, each in vars(package).items() if isinstance(each, Rpc)}
ASSETS = {
    asset.name.removeprefix("public."): asset.sql
    for asset in sql.assets("core", "lms")
    if asset.kind == "function" and asset.name.startswith("public.")
}
# Called by Auth or by an administrator, never through the API.
NOT_CALLED = {"custom_access_token_hook", "check_access_token_hook"}


def _head(name: str) -> str:
    found = re.search(
        r"create or replace function public\.\w+\s*\((.*?)\)\s*\nreturns (.*?)\nas \$\$",
        ASSETS[name],
        re.DOTALL,
    )
    assert found is not None
    return found[0]


def _arguments(name: str) -> dict[str, bool]:
    # Argument names, and whether each has a default.
    head = re.sub(r"\([\d, ]+\)", "", _head(name).partition("\nreturns ")[0])
    inside = head[head.index("(") + 1 : head.rindex(")")]
    parts = [part.strip() for part in re.split(r",\s*(?=p_)", inside) if part.strip()]
    return {part.split()[0]: " default " in part for part in parts}


@pytest.mark.parametrize("name", sorted(ASSETS.keys() - NOT_CALLED))
def test_every_function_of_the_api_has_a_wrapper(name: str) -> None:
    """What is installed can be called."""
    assert name in FUNCTIONS


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_wrapper_has_the_functions_arguments(name: str) -> None:
    """Names, and which may be left out, are those of the SQL file."""
    parameters = FUNCTIONS[name].parameters.values()
    ours = {each.name: each.default is not each.empty for each in parameters}
    assert ours == _arguments(name)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_wrapper_knows_whether_its_function_only_reads(name: str) -> None:
    """`stable` is true exactly where the SQL file says so."""
    assert FUNCTIONS[name].stable == ("\nstable\n" in _head(name))


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_wrapper_can_read_its_answer(function: Rpc[..., Any]) -> None:
    """Every return annotation is one that JSON can become."""
    assert function.returns is None or function.returns
