"""
What is written down: the migration and the wrappers.
"""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from supaopt.errors import ConfigError
from supaopt.rpc import (
    CatalogArgument,
    CatalogFunction,
    FunctionCatalog,
    Rows,
    Rpc,
    Writes,
    atomic,
    draft,
)
from supaopt.selectors import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.selectors import Catalog

ROOT = Path(__file__).parents[4]


@atomic(grant=["authenticated", "service_role"])
def place_order(
    writes: Writes, *, p_customer_id: UUID, p_lines: Rows, p_note: str | None = None
) -> object:
    """Place an order with its lines."""
    order = writes.insert(
        "orders",
        {"customer_id": p_customer_id, "note": p_note, "status": "new", "meta": {"by": "hand"}},
    )
    writes.insert(
        "order lines",
        {
            "order_id": order["id"],
            "product_id": p_lines["product"],
            "Quantity": p_lines["quantity"],
        },
    )
    return {"order_id": order["id"], "created_at": order["created_at"]}


@atomic(grant=["service_role"])
def count_stock(writes: Writes, *, p_product_id: int, p_add: int = 1) -> object:
    """Count a product."""
    stock = writes.update(
        "stock",
        {"in_stock": writes.plus(p_add), "counted_at": writes.now()},
        where={"product_id": p_product_id, "counted_by": None},
    )
    return stock["in_stock"]


@atomic(grant=["service_role"])
def target(writes: Writes, *, steps: int) -> None:
    r"""Called "as the generator" itself calls \\things."""
    stock = writes.upsert("stock", {"product_id": steps})
    writes.delete("stock", where={"product_id": stock["product_id"]}, must_exist=False)


EVERY = [place_order, count_stock, target]


