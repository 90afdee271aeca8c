"""
Atomic functions from declaration to call: written, installed, and called through supabase-py.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql as pg
from typer.testing import CliRunner

from supaopt.cli._app import app
from supaopt.errors import (
    ConfigError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
)
from supaopt.rpc import FunctionCatalog, Rows, Writes, atomic, check, draft, find_functions
from supaopt.rpc._new import quote
from supaopt.selectors import Catalog
from supaopt.testing._clients import client
from supaopt.testing.tokens import SigningKey, mint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from supaopt.local import LocalSupabase

DECLARATIONS = '''
from uuid import UUID

from supaopt.rpc import Rows, Writes, atomic


@atomic(grant=["authenticated", "service_role"])
def place_order(writes: Writes, *, p_customer_id: UUID, p_lines: Rows, p_price: int = 1) -> object:
    """Place an order with its lines, and pay for it."""
    order = writes.insert("orders", {"customer_id": p_customer_id, "meta": {"by": "hand"}})
    writes.insert(
        "order lines",
        {
            "order_id": order["id"],
            "product_id": p_lines["product"],
            "Quantity": p_lines["quantity"],
        },
    )
    writes.update(
        "customers", {"credit": writes.minus(p_price)}, where={"id": p_customer_id}
    )
    return {"order_id": order["id"], "status": order["status"]}


@atomic(grant=["service_role"])
def restock(writes: Writes, *, id: int, left_over: int) -> object:
    """Set what is left of a product, under names that are columns, too."""
    stock = writes.upsert("stock", {"product_id": id, "left_over": left_over})
    return stock["id"]


@atomic(grant=["service_role"])
def drop_product(writes: Writes, *, p_id: int) -> None:
    """Drop a product."""
    writes.delete("stock", where={"product_id": p_id})
'''


@pytest.fixture(name="written", scope="module")
def _written(shop: LocalSupabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The module of wrappers that the command wrote, its migration installed."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop_writes.py").write_text(DECLARATIONS)
    (folder / "migrations").mkdir()
    sys.path.insert(0, str(folder))
    files = ("--sql", str(folder / "migrations"), "--python", str(folder / "shop_functions.py"))
    result = run("rpc", "new", "shop_writes", *files, "--db-url", shop.db_url)
    assert result.exit_code == 0, result.output
    [migration] = (folder / "migrations").iterdir()
    assert migration.name.endswith("_place_order_restock_drop_product.sql")
    with psycopg.connect(shop.db_url, autocommit=True) as connection:
        for _ in range(2):  # as often as one likes
            connection.execute(migration.read_bytes())
    shop.reload_schema()
    yield importlib.import_module("shop_functions")
    sys.path.remove(str(folder))


@pytest.fixture(name="customer")
def _customer(shop: LocalSupabase) -> UUID:
    """A customer with ten of credit."""
    with psycopg.connect(shop.db_url) as connection:
        row = connection.execute(
            "insert into public.customers (credit) values (10) returning id"
        ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


@pytest.fixture(name="state")
def _state(shop: LocalSupabase) -> Callable[[UUID], tuple[int, int, int]]:
    """Return how many orders and lines a customer has, and its credit."""

    def state(customer: UUID) -> tuple[int, int, int]:
        with psycopg.connect(shop.db_url) as connection:
            row = connection.execute(
                "select (select count(*) from public.orders where customer_id = c.id),"
                ' (select count(*) from public."order lines" as l'
                "  inner join public.orders as o on o.id = l.order_id where o.customer_id = c.id),"
                " c.credit from public.customers as c where c.id = %s",
                [customer],
            ).fetchone()
        assert row is not None
        orders, lines, credit = row
        return orders, lines, int(credit)

    return state


def run(*arguments: str) -> Any:
    """Run the command line."""
    bare = ("SUPABASE_DB_URL", "DATABASE_URL", "SUPABASE_URL", "SUPABASE_SECRET_KEY")
    return CliRunner(env=dict.fromkeys(bare)).invoke(app, arguments)


def test_all_is_written(
    written: Any, service: Any, customer: UUID, state: Callable[[UUID], tuple[int, int, int]]
) -> None:
    """One call writes three tables and returns a typed row."""
    lines = [{"product": 1, "quantity": 2}, {"product": 2, "quantity": 1}]
    order = written.place_order(service, p_customer_id=customer, p_lines=lines, p_price=3)
    assert (UUID, "new") == (type(order.order_id), order.status)
    assert (1, 2, 7) == state(customer)


@pytest.mark.parametrize(
    "order",
    [
        {"p_lines": [{"product": 1, "quantity": 2}, {"product": 1, "quantity": 0}], "p_price": 1},
        {"p_lines": [], "p_price": 11},
    ],
    ids=["second", "third"],
)
def test_a_later_write_that_fails_undoes_the_earlier(
    written: Any,
    service: Any,
    customer: UUID,
    state: Callable[[UUID], tuple[int, int, int]],
    order: dict[str, Any],
) -> None:
    """The second or the third write is refused, and nothing at all has happened."""
    with pytest.raises(ResponseError) as caught:
        written.place_order(service, p_customer_id=customer, **order)
    assert "23514" == caught.value.code
    assert (0, 0, 10) == state(customer)


def test_a_foreign_key_is_a_conflict(written: Any, service: Any) -> None:
    """A customer that is not there is told as such."""
    with pytest.raises(ConflictError):
        written.place_order(service, p_customer_id=uuid4(), p_lines=[])


def test_rls_holds_for_each_write(
    written: Any,
    shop: LocalSupabase,
    customer: UUID,
    state: Callable[[UUID], tuple[int, int, int]],
) -> None:
    """A row that the caller may not see is none, and nothing is written; the owner may."""
    key = SigningKey.from_jwk(shop.signing_jwk)
    for caller, expected in ((uuid4(), (0, 0, 10)), (customer, (1, 0, 9))):
        token = mint(key, {"sub": str(caller), "iss": shop.issuer})
        with client(shop.url, shop.publishable_key, token) as user:
            if caller == customer:
                written.place_order(user, p_customer_id=customer, p_lines=[])
            else:
                with pytest.raises(NotFoundError) as caught:
                    written.place_order(user, p_customer_id=customer, p_lines=[])
                assert "customers: no row to update" in str(caught.value)
        assert expected == state(customer)


def test_who_was_not_granted_may_not_call(written: Any, shop: LocalSupabase) -> None:
    """The publishable key alone is anon, whom default privileges would have let in."""
    with client(shop.url, shop.publishable_key) as anonymous, pytest.raises(PermissionDeniedError):
        written.drop_product(anonymous, p_id=1)


def test_an_upsert_keeps_the_row(written: Any, service: Any) -> None:
    """Arguments that are called like columns are told from them, and the row stays the same."""
    first = written.restock(service, id=7, left_over=1)
    assert first == written.restock(service, id=7, left_over=2)
    assert [{"left_over": 2}] == (
        service.table("stock").select("left_over").eq("product_id", 7).execute().data
    )
    assert written.drop_product(service, p_id=7) is None
    with pytest.raises(NotFoundError, match="stock: no row to delete"):
        written.drop_product(service, p_id=7)


def test_a_check_of_what_was_written_finds_nothing(written: Any, shop: LocalSupabase) -> None:
    """`rpc check` passes on generated wrappers, grants and search_path included."""
    assert [] == check(find_functions("shop_functions"), FunctionCatalog.read(shop.db_url))
    assert 0 == run("rpc", "check", "shop_functions", "--db-url", shop.db_url).exit_code


def test_a_changed_signature_is_refused(
    written: Any, shop: LocalSupabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function that is there would stay beside it; written again as it is, it is replaced."""
    monkeypatch.syspath_prepend(tmp_path)
    again = run("rpc", "new", "shop_writes", "shop_writes:restock", "--db-url", shop.db_url)
    assert 0 == again.exit_code, again.output
    (tmp_path / "other_writes.py").write_text(
        "from supaopt.rpc import Writes, atomic\n\n\n"
        '@atomic(grant=["service_role"])\n'
        "def drop_product(writes: Writes, *, p_left: int, p_id: int) -> None:\n"
        '    writes.delete("stock", where={"product_id": p_id, "left_over": p_left})\n'
    )
    told = run("rpc", "new", "other_writes", "--db-url", shop.db_url)
    assert "there is a function public.drop_product(p_id int4)" in str(told.exception)


