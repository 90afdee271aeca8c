"""
Declarations against a catalogue: what is refused, and what is meant.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - the declaration's types are read at run time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from supaopt.errors import ConfigError
from supaopt.rpc import Rows, Step, Writes, atomic
from supaopt.rpc._new.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.selectors import Catalog

ORDER = {"customer_id": UUID(int=1), "status": "new"}


def refusal(catalog: Catalog, body: Callable[..., object], parameters: str = "") -> str:
    """Return why a declaration with *body* is refused; it is handed the parameters by name."""
    namespace: dict[str, Any] = {"Rows": Rows, "UUID": UUID}

    def called(*arguments: object) -> object:
        result = body(*arguments)
        return None if isinstance(result, Step) else result

    namespace["called"] = called
    names = [part.partition(":")[0].partition("=")[0].strip() for part in parameters.split(",")]
    handed = ", ".join(name for name in names if name)
    star = "*, " if parameters else ""
    exec(f"def f(writes, {star}{parameters}):\n    return called(writes, {handed})", namespace)
    with pytest.raises(ConfigError) as caught:
        resolve(atomic(grant=["service_role"])(namespace["f"]), catalog)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lambda w: None, "f: it declares no write"),
        (lambda w: w.insert("ordrs", {"a": 1}), "no table public.ordrs; did you mean `orders`?"),
        (lambda w: w.insert("orders", {}), "an insert needs values"),
        (
            lambda w: w.insert("orders", {"notes": 1}),
            "orders has no column notes; did you mean `note`?",
        ),
        (lambda w: w.insert("orders", {"status": "new"}), "orders.customer_id: it needs a value"),
        (lambda w: w.insert("order lines", {"id": 1}), "order lines.id: the database makes"),
        (
            lambda w: w.insert("orders", ORDER | {"status": "neww"}),
            "orders.status: 'neww' is none of new, sent; did you mean `new`?",
        ),
        (lambda w: w.insert("orders", ORDER | {"customer_id": 1}), "1 cannot be its value: uuid"),
        (lambda w: w.insert("orders", ORDER | {"tags": "a"}), "'a' cannot be its value: text[]"),
        (lambda w: w.insert("orders", ORDER | {"note": w.now()}), "now() is for dates and times"),
        (lambda w: w.insert("orders", ORDER | {"note": w.caller()}), "caller() is for a uuid"),
        (lambda w: w.insert("orders", ORDER | {"total": w.plus(1)}), "plus and minus are for an"),
        (lambda w: w.update("stock", {"in_stock": 1}, where={}), "the update names no row"),
        (lambda w: w.delete("stock", where={}), "the delete names no row"),
        (
            lambda w: w.update("orders", {"note": w.plus(1)}, where={"id": UUID(int=1)}),
            "plus and minus are for numbers; it is character varying",
        ),
        (
            lambda w: w.update("stock", {"in_stock": w.plus(w.plus(1))}, where={"product_id": 1}),
            "it cannot take a change",
        ),
        (
            lambda w: w.update("stock", {"in_stock": w.plus(None)}, where={"product_id": 1}),
            "plus and minus take a number",
        ),
        (
            lambda w: w.insert("a", {"b": 1}, schema="private"),
            "no table of the schema private: read it with that schema (--schema)",
        ),
        (lambda w: w.upsert("stock", {"in_stock": 1}, on=["in_stock"]), "stock.product_id: it"),
        (
            lambda w: w.upsert("stock", {"product_id": 1, "in_stock": 1}, on=["in_stock"]),
            "no unique key has the columns ['in_stock']: product_id",
        ),
        (lambda w: w.upsert("orders", ORDER), "needs a value for each column of its key: ['id']"),
        (lambda w: [w.insert("orders", ORDER)], "it returns None, a column of a step, or a dict"),
        (lambda w: {"x": w.insert("orders", ORDER)}, "x: the result is made of columns"),
        (lambda w: {"x": 1} | {"y": w.insert("orders", ORDER)}, "x: the result is made of"),
        (
            lambda w: w.update("stock", {"in_stock": 1}, where={"in_stock": 2})["product_id"],
            "may hit several rows, so no step can refer to one; say where by a whole unique key",
        ),
        (
            lambda w: w.update("stock", {"in_stock": 1}, where={"product_id": None})["in_stock"],
            "may hit several rows",
        ),
        (
            lambda w: w.delete("stock", where={"product_id": 2}, must_exist=False)["in_stock"],
            "a row that need not exist cannot be referred to",
        ),
        (
            lambda w: w.delete("orders", where={"id": w.insert("orders", ORDER)}),
            "it cannot take a whole row",
        ),
    ],
)
def test_what_cannot_work_is_refused(shop: Catalog, body: Any, expected: str) -> None:
    """Each refusal names the place, the reason and what is meant."""
    assert expected in refusal(shop, body)


@pytest.mark.parametrize(
    ("parameters", "body", "expected"),
    [
        ("p: int", lambda w, p: w.delete("stock", where={"product_id": 1}), "p: no step uses it"),
        ("p: Rows", lambda w, p: w.delete("stock", where={"product_id": 1}), "p: no step writes a"),
        ("p: Rows", lambda w, p: w.delete("stock", where={"product_id": p}), "a list of rows"),
        (
            "p: Rows",
            lambda w, p: w.delete("stock", where={"product_id": p["x"]}),
            "it cannot take a field of many rows",
        ),
        (
            "p: Rows, q: Rows",
            lambda w, p, q: w.insert(
                "orders", {"customer_id": p["a"], "status": "new", "note": q["b"]}
            ),
            "one insert takes the rows of one parameter",
        ),
        (
            "p: Rows",
            lambda w, p: w.insert("orders", ORDER | {"note": p["a"]})["id"],
            "its insert writes many rows",
        ),
        ("p: Rows", lambda w, p: w.insert("orders", ORDER | {"note": p["a b"]}), "'a b' cannot"),
        (
            "p",
            lambda w, p: w.insert("orders", ORDER | {"note": p, "total": p}),
            "p: it cannot have every type: orders.note is character varying, orders.total is",
        ),
        (
            "p: int",
            lambda w, p: w.insert("orders", ORDER | {"note": p}),
            "p: its annotation cannot be right: varchar is read as str",
        ),
        (
            "p='x'",
            lambda w, p: w.delete("orders", where={"id": p}),
            "a uuid has no default here but None",
        ),
        (
            "p=1.5",
            lambda w, p: w.delete("stock", where={"product_id": p}),
            "1.5 cannot be its value",
        ),
        (
            "p=None",
            lambda w, p: w.delete("orders", where={"note": p}),
            "p: it has no default None: orders.note is compared with it",
        ),
        (
            "p=None",
            lambda w, p: w.update("orders", {"total": w.plus(p)}, where={"id": UUID(int=1)}),
            "p: it has no default None: orders.total is compared with it or changed by it",
        ),
        (
            "p",
            lambda w, p: w.insert("orders", ORDER | {"note": p, "meta": {"by": [p]}}),
            "orders.meta: what it holds comes with each call: take it whole as a parameter",
        ),
        (
            "p",
            lambda w, p: w.insert("orders", ORDER | {"note": p, "tags": [p]}),
            "orders.tags: what it holds comes with each call",
        ),
        (
            "order_id: UUID",
            lambda w, key: {"order_id": w.upsert("orders", ORDER | {"id": key})["id"]},
            "a column of the result, which Postgres refuses; call the parameter p_order_id",
        ),
    ],
)
def test_parameters_have_one_type_and_a_use(
    shop: Catalog, parameters: str, body: Any, expected: str
) -> None:
    """A parameter that cannot be typed, or that nothing needs, is refused."""
    assert expected in refusal(shop, body, parameters)


def test_a_step_of_another_declaration_is_refused(shop: Catalog) -> None:
    """Only an earlier step of the same declaration has a row to refer to."""
    strange = Writes().insert("orders", ORDER)
    told = refusal(shop, lambda w: w.insert("orders", ORDER | {"customer_id": strange["id"]}))
    assert "id is of a step that is no earlier one" in told


def test_types_of_columns_that_refer_to_each_other_must_agree(shop: Catalog) -> None:
    """A uuid cannot go into a number."""

    def body(writes: Writes) -> None:
        order = writes.insert("orders", ORDER)
        writes.update("stock", {"in_stock": order["id"]}, where={"product_id": 1})

    assert "stock.in_stock: it is integer, and orders.id is uuid" in refusal(shop, body)


def test_a_parameter_takes_the_widest_of_related_types(shop: Catalog) -> None:
    """What goes to an integer and to a bigint is a bigint."""

    @atomic(grant=["service_role"])
    def count(writes: Writes, *, p: int) -> None:
        writes.upsert("stock", {"product_id": p, "in_stock": p})

    [argument] = resolve(count, shop).arguments
    assert argument.column is not None
    assert "bigint" == argument.column.sql_type


def test_what_is_compared_or_added_is_not_null(shop: Catalog) -> None:
    """The column may be null, but a caller who passes null would find or change nothing."""

    @atomic(grant=["service_role"])
    def change(writes: Writes, *, p_note: str | None, p_add: Decimal | None) -> None:
        add = {"total": writes.plus(p_add)}
        writes.update("orders", add, where={"note": p_note})

    assert [False, False] == [each.optional for each in resolve(change, shop).arguments]
