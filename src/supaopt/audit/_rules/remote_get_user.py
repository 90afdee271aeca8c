"""
The Auth server is asked, for every request, whose token this is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for method, call, _ in source.auth_calls():
        of_token = method == "get_user" and (call.args or call.keywords)
        if of_token and source.serves and source.function_of(call) is not None:
            yield Hit(call, "get_user(token) asks the Auth server at every call")


RULE = Rule(
    code="SUP205",
    name="remote-get-user",
    why=(
        "The Auth server looks the user and the session up in the database: a network call and "
        "several queries before the route's own work begins, and no route works when it is down."
    ),
    help="verify the token locally, in microseconds: supaopt's auth.authenticate(token)",
    bad="""
import os

from fastapi import Header
from supabase import create_client

supabase = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])


def current_user(authorization: str = Header()):
    return supabase.auth.get_user(authorization.removeprefix("Bearer ")).user
""",
    good="""
from fastapi import Header
from supaopt.auth import SupabaseAuth

auth = SupabaseAuth.from_env()


def current_user(authorization: str = Header()):
    return auth.authenticate(authorization.removeprefix("Bearer ")).user
""",
    check=_check,
)