@pytest.fixture(name="module")
def _module(shop: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The wrappers, imported."""
    (tmp_path / "drafted_functions.py").write_text(draft(EVERY, shop).python)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "drafted_functions", raising=False)
    return vars(importlib.import_module("drafted_functions"))


def test_a_function_trusts_nobody(shop: Catalog) -> None:
    """It runs as who calls, finds nothing by search_path, and is granted by name alone."""
    sql = draft([place_order], shop).sql
    assert "security invoker\nset search_path = ''\n" in sql
    assert (
        "revoke execute on function public.place_order(uuid, jsonb, character varying)\n"
        "from public, anon, authenticated, service_role;\n"
        "grant execute on function public.place_order(uuid, jsonb, character varying)\n"
        "to authenticated, service_role;\n"
    ) in sql
    assert sql.index("revoke execute") < sql.index("grant execute")
    assert ["Purpose", "Who", "Locks", "Undo"] == re.findall(r"^-- (\w+):", sql, re.MULTILINE)


def test_rows_are_inserted_one_each(shop: Catalog) -> None:
    """A list of rows is read by its declared types, in one statement."""
    sql = draft([place_order], shop).sql
    assert (
        '    insert into public."order lines" as target (order_id, product_id, "Quantity")\n'
        "    select\n"
        "        steps.v_orders_id,\n"
        "        item.product,\n"
        "        item.quantity\n"
        "    from pg_catalog.jsonb_to_recordset(place_order.p_lines) as item (\n"
        "        product integer,\n"
        "        quantity integer\n"
        "    );\n"
    ) in sql


def test_an_update_that_hits_nothing_fails(shop: Catalog) -> None:
    """It changes what was there, finds null by null, and demands a row."""
    sql = draft([count_stock], shop).sql
    assert "        in_stock = target.in_stock + count_stock.p_add,\n" in sql
    assert "        and target.counted_by is null\n" in sql
    assert "if not found then\n        raise exception using\n            errcode = 'PT404'" in sql
    assert "returns integer\n" in sql
    assert "    return steps.v_stock_in_stock;\n" in sql


def test_names_of_the_generator_give_way(shop: Catalog) -> None:
    """A function called like an alias of the body is still told from it."""
    sql = draft([target], shop).sql
    assert "insert into public.stock as target_2 (product_id)" in sql
    assert "        target.steps\n" in sql
    assert "target_2.product_id = steps.v_stock_product_id;" in sql


def test_wrappers_are_rpcs(module: dict[str, Any]) -> None:
    """Each is a typed function with the arguments and the result of its SQL."""
    order, count, last = (module[each.name] for each in EVERY)
    assert [Rpc] * 3 == [type(each) for each in (order, count, last)]
    assert module["PlaceOrderResult"] is order.returns
    assert issubclass(order.returns, Row)
    assert "order_id,created_at" == order.columns
    assert (int, None) == (count.returns, last.returns)
    assert {"p_product_id": int, "p_add": int, "return": int} == count.__annotations__
    assert 1 == count.parameters["p_add"].default
    assert b'{"p_customer_id":"00000000-0000-0000-0000-000000000001","p_lines":[]}' == (
        order.request(p_customer_id=UUID(int=1), p_lines=[]).content
    )
    assert {"product": int, "quantity": int} == module["PlaceOrderLinesRow"].__annotations__
    assert EVERY[2].summary in last.__doc__


def test_a_function_gets_no_second_one_of_its_name(shop: Catalog) -> None:
    """The same arguments replace it; others would stand beside it."""

    def there(*arguments: CatalogArgument) -> FunctionCatalog:
        return FunctionCatalog(
            functions=[
                CatalogFunction(
                    schema_name="public", name="count_stock", arguments=[*arguments], returns="int4"
                )
            ]
        )

    product = CatalogArgument(name="p_product_id", type="int8")
    same = there(product, CatalogArgument(name="p_add", type="int4", has_default=True))
    assert draft(EVERY, shop) == draft(EVERY, shop, existing=same)
    with pytest.raises(ConfigError) as caught:
        draft(EVERY, shop, existing=there(product))
    assert "there is a function public.count_stock(p_product_id int8)" in str(caught.value)


@pytest.mark.parametrize("default", ["nan", "inf", "-inf"])
def test_a_default_that_is_no_number_is_code_too(shop: Catalog, default: str) -> None:
    """Python has no literal of it, and the module is imported all the same."""

    def note(writes: Writes, *, p_meta: object = float(default)) -> None:
        writes.insert("orders", {"customer_id": writes.caller(), "status": "new", "meta": p_meta})

    namespace: dict[str, Any] = {"__name__": __name__}
    exec(draft([atomic(grant=["service_role"])(note)], shop).python, namespace)
    assert default == str(namespace["note"].parameters["p_meta"].default)


def test_two_of_one_name_are_refused(shop: Catalog) -> None:
    """The second would hide the first in the module of wrappers."""
    other = atomic(grant=["service_role"], schema="other")(count_stock._function)
    with pytest.raises(ConfigError, match="count_stock: two declarations have this name"):
        draft([count_stock, other], shop)


def test_what_the_api_tells_is_too_little(shop: Catalog) -> None:
    """Its document knows no unique key and no generated column, so nothing is made of it."""
    with pytest.raises(ConfigError, match="read a database, or a snapshot of one"):
        draft(EVERY, shop.model_copy(update={"is_partial": True}))


def test_a_null_counts_as_nothing(shop: Catalog) -> None:
    """Null plus one would be null."""

    @atomic(grant=["service_role"])
    def charge(writes: Writes, *, p_id: UUID, p_fee: int) -> None:
        writes.update("orders", {"total": writes.minus(p_fee)}, where={"id": p_id})

    assert "total = coalesce(target.total, 0) - charge.p_fee\n" in draft([charge], shop).sql


@pytest.fixture(name="lint")
def _lint(tmp_path: Path) -> Callable[..., str]:
    """Run a linter on a text and return what it says."""

    def lint(program: str, name: str, text: str, *arguments: str) -> str:
        found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(
            program
        )
        if found is None:
            pytest.skip(f"{program} is not here")
        path = tmp_path / name
        path.write_text(text)
        finished = subprocess.run(
            [found, *arguments, str(path)], capture_output=True, text=True, check=False
        )
        return "" if finished.returncode == 0 else finished.stdout + finished.stderr

    return lint


@pytest.fixture(name="long")
def _long(shop: Catalog) -> str:
    """A migration whose signatures are longer than a line."""
    names = [f"p_{number}" for number in range(9)]
    lines = [f"    writes.insert('orders', dict(customer_id={n}, status='new'))" for n in names]
    source = f"def long_one(writes, *, {', '.join(names)}):\n" + "\n".join(lines)
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return draft([*EVERY, atomic(grant=["service_role"])(namespace["long_one"])], shop).sql


def test_the_migration_is_clean(lint: Callable[..., str], long: str) -> None:
    """Neither sqlfluff, by the project's own rules, nor squawk has a finding."""
    config = str(ROOT / "pyproject.toml")
    assert "" == lint("sqlfluff", "new.sql", long, "lint", "--config", config)
    settings = "require-lock-timeout,require-statement-timeout"
    assert "" == lint("squawk", "new.sql", long, "--assume-in-transaction", "--exclude", settings)


def test_the_wrappers_are_clean(lint: Callable[..., str], shop: Catalog) -> None:
    """They are formatted, and ruff has no finding."""
    python = draft(EVERY, shop).python
    options = ("--isolated", "--line-length=100")
    assert "" == lint("ruff", "new.py", python, "format", "--check", *options)
    assert "" == lint("ruff", "new.py", python, "check", "--select=E,F,I,UP,B,Q", *options)
