"""
Atomic functions over what a database may hold: odd types, odd names, triggers and nulls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt.errors import ConfigError
from supaopt.rpc import FunctionCatalog, Rows, Writes, atomic, draft
from supaopt.selectors import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from supaopt.local import LocalSupabase

ODD = """
create schema odd;
create extension if not exists citext schema extensions;
create domain odd.whole as int default 1;
create domain odd.amount as odd.whole check (value > 0);
create domain odd.needed as int not null;
create table odd.things (
    id int primary key,
    code char(3),
    flags bit(4),
    email extensions.citext unique,
    counted int,
    amount odd.amount not null,
    needed odd.needed
);
create table odd.dropped (id int primary key);
create function odd.skip() returns trigger language plpgsql as 'begin return null; end';
create trigger skip before insert on odd.dropped for each row execute function odd.skip();
"""


@pytest.fixture(name="odd", scope="module")
def _odd(shop: LocalSupabase) -> Iterator[Any]:
    """A session of the owner, with odd tables."""
    with psycopg.connect(shop.db_url, autocommit=True) as connection:
        connection.execute(ODD)
        yield connection
        connection.execute("drop schema odd cascade")


@pytest.fixture(name="catalog", scope="module")
def _catalog(odd: Any, shop: LocalSupabase) -> Catalog:
    """What the database says of them."""
    assert odd
    return Catalog.read(shop.db_url, schemas=["odd"])


@pytest.fixture(name="run")
def _run(odd: Any, catalog: Catalog) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Install a declaration, call it, and return what a query then returns; undone at the end."""

    def run(declaration: Callable[..., object], call: str, query: str = "") -> Any:
        declared = atomic(grant=["service_role"], schema="odd")(declaration)
        odd.execute(draft([declared], catalog).sql)
        called = odd.execute(call)
        return (odd.execute(query) if query else called).fetchall()

    with odd.transaction(force_rollback=True):
        yield run


def test_rows_keep_types_that_have_a_length(run: Callable[..., Any]) -> None:
    """Text of three characters and four bits are read whole, not cut to one."""

    def many(writes: Writes, *, p_rows: Rows) -> None:
        values = {name: p_rows[name] for name in ("id", "code", "flags")}
        writes.insert("things", values | {"needed": 1}, schema="odd")

    call = """select odd.many('[{"id": 1, "code": "abc", "flags": "1010"}]')"""
    assert [("abc", "1010")] == run(many, call, "select code, flags from odd.things")


def test_a_domain_says_what_it_needs_and_has(run: Callable[..., Any], catalog: Catalog) -> None:
    """Its default makes a value dispensable, and its `not null` makes one needed."""

    def lacking(writes: Writes, *, p_id: int) -> None:
        writes.insert("things", {"id": p_id}, schema="odd")

    def whole(writes: Writes, *, p_id: int) -> object:
        thing = writes.insert("things", {"id": p_id, "needed": 2}, schema="odd")
        return {"amount": thing["amount"], "needed": thing["needed"]}

    assert "int4" == catalog.by_name["odd", "things"].by_name["amount"].type
    with pytest.raises(ConfigError, match=r"things\.needed: it needs a value"):
        draft([atomic(grant=["anon"])(lacking)], catalog)
    assert [(1, 2)] == run(whole, "select * from odd.whole(1)")


def test_a_row_is_found_as_its_type_compares(run: Callable[..., Any]) -> None:
    """Citext stays blind to case under an empty search_path, where `=` would be that of text."""

    def found_by_email(writes: Writes, *, p_email: str) -> object:
        row = writes.insert("things", {"id": 1, "needed": 1, "email": "A@b.example"}, schema="odd")
        writes.update("things", {"counted": 1}, where={"email": p_email}, schema="odd")
        return row["id"]

    assert [(1,)] == run(found_by_email, "select odd.found_by_email('a@B.example')")


def test_null_counts_as_nothing(run: Callable[..., Any]) -> None:
    """What was never counted begins at zero, and does not stay null."""

    def count(writes: Writes, *, p_id: int) -> object:
        writes.insert("things", {"id": p_id, "needed": 1}, schema="odd")
        add = {"counted": writes.plus(2)}
        return writes.update("things", add, where={"id": p_id}, schema="odd")["counted"]

    assert [(2,)] == run(count, "select odd.count(1)")


def test_a_row_that_a_trigger_drops_is_not_referred_to(run: Callable[..., Any]) -> None:
    """Without its row there is no id to return: all of it is refused."""

    def dropped(writes: Writes) -> object:
        return writes.insert("dropped", {"id": 1}, schema="odd")["id"]

    with pytest.raises(psycopg.Error, match="dropped: the insert wrote no row") as caught:
        run(dropped, "select odd.dropped()")
    assert "PT409" == caught.value.sqlstate


def test_every_keyword_is_a_name(run: Callable[..., Any], odd: Any) -> None:
    """Functions, and columns of results, may be called like any keyword of SQL or plpgsql."""
    words = [word for (word,) in odd.execute("select word from pg_get_keywords()").fetchall()]
    for word in [*words, "foreach", "if", "loop", "raise", "strict", "while", "item", "target"]:

        def write(writes: Writes, *, p_id: int) -> object:
            row = writes.upsert("things", {"id": p_id, "needed": 1}, schema="odd")
            return {word: row["id"]}  # noqa: B023 - recorded before the next word

        write.__name__ = word
        assert [(3,)] == run(write, f'select "{word}" from odd."{word}"(3)')


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("p_id int, p_code text", "callers of either could get the other"),
        ("p_code bpchar, p_id int", "callers of either could get the other"),
        ("id int, p_code bpchar default 'a'", "Postgres does not rename its arguments"),
        ("p_id int default 1, p_code bpchar default 'a'", "does not take a default"),
        ("p_id int, p_code bpchar default 'a', out id bigint", "does not change its result"),
    ],
)
def test_what_cannot_be_replaced_is_refused(
    odd: Any, shop: LocalSupabase, catalog: Catalog, change: str, expected: str
) -> None:
    """What `create or replace` would fail on, or leave beside it, is told; not so the same."""

    def thing(writes: Writes, *, p_id: int, p_code: str = "a") -> object:
        values = {"id": p_id, "code": p_code, "needed": 1}
        return {"id": writes.insert("things", values, schema="odd")["id"]}

    declared = atomic(grant=["service_role"], schema="odd")(thing)
    out = (
        "" if "out " in change else ", out id int" if not change.startswith("id") else ", out x int"
    )
    old = f"create function odd.thing({change}{out}) language sql as 'select 1'"
    for statement, refused in ((old, True), (draft([declared], catalog).sql, False)):
        odd.execute(statement)
        existing = FunctionCatalog.read(shop.db_url, schemas=["odd"])
        if refused:
            with pytest.raises(ConfigError, match=expected) as caught:
                draft([declared], catalog, existing=existing)
            odd.execute(str(caught.value).partition("drop it first: ")[2])
        else:
            draft([declared], catalog, existing=existing)
            odd.execute(statement)
            odd.execute("drop function odd.thing")