def test_a_file_is_not_overwritten(written: Any, shop: LocalSupabase, tmp_path: Path) -> None:
    """Nothing is written when one of two files is there, until --force says so."""
    there, other = tmp_path / "there.py", tmp_path / "new.sql"
    there.write_text("mine")
    command = ("rpc", "new", "shop_writes:restock", "--db-url", shop.db_url)
    files = ("--python", str(there), "--sql", str(other))
    told = run(*command, *files)
    assert isinstance(told.exception, ConfigError)
    assert "--force" in str(told.exception)
    assert ("mine", False) == (there.read_text(), other.exists())
    assert 0 == run(*command, *files, "--force").exit_code
    assert "def restock(" in there.read_text()
    assert "public.restock(" in other.read_text()
    same = run(*command, "--sql", str(tmp_path / "one"), "--python", str(tmp_path / "one"))
    assert "--sql and --python name the same file" in str(same.exception)
    nowhere = run(*command, "--sql", str(tmp_path / "no" / "where.sql"))
    assert "cannot be written" in str(nowhere.exception)


def test_both_are_printed(written: Any, shop: LocalSupabase, tmp_path: Path) -> None:
    """Without files both go to stdout, with a snapshot in place of a database too."""
    snapshot = tmp_path / "schema.json"
    snapshot.write_text(Catalog.read(shop.db_url).dump())
    both = run("rpc", "new", "shop_writes", "--snapshot", str(snapshot))
    one = run("rpc", "new", "shop_writes", "--snapshot", str(snapshot), "--sql", "-")
    assert both.stdout.startswith(one.stdout)
    assert "A snapshot holds no functions" in one.stderr
    assert "say --db-url or --snapshot" in str(run("rpc", "new", "shop_writes").exception)
    assert "create or replace function public.restock(" in one.stdout
    assert "@rpc\ndef restock(*, id: int, left_over: int) -> UUID:" in both.stdout


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
NAMES = TEXTS.filter(lambda text: 0 < len(text.encode()) <= 63)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, name=NAMES, conforming=st.sampled_from(["on", "off"]))
def test_quotes_hold_whatever_they_are_given(
    shop_connection: Any, text: str, name: str, conforming: str
) -> None:
    """A constant reads back as itself and a name as itself, with either meaning of backslashes."""
    shop_connection.execute(f"set standard_conforming_strings = {conforming}")
    shop_connection.execute("set backslash_quote = on")
    query = f"select {quote.string(text)}::text as {quote.name(name)}"
    result = shop_connection.execute(query.encode())
    assert (name, text) == (result.description[0].name, result.fetchone()[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(table=NAMES, column=NAMES, summary=TEXTS, word=TEXTS)
def test_no_declaration_gets_out_of_its_quotes(
    shop_connection: Any, table: str, column: str, summary: str, word: str
) -> None:
    """A table, a column, a docstring and a constant of any text make one function that works."""

    def hostile(writes: Writes, *, p_rows: Rows) -> object:
        row = writes.insert(table, {column: word}, schema="hostile")
        writes.insert(table, {column: p_rows["text"]}, schema="hostile")
        return row[column]

    hostile.__doc__ = summary
    declared = atomic(grant=["service_role"], schema="hostile")(hostile)
    with shop_connection.transaction(force_rollback=True):
        shop_connection.execute("create schema hostile")
        shop_connection.execute(
            pg.SQL("create table hostile.{} ({} text)").format(
                pg.Identifier(table), pg.Identifier(column)
            )
        )
        catalog = Catalog.model_validate(
            {
                "tables": [
                    {
                        "schema_name": "hostile",
                        "name": table,
                        "columns": [{"name": column, "type": "text", "sql_type": "text"}],
                    }
                ],
                "keys": [],
            }
        )
        written = draft([declared], catalog)
        compile(written.python, "hostile.py", "exec")
        shop_connection.execute(written.sql.encode())
        called = shop_connection.execute(
            'select hostile.hostile(\'[{"text": "a"}, {}]\')'
        ).fetchone()
        functions = shop_connection.execute(
            "select count(*) from pg_proc where pronamespace = 'hostile'::regnamespace"
        ).fetchone()
        rows = shop_connection.execute(
            pg.SQL("select count(*) from hostile.{}").format(pg.Identifier(table))
        ).fetchone()
    assert ((word,), (1,), (3,)) == (called, functions, rows)


@pytest.fixture(name="shop_connection", scope="module")
def _shop_connection(shop: LocalSupabase) -> Iterator[Any]:
    """A session of the owner."""
    with psycopg.connect(shop.db_url, autocommit=True) as connection:
        yield connection
