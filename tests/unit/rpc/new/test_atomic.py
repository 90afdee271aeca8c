"""
Declarations, taken down.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from supaopt.errors import ConfigError
from supaopt.rpc import Rows, Writes, atomic, find_atomic


@atomic(grant=["service_role", "authenticated", "service_role"])
def place(writes: Writes, *, p_id: int, p_lines: Rows, p_note: str = "x") -> object:
    """
    Place an order.

    More than one line of it.
    """
    order = writes.insert("orders", {"customer_id": p_id, "note": p_note})
    writes.insert("lines", {"order_id": order["id"], "product_id": p_lines["product"]})
    return order["id"]


def test_steps_are_taken_down_in_order() -> None:
    """Running a declaration yields its steps, parameters and result."""
    recording = place.record()
    assert [("insert", "orders"), ("insert", "lines")] == [
        (step.verb, step.table) for step in recording.steps
    ]
    assert ["p_id", "p_lines", "p_note"] == [each.name for each in recording.parameters]
    assert recording.result.step is recording.steps[0]  # type: ignore[attr-defined]


def test_a_declaration_knows_what_it_is_called() -> None:
    """Name, first line of the docstring, and each role once."""
    assert ("place", "Place an order.", ("service_role", "authenticated")) == (
        place.name,
        place.summary,
        place.grant,
    )
    assert "AtomicFunction(place)" == repr(place)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda value: f"{value}",
        str,
        lambda value: 1 if value else 2,
        lambda value: value == 1,
        lambda value: value > 1,
        list,
        int,
        lambda value: value * 2,
        lambda value: value.upper(),
        lambda value: 1 in value,
    ],
)
@pytest.mark.parametrize("which", [0, 1, 2], ids=["value", "rows", "step"])
def test_a_placeholder_is_no_value(misuse: Any, which: int) -> None:
    """Whatever would depend on the value is refused, rather than decided once for all calls."""

    @atomic(grant=["service_role"])
    def wrong(writes: Writes, *, p_id: int, p_rows: Rows) -> None:
        misuse([p_id, p_rows, writes.insert("orders", {"id": p_id})][which])

    with pytest.raises(ConfigError, match="a declaration"):
        wrong.record()


@pytest.mark.parametrize("grant", [[], ["postgres"], ["authenticated; drop table x"], "anon"])
def test_who_may_call_must_be_said(grant: Any) -> None:
    """Only the API's roles can be granted a function."""
    with pytest.raises(ConfigError, match="name who may call it"):
        atomic(grant=grant)(lambda writes: None)


def test_a_parameter_needs_a_name() -> None:
    """Variable arguments have none that Postgres could know."""

    def many(writes: Writes, *values: int) -> None:
        writes.insert("orders", {"id": values})

    with pytest.raises(ConfigError, match="no name"):
        atomic(grant=["anon"])(many)
    with pytest.raises(ConfigError, match="takes the Writes"):
        atomic(grant=["anon"])(lambda: None)  # type: ignore[arg-type, misc]


def test_a_list_of_rows_has_no_default() -> None:
    """It would be left out in silence."""

    def many(writes: Writes, *, p_lines: Rows = None) -> None:  # type: ignore[assignment]
        writes.insert("lines", {"id": p_lines["id"]})

    with pytest.raises(ConfigError, match="no default"):
        atomic(grant=["anon"])(many).record()


def test_names_that_plpgsql_has_are_refused() -> None:
    """`found` would be whether the last step hit a row, not what the caller passes."""

    def flag(writes: Writes, *, found: bool) -> None:
        writes.insert("flags", {"is_set": found})

    with pytest.raises(ConfigError, match="'found' cannot name a parameter"):
        atomic(grant=["anon"])(flag)


def test_a_coroutine_is_refused() -> None:
    """It would declare nothing until somebody awaits it."""

    async def later(writes: Writes) -> None:
        """Place an order later."""
        writes.insert("orders", {"id": 1})

    with pytest.raises(ConfigError, match="no coroutine"):
        atomic(grant=["anon"])(later)


def test_names_are_whole_in_postgres() -> None:
    """What Postgres would cut off is refused."""

    def short(writes: Writes, *, p: int) -> None:
        writes.insert("orders", {"id": p})

    short.__name__ = "x" * 64
    with pytest.raises(ConfigError, match="1 to 63 bytes"):
        atomic(grant=["anon"])(short)


def test_a_type_that_is_not_there_is_told() -> None:
    """The error names it."""

    def untyped(writes: Writes, *, p: Nowhere) -> None:  # type: ignore[name-defined] # noqa: F821
        writes.insert("orders", {"id": p})

    with pytest.raises(ConfigError, match="Nowhere"):
        atomic(grant=["anon"])(untyped).record()


def test_the_key_of_an_upsert_is_a_list() -> None:
    """One text would be a list of letters."""
    with pytest.raises(ConfigError, match="list of columns"):
        Writes().upsert("stock", {"id": 1}, on="id")


def test_declarations_are_found_by_module_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a module, or one of them; a misspelt one comes with the right name."""
    module = ModuleType("app_writes")
    module.place = place  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app_writes", module)
    monkeypatch.setitem(sys.modules, "app_empty", ModuleType("app_empty"))
    assert [place] == find_atomic("app_writes") == find_atomic("app_writes:place")
    module.alias = place  # type: ignore[attr-defined]
    other = atomic(grant=["anon"], schema="other")(place._function)
    module.other = other  # type: ignore[attr-defined]
    assert [place, other] == find_atomic("app_writes")
    for path, reason in [
        ("app_writes:plaze", "did you mean `place`"),
        ("app_writes:zzz", "it declares place"),
        ("app_empty", "declares no function"),
        ("app_nowhere", "cannot be imported"),
    ]:
        with pytest.raises(ConfigError, match=reason):
            find_atomic(path)
