"""
Programs beside the rules' own examples: what they must find, and what they must leave alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[str], list[str]]
    Tree = Callable[[dict[str, str]], list[str]]

_FOUND = {
    "select-star": [
        "def f(c: Client): c.table('t').select().execute()",
        "def f(c: Client): c.table('t').select('id, lines(*)').execute()",
        "def f(c: Client): c.table('t').select('*', count='exact').execute()",
    ],
    "query-in-loop": [
        "def f(c: Client, xs): return [c.rpc('f', {'x': x}).execute() for x in xs]",
        """
        async def f(c: AsyncClient, xs):
            lines = c.table("t").select("a")
            return await asyncio.gather(*(lines.eq("x", x).execute() for x in xs))
        """,
        """
        def f(c: Client, rows):
            for at, row in enumerate(rows):
                key = row["id"]
                c.table("t").update({"at": at}).eq("id", key).execute()
        """,
        """
        def f(c: Client, rows):
            for row in rows:
                c.table("t").insert({"id": row["id"]}).execute()
        """,
    ],
    "write-without-filter": [
        "def f(c: Client): c.table('t').delete().execute()",
        "def f(c: Client): c.table('t').update({'a': 1}).order('a').limit(1).execute()",
    ],
    "shared-sign-in": [
        """
        class Auth:
            def __init__(self):
                self.c = create_client(url, key)
            def up(self, x):
                self.c.auth.sign_up(x)
        auth = Auth()
        """,
        """
        from functools import lru_cache
        @lru_cache
        def get():
            return create_client(url, key)
        def up(x):
            get().auth.set_session(x, x)
        """,
    ],
    "shared-token": [
        """
        c = create_client(url, key)
        def f(token):
            c.options.headers["Authorization"] = token
        """,
        """
        c = create_client(url, key)
        def f(token):
            c.postgrest.session.headers.update({"Authorization": token})
        """,
    ],
    "unverified-token": [
        "def f(t): return jwt.decode(t, options={'verify_signature': False, 'verify_aud': False})",
        "from jose import jwt as j\ndef f(t): return j.get_unverified_claims(t)",
    ],
    "loose-algorithms": [
        "def f(t, k): jwt.decode(t, k, algorithms=[jwt.get_unverified_header(t)['alg']])",
        "def f(t, k): jwt.decode(t, k, ['none'])",
        "from jose import jwt as j\ndef f(t, k): return j.decode(t, k)",
    ],
    "filter-injection": [
        """
        from flask import request
        c = create_client(url, key)
        @app.route("/x")
        def f():
            q = request.args.get("q")
            c.table("t").select("a").eq("a", q).or_("a.eq." + request.args["q"]).execute()
        """,
        """
        c = create_client(url, key)
        @app.get("/x")
        def f(q: str | None = None):
            c.table("t").select("a").or_("a.eq.{}".format(q)).limit(1).execute()
        """,
    ],
    "editable-metadata": [
        "def f(user): return (user.user_metadata or {}).get('is_admin')",
        "def f(claims): return claims['user_metadata']['role'] == 'admin'",
    ],
    "secret-logged": [
        "print(os.environ['SUPABASE_SERVICE_ROLE_KEY'])",
        "import logging\ndef f(s): logging.info('token %s', s.access_token)",
    ],
    "client-per-request": [
        """
        def get():
            return create_client(url, key)
        @app.get("/x")
        def f(c: Client = Depends(get)):
            return c.table("t").select("a").limit(1).execute()
        """,
    ],
    "query-never-runs": [
        "def f(c: Client): c.table('t').delete().eq('id', 1)",
        "async def f(c: AsyncClient): c.table('t').delete().eq('id', 1).execute()",
        "async def f(c: AsyncClient): return c.table('t').select('a').execute().data",
    ],
    "writes-step-by-step": [
        """
        def f(c: Client, x):
            try:
                new = c.table("a").insert(x).execute().data[0]
                c.table("b").insert({"a": new["id"]}).execute()
            except OSError:
                pass
        """,
    ],
    "rows-sifted-here": [
        """
        def f(c: Client):
            rows = c.table("t").select("a").execute()
            return sorted(rows.data, key=lambda row: row["a"])
        """,
    ],
    "rows-counted-here": ["def f(c: Client): return len(c.table('t').select('a').execute().data)"],
}
_LEFT_ALONE = {
    "a head": "def f(c: Client): c.table('t').select('*', head=True, count='exact').execute()",
    "columns by name": "def f(c: Client): c.table('t').select(columns='a').execute()",
    "columns from elsewhere": "def f(c: Client, columns): c.table('t').select(*columns).execute()",
    "what a write returns": "def f(c: Client): c.table('t').insert({}).select('*').execute()",
    "a loop over batches": """
        def f(c: Client, rows):
            for batch in chunked(rows, 500):
                c.table("t").insert(batch).execute()
            for ids in groups:
                c.table("t").delete().in_("id", ids).execute()
        """,
    "a loop over tables": """
        def f(c: Client, names):
            for name in names:
                c.table(name).select("id").limit(1).execute()
        """,
    "a loop over pages": """
        def f(c: Client):
            for page in range(100):
                c.table("t").select("id").order("id").range(page * 9, page * 9 + 8).execute()
        """,
    "a loop over attempts": """
        def f(c: Client, user):
            for attempt in range(3):
                c.table("t").select("id").eq("user", user).execute()
        """,
    "a loop of the same query": """
        def f(c: Client, xs, user):
            for x in xs:
                c.table("t").select("id").eq("user", user).execute()
        """,
    "a loop that only reads the rows": """
        def f(c: Client):
            for row in c.table("t").select("id").limit(9).execute().data:
                print(row["id"])
        """,
    "a function defined in a loop": """
        def f(c: Client, xs):
            for x in xs:
                def later():
                    return c.table("t").select("id").eq("x", x).execute()
        """,
    "a filtered write in steps": """
        def f(c: Client, ids):
            query = c.table("t").delete()
            if ids:
                query = query.in_("id", ids)
            query.execute()
        """,
    "a query changed in place": """
        def f(c: Client, x):
            query = c.table("t").delete()
            query.eq("id", x)
            query.execute()
        """,
    "whether there are rows at all": """
        def f(c: Client):
            if len(c.table("a").select("id").eq("b", 1).execute().data):
                return 1
        """,
    "a negated filter": "def f(c: Client): c.table('t').delete().not_.is_('a', 'null').execute()",
    "a sign-in on a client of its own": """
        def f(x):
            c = create_client(url, key)
            return c.auth.sign_in_with_password(x)
        """,
    "an admin call on a shared client": """
        c = create_client(url, key)
        def f(x):
            return c.auth.admin.create_user(x)
        """,
    "a token on a client of its own": """
        def f(token):
            c = create_client(url, key)
            c.postgrest.auth(token)
            return c
        """,
    "a look before the verification": """
        def f(token, key):
            issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
            return jwt.decode(token, key, algorithms=["ES256"], issuer=issuer)
        """,
    "one value of one filter": """
        c = create_client(url, key)
        @app.get("/x")
        def f(q: str):
            c.table("t").select("a").ilike("a", f"%{q}%").limit(1).execute()
        """,
    "a number in a filter": """
        c = create_client(url, key)
        @app.get("/x")
        def f(q: int):
            c.table("t").select("a").or_(f"a.eq.{q},b.eq.{q}").limit(1).execute()
        """,
    "a verified caller in a filter": """
        c = create_client(url, key)
        @app.get("/x")
        def f(caller: str = Depends(current_user)):
            c.table("t").select("a").or_(f"a.eq.{caller},b.eq.{caller}").limit(1).execute()
        """,
    "metadata that grants nothing": "def f(user): return user.user_metadata.get('full_name')",
    "metadata written": "def f(user): user['user_metadata']['role'] = 'x'",
    "the length of a key": "print(len(SUPABASE_SERVICE_ROLE_KEY), bool(access_token))",
    "whether there is a key": "print(f'key set: {SUPABASE_SERVICE_ROLE_KEY is not None}')",
    "a public key logged": "print(SUPABASE_ANON_KEY)",
    "a client kept by a dependency": """
        from functools import lru_cache
        @lru_cache
        def get():
            return create_client(url, key)
        @app.get("/x")
        def f(c: Client = Depends(get)):
            return c.table("t").select("a").limit(1).execute()
        """,
    "a client made at the start": """
        from contextlib import asynccontextmanager
        @asynccontextmanager
        async def lifespan(app):
            app.state.c = await acreate_client(url, key)
            yield
        """,
    "a thread for a blocking client": """
        async def f(c: Client):
            return await asyncio.to_thread(lambda: c.table("t").select("a").execute())
        """,
    "a query awaited later": """
        async def f(c: AsyncClient):
            return await asyncio.gather(c.table("t").select("a").execute())
        """,
    "a query returned": "def f(c: Client): return c.table('t').select('a')",
    "writes to one table": """
        def f(c: Client, x):
            c.table("a").delete().eq("id", x).execute()
            c.table("a").insert({"id": x}).execute()
        """,
    "a write and a line in a log": """
        def f(c: Client, x):
            c.table("a").insert(x).execute()
            c.table("audit_log").insert(x).execute()
        """,
    "writes of two branches": """
        def f(c: Client, x):
            if x:
                c.table("a").insert(x).execute()
            else:
                c.table("b").insert(x).execute()
        """,
    "queries of which one needs the other": """
        async def f(c: AsyncClient):
            a = await c.table("a").select("id").limit(1).execute()
            b = await c.table("b").select("id").eq("a", a.data[0]["id"]).execute()
            return b
        """,
    "rows counted and read": """
        def f(c: Client):
            rows = c.table("a").select("id").eq("b", 1).execute()
            return rows.data, len(rows.data)
        """,
    "whether there is a row": """
        def f(c: Client):
            return len(c.table("a").select("id").eq("b", 1).execute().data) > 0
        """,
    "rows sifted and read": """
        def f(c: Client):
            rows = c.table("a").select("id,s").execute()
            return [row for row in rows.data if row["s"] == 1], rows.data
        """,
    "a first page": """
        def f(c: Client):
            return c.table("a").select("id").range(0, 9).execute()
        """,
    "a route that checks its caller": """
        c = create_client(url, os.environ["SUPABASE_SERVICE_ROLE_KEY"])
        @app.delete("/orders/{id}")
        def f(id: str, request: Request):
            verify(request.headers["authorization"])
            c.table("orders").delete().eq("id", id).execute()
        """,
    "a route with a dependency": """
        c = create_client(url, os.environ["SUPABASE_SERVICE_ROLE_KEY"])
        @app.delete("/orders/{id}")
        def f(id: str, who=Depends(somebody)):
            c.table("orders").delete().eq("id", id).execute()
        """,
    "a hook": """
        c = create_client(url, os.environ["SUPABASE_SERVICE_ROLE_KEY"])
        @app.post("/webhooks/stripe")
        def f(event: dict):
            c.table("orders").insert(event).execute()
        """,
    "a route under an ordinary key": """
        c = create_client(url, os.environ["SUPABASE_ANON_KEY"])
        @app.delete("/orders/{id}")
        def f(id: str):
            c.table("orders").delete().eq("id", id).execute()
        """,
    "a placeholder for a key": "KEY = 'sb_secret_your_key_goes_here_please'",
    "the key of every local Supabase": "KEY = 'sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz'",
}


@pytest.mark.parametrize(
    ("name", "program"),
    [(name, program) for name, programs in _FOUND.items() for program in programs],
)
def test_a_fault_is_found_in_other_forms(check: Check, name: str, program: str) -> None:
    """The rule speaks of it, and no other rule does."""
    assert [name] == check(program)


@pytest.mark.parametrize("program", _LEFT_ALONE.values(), ids=_LEFT_ALONE)
def test_what_is_right_is_left_alone(check: Check, program: str) -> None:
    """No rule speaks of what only resembles a fault."""
    assert [] == check(program)


def test_many_steps_on_many_names_take_no_time(check: Check) -> None:
    """Fifty optional filters on one name, and a thousand names in a row, are read once each."""
    steps = "\n".join(f"    if a{at}: query = query.eq('a{at}', a{at})" for at in range(50))
    program = f"def f(c: Client):\n    query = c.table('t').delete()\n{steps}\n"
    assert [] == check(f"{program}    query.execute()\n")
    names = "\n".join(f"q{at + 1} = q{at}.eq('a', {at})" for at in range(1000))
    assert [] == check(f"q0 = create_client(url, key).table('t')\n{names}\nq1000.execute()\n")


def test_a_script_may_sign_in_once(audit_tree: Tree) -> None:
    """What serves one user, and no requests, may keep that user's session."""
    text = """
        import os
        from supabase import create_client
        client = create_client(os.environ["URL"], os.environ["KEY"])
        def main():
            client.auth.sign_in_with_password({})
        if __name__ == "__main__":
            main()
    """
    assert [] == audit_tree({"script.py": text})


def test_middleware_of_another_file_guards_routes(audit_tree: Tree) -> None:
    """A route is no open one when the application checks callers before any route runs."""
    routes = """
        import os
        from fastapi import APIRouter
        from supabase import create_client
        router = APIRouter()
        admin = create_client(os.environ["URL"], os.environ["SUPABASE_SECRET_KEY"])
        @router.delete("/orders/{order}")
        def cancel(order: str):
            return admin.table("orders").delete().eq("id", order).execute().data
    """
    assert ["routes.py:9 open-secret-route"] == audit_tree({"routes.py": routes})
    main = "app.include_router(router, dependencies=[Depends(signed_in)])\n"
    assert [] == audit_tree({"routes.py": routes, "main.py": main})
