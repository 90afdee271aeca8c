"""
A writer whose snapshot is older than a change of the table: it is never refused, nothing is missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_TABLE = """
create table public.moving (id bigint primary key, a bigint, b bigint);
insert into public.moving values (1, 10, 20);
select supaopt.watch_table('public.moving', '{moving,"a:{a}"}');
"""
_SWAP = """
alter table public.moving rename a to c;
alter table public.moving rename b to a;
alter table public.moving rename c to b;
"""
_LOGGED = """
select exists (
    select from supaopt.log as l
    where l.tag = hashtextextended(%s collate "C", 0) and l.xid >= %s
)
"""


@pytest.fixture(name="pair")
def _pair(cluster: Any) -> Iterator[tuple[Connection, Connection]]:
    """
    The owner, and a writer in a transaction whose snapshot is taken.
    """
    with (
        cluster.database("core") as name,
        cluster.connect(name) as owner,
        cluster.connect(name) as writer,
    ):
        owner.execute(_TABLE.encode())
        writer.execute("begin isolation level repeatable read")
        writer.execute("select")
        yield owner, writer


def test_a_column_renamed_after_the_snapshot_fails_no_write(
    pair: tuple[Connection, Connection],
) -> None:
    """The writer's catalogue still has the column's old name, which the table has no more."""
    owner, writer = pair
    owner.execute("alter table public.moving rename a to c")
    assert 1 == writer.execute("update public.moving set c = 11").rowcount
    writer.execute("commit")


def test_columns_swapped_after_the_snapshot_deceive_nobody(
    pair: tuple[Connection, Connection],
) -> None:
    """The tag of the row cannot be named any more, so that all tags of its kind end."""
    owner, writer = pair
    owner.execute(_SWAP.encode())
    writer.execute("update public.moving set b = 11")
    xid = writer.execute("select pg_current_xact_id()").fetchone()
    assert xid is not None
    writer.execute("commit")
    assert (True,) == owner.execute(_LOGGED.encode(), ["a:*", xid[0]]).fetchone()


def test_an_unchanged_table_keeps_its_tags(pair: tuple[Connection, Connection]) -> None:
    """An old snapshot alone costs no precision: the row's own tags are logged, and no others."""
    owner, writer = pair
    writer.execute("update public.moving set a = 11")
    xid = writer.execute("select pg_current_xact_id()").fetchone()
    assert xid is not None
    writer.execute("commit")
    logged = [
        owner.execute(_LOGGED.encode(), [tag, xid[0]]).fetchone() for tag in ("a:10", "a:11", "a:*")
    ]
    assert [(True,), (True,), (False,)] == logged
