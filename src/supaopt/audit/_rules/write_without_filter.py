"""
An update or delete of every row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        write = query.step("update", "delete")
        if write and query.is_executed and not query.filters:
            yield Hit(write.call, f"{write.name} without a filter: every row that the key may see")


RULE = Rule(
    code="SUP106",
    name="write-without-filter",
    why=(
        "Without a filter every row changes. The hosted API refuses that (`UPDATE requires a WHERE "
        "clause`), so it fails there; elsewhere it succeeds."
    ),
    help='say which rows: .eq("id", ...), or in a migration, if it is to be all of them',
    bad="""
from supabase import Client


def reset(client: Client) -> None:
    client.table("profiles").update({"is_active": False}).execute()
""",
    good="""
from supabase import Client


def reset(client: Client, ids: list[str]) -> None:
    client.table("profiles").update({"is_active": False}).in_("id", ids).execute()
""",
    check=_check,
)
