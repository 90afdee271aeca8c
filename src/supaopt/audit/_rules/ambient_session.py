"""
A server asks the client who is signed in, rather than the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for method, call, client in source.auth_calls():
        asks = method in {"get_session", "get_user"} and not call.args and not call.keywords
        if asks and client.shared and source.serves and source.function_of(call) is not None:
            yield Hit(call, f"{method}() of a shared client tells who signed in last, anywhere")


RULE = Rule(
    code="SUP108",
    name="ambient-session",
    why=(
        "Without a token, get_user() and get_session() answer from the client's own session: the "
        "last sign-in of whoever, or nobody. get_session() does not even verify what it holds."
    ),
    help="verify the token that the request brings: supaopt's auth.authenticate_request(request)",
    bad="""
import os

from fastapi import FastAPI
from supabase import create_client

app = FastAPI()
supabase = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])


@app.get("/me")
def me():
    return {"email": supabase.auth.get_user().user.email}
""",
    good="""
from fastapi import FastAPI, Request
from supaopt.auth import SupabaseAuth

app = FastAPI()
auth = SupabaseAuth.from_env()


@app.get("/me")
def me(request: Request):
    return {"email": auth.authenticate_request(request).user.email}
""",
    check=_check,
)
