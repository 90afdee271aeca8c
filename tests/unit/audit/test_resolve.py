"""
What counts as a client, told by a rule that every client's query breaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[str], list[str]]
    Tree = Callable[[dict[str, str]], list[str]]

_CLIENTS = {
    "a name": """
        c = create_client(url, key)
        c.table("t").select("*").execute()
    """,
    "an awaited name": """
        async def f():
            c = await acreate_client(url, key)
            await c.table("t").select("*").execute()
    """,
    "a module's member": """
        import supabase
        c = supabase.create_client(url, key)
        c.table("t").select("*").execute()
    """,
    "a renamed import": """
        from supabase import create_client as connect
        connect(url, key).table("t").select("*").execute()
    """,
    "an annotated parameter": """
        def f(c: Client):
            c.table("t").select("*").execute()
    """,
    "an optional parameter": """
        def f(c: Optional[Client] = None, d: Client | None = None):
            d.table("t").select("*").execute()
    """,
    "a quoted annotation": """
        def f(c: "Client | None"):
            c.table("t").select("*").execute()
    """,
    "an annotated dependency": """
        Db = Annotated[Client, Depends(get_client)]
        def f(c: Db):
            c.table("t").select("*").execute()
    """,
    "what a function returns": """
        def get():
            return create_client(url, key)
        get().table("t").select("*").execute()
    """,
    "what a function says it returns": """
        def get() -> Client:
            return somewhere.client
        c = get()
        c.table("t").select("*").execute()
    """,
    "what a dependency yields": """
        client = create_client(url, key)
        def get():
            yield client
        def f(c=Depends(get)):
            c.table("t").select("*").execute()
    """,
    "a lazy global": """
        c = None
        def get():
            global c
            if c is None:
                c = create_client(url, key)
            return c
        get().table("t").select("*").execute()
    """,
    "a parameter with a fallback": """
        def f(c=None):
            c = c or create_client(url, key)
            c.table("t").select("*").execute()
    """,
    "an attribute": """
        class Repo:
            def __init__(self):
                self.c = create_client(url, key)
            def all(self):
                return self.c.table("t").select("*").execute()
    """,
    "an attribute given to the constructor": """
        class Repo:
            def __init__(self, c: Client):
                self._c = c
            def all(self):
                return self._c.table("t").select("*").execute()
    """,
    "an inherited attribute": """
        class Base:
            def __init__(self):
                self.c: Client = connect()
        class Repo(Base):
            def all(self):
                return self.c.table("t").select("*").execute()
    """,
    "an attribute of an object": """
        class Database:
            def __init__(self):
                self.c = create_client(url, key)
        db = Database()
        def all():
            return db.c.table("t").select("*").execute()
    """,
    "a property": """
        class Repo:
            @property
            def c(self) -> Client:
                return connect()
            def all(self):
                return self.c.table("t").select("*").execute()
    """,
    "a method": """
        class Repo:
            def connect(self):
                return create_client(url, key)
            def all(self):
                return self.connect().table("t").select("*").execute()
    """,
    "another schema": """
        def f(c: Client):
            c.schema("private").from_("t").select("*").execute()
    """,
    "a query in steps": """
        def f(c: Client):
            query = c.table("t")
            query = query.select("*")
            query.eq("a", 1).execute()
    """,
    "a context manager's target": """
        def get():
            yield create_client(url, key)
        def f():
            with get() as c:
                c.table("t").select("*").execute()
    """,
}
_STRANGERS = {
    "an unknown parameter": """
        def f(c):
            c.table("t").select("*").execute()
    """,
    "another library's query builder": """
        from sqlalchemy import select
        c = connect()
        c.table("t").select("*").execute()
    """,
    "another class of that name": """
        from boto3 import Client
        def f(c: Client):
            c.table("t").select("*").execute()
    """,
    "a name that is sometimes something else": """
        c = create_client(url, key)
        c = wrapped(c)
        c.table("t").select("*").execute()
    """,
    "a name that a function hides": """
        c = create_client(url, key)
        def f(c):
            c.table("t").select("*").execute()
    """,
    "a loop's variable": """
        c = create_client(url, key)
        for c in others:
            c.table("t").select("*").execute()
    """,
}


@pytest.mark.parametrize("program", _CLIENTS.values(), ids=_CLIENTS)
def test_a_client_is_found_wherever_it_comes_from(check: Check, program: str) -> None:
    """Names, attributes, parameters and calls are followed to where the client is made."""
    assert ["select-star"] == check(program)


@pytest.mark.parametrize("program", _STRANGERS.values(), ids=_STRANGERS)
def test_what_may_be_something_else_is_left_alone(check: Check, program: str) -> None:
    """Where it is not certain that an object is a client, no rule speaks of it."""
    assert [] == check(program)


_USES_IT = """
    # of supabase
    from {module} import {name}
    def rows():
        return {use}.table("t").select("*").execute().data
"""


@pytest.mark.parametrize(
    ("module", "name", "use"),
    [
        ("app.db", "supabase", "supabase"),
        (".db", "supabase", "supabase"),
        ("app.db", "get_supabase", "get_supabase()"),
        ("app", "db", "db.supabase"),
        ("app.again", "renamed", "renamed"),
        ("app.service", "service", "service.client"),
    ],
)
def test_a_client_is_followed_across_files(
    audit_tree: Tree, module: str, name: str, use: str
) -> None:
    """Absolute and relative imports, modules, re-exports and objects lead to the client."""
    found = audit_tree(
        {
            "app/__init__.py": "",
            "app/db.py": """
                from supabase import create_client
                supabase = create_client(url, key)
                def get_supabase():
                    return supabase
            """,
            "app/again.py": "# supabase\nfrom .db import supabase as renamed",
            "app/service.py": """
                from app.db import get_supabase
                class Service:
                    def __init__(self):
                        self.client = get_supabase()
                service = Service()
            """,
            "app/routes.py": _USES_IT.format(module=module, name=name, use=use),
        }
    )
    assert ["app/routes.py:5 select-star"] == found


def test_files_that_import_each_other_in_a_ring_end(audit_tree: Tree) -> None:
    """Two modules that take the client from each other have none."""
    found = audit_tree(
        {
            "a.py": "from b import supabase\nsupabase.table('t').select('*').execute()\n",
            "b.py": "from a import supabase\nsupabase.table('t').select('*').execute()\n",
        }
    )
    assert [] == found


def test_a_file_named_like_a_library_does_not_hide_it(audit_tree: Tree) -> None:
    """`from supabase import ...` means the library even beside an own supabase.py."""
    found = audit_tree(
        {
            "core/supabase.py": """
                from supabase import create_client
                client = create_client(url, key)
                client.table("t").select("*").execute()
            """
        }
    )
    assert ["core/supabase.py:4 select-star"] == found


def test_functions_that_call_each_other_in_rings_take_no_time(check: Check) -> None:
    """A hundred functions that all return each other's results are given up on."""
    functions = [
        f"def f{at}():\n    return " + " or ".join(f"f{other}()" for other in range(100))
        for at in range(100)
    ]
    assert [] == check("\n".join(functions) + "\nf0().table('t').select('*').execute()\n")
