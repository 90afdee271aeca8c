"""
Rows are kept in the process and nothing ever takes them away.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._parts import last_name
from supaopt.audit._rule import Hit, Rule
from supaopt.audit._scopes import FunctionNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_FOR_GOOD = frozenset({"functools.cache", "functools.lru_cache"})


def _check(source: Source) -> Iterator[Hit]:
    if "cache_clear" in source.text:
        return
    for query in source.queries:
        function = source.function_of(query.node)
        if not query.is_executed or not isinstance(function, FunctionNode) or query.write:
            continue
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if source.resolver.dotted(called) in _FOR_GOOD:
                yield Hit(decorator, f"{last_name(decorator)} keeps these rows until a restart")


RULE = Rule(
    code="SUP303",
    name="kept-for-good",
    why=(
        "functools keeps a result as long as the process runs, each process its own: after a "
        "change some answers are old and some new, for days. And rows that one user may see are "
        "handed to the next who asks with the same arguments."
    ),
    help="give it a lifetime and an end: supaopt.cache ends an entry at the write's commit",
    bad="""
import os
from functools import lru_cache

from supabase import create_client

client = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])


@lru_cache
def plans():
    return client.table("plans").select("id,price").limit(50).execute().data
""",
    good="""
import os

from supabase import create_client
from supaopt.cache import DatabaseCacheManager

client = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_SECRET_KEY"])
cache = DatabaseCacheManager(client)


@cache.cached("plans", duration="5 minutes", tags=["plans"])
def plans():
    return client.table("plans").select("id,price").limit(50).execute().data
""",
    check=_check,
)
