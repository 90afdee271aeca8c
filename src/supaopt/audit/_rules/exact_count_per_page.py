"""
Every page counts the whole table.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._parts import keyword_of, text_of
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        select, page = query.step("select"), query.step("range", "offset")
        if select is None or page is None or not query.is_executed:
            continue
        exact = text_of(keyword_of(select.call, "count")) == "exact"
        is_later_page = not isinstance(page.argument(0), ast.Constant)
        if exact and is_later_page and source.handler_of(query.node) is not None:
            yield Hit(select.call, "an exact count of all rows for every page")


RULE = Rule(
    code="SUP209",
    name="exact-count-per-page",
    why=(
        "To count exactly, Postgres visits every row that the filters leave and the policies "
        "allow, page after page, to show a number that is out of date when it arrives."
    ),
    help='count="estimated", which counts exactly where there are few, or no count past page one',
    bad="""
from fastapi import Depends, FastAPI
from supabase import Client

from app.db import get_client

app = FastAPI()


@app.get("/orders")
def orders(first: int = 0, client: Client = Depends(get_client)):
    orders = client.table("orders").select("id,total", count="exact").order("id")
    page = orders.range(first, first + 49).execute()
    return {"rows": page.data, "total": page.count}
""",
    good="""
from fastapi import Depends, FastAPI
from supabase import Client

from app.db import get_client

app = FastAPI()


@app.get("/orders")
def orders(first: int = 0, client: Client = Depends(get_client)):
    orders = client.table("orders").select("id,total", count="estimated").order("id")
    page = orders.range(first, first + 49).execute()
    return {"rows": page.data, "total": page.count}
""",
    check=_check,
)
