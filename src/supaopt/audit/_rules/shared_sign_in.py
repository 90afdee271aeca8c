"""
A user signs in on the client that serves everybody.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source

_SIGN_INS = frozenset(
    {
        *("exchange_code_for_session", "refresh_session", "set_session", "sign_in_anonymously"),
        *("sign_in_with_id_token", "sign_in_with_password", "sign_up", "verify_otp"),
    }
)


def _check(source: Source) -> Iterator[Hit]:
    if _is_script(source):
        return
    for method, call, client in source.auth_calls():
        if method in _SIGN_INS and client.shared and source.function_of(call) is not None:
            yield Hit(call, f"{method} on a shared client signs in every later request")


def _is_script(source: Source) -> bool:
    """One user's script may sign in once for all that it does."""
    return not source.serves and any(
        isinstance(node, ast.If) and "__name__" in ast.dump(node.test) for node in source.tree.body
    )


RULE = Rule(
    code="SUP102",
    name="shared-sign-in",
    why=(
        "supabase-py keeps the session in the client and sends its token with all that follows. "
        "On a client that outlives the request, the next user's queries run as this one, and "
        "a client with the service_role key stops being one."
    ),
    help=(
        "sign in on a client of its own, made in this function, or by supaopt's "
        "auth.sign_in(...), which throws its client away"
    ),
    bad="""
import os

from fastapi import FastAPI
from supabase import create_client

app = FastAPI()
supabase = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_ANON_KEY"])


@app.post("/login")
def login(email: str, password: str):
    answer = supabase.auth.sign_in_with_password({"email": email, "password": password})
    return {"token": answer.session.access_token}
""",
    good="""
from fastapi import FastAPI
from supaopt.auth import SupabaseAuth

app = FastAPI()
auth = SupabaseAuth.from_env()


@app.post("/login")
def login(email: str, password: str):
    session = auth.sign_in(email=email, password=password)
    return {"token": session.access_token}
""",
    check=_check,
)
