"""
A route lists a whole table, or the first thousand rows of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._queries import Query
    from supaopt.audit._source import Source

_BOUNDS = ("limit", "range", "offset", "single", "maybe_single", "max_affected")
# Conditions that choose few rows, as far as one can tell.
_CHOICES = frozenset({"eq", "in_", "match", "is_", "or_", "filter", "contains", "cs", "overlaps"})


def _check(source: Source) -> Iterator[Hit]:
    for query in source.queries:
        is_list = query.is_executed and query.is_read and _is_unbounded(query)
        if is_list and source.handler_of(query.node) is not None:
            yield Hit(query.node, "a list without a limit: the API cuts it off at its row cap")


def _is_unbounded(query: Query) -> bool:
    select = query.step("select")
    if select is None or any(keyword.arg == "head" for keyword in select.call.keywords):
        return False
    chosen = any(step.name in _CHOICES for step in query.filters)
    return not chosen and query.step(*_BOUNDS) is None and query.step("rpc") is None


RULE = Rule(
    code="SUP208",
    name="unbounded-list",
    why=(
        "The whole table travels while it is small. Later the API sends its first rows, 1,000 by "
        "default, and nothing says that there were more."
    ),
    help='ask for a page: .order("id").limit(50), with .gt("id", last) for the next',
    bad="""
from fastapi import Depends, FastAPI
from supabase import Client

from app.db import get_client

app = FastAPI()


@app.get("/products")
def products(client: Client = Depends(get_client)):
    return client.table("products").select("id,name").order("id").execute().data
""",
    good="""
from fastapi import Depends, FastAPI
from supabase import Client

from app.db import get_client

app = FastAPI()


@app.get("/products")
def products(after: int = 0, client: Client = Depends(get_client)):
    products = client.table("products").select("id,name").gt("id", after)
    return products.order("id").limit(50).execute().data
""",
    check=_check,
)
