"""
What a database needs before the API can serve it: roles, schemas, default grants.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from supaopt.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from supaopt.local._project import Project

_ROLES, _CLUSTER, _PROJECT = "1_roles.sql", "2_cluster.sql", "3_project.sql"


def version() -> str:
    """
    Return what changes whenever one of the scripts does.
    """
    digest = hashlib.sha256()
    for name in (_ROLES, _CLUSTER, _PROJECT):
        digest.update(_script(name))
    return digest.hexdigest()


def prepare_cluster(superuser_url: str, project: Project) -> None:
    """
    Prepare a cluster of our own, in which ``postgres`` shall own the database.

    Args:
        superuser_url: Where ``supabase_admin`` connects.
        project: Passwords that the roles get.
    """
    with _connected(superuser_url) as connection:
        connection.execute(_script(_ROLES))
        connection.execute(_script(_CLUSTER))
        for role, password in {
            "postgres": project.owner_password,
            "authenticator": project.service_password,
            "supabase_auth_admin": project.service_password,
        }.items():
            statement = sql.SQL("alter role {} login password {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def prepare_project(owner_url: str) -> None:
    """
    Give the database its extensions and default grants, as its owner.
    """
    with _connected(owner_url) as connection:
        connection.execute(_script(_PROJECT))


def prepare_foreign(owner_url: str, logins: Mapping[str, str], password: str) -> None:
    """
    Prepare a database that somebody else runs.

    Args:
        owner_url: Where a role connects that owns the database and may create roles.
        logins: For ``authenticator`` and ``supabase_auth_admin`` the new role that logs in for it:
            their own passwords are not ours to set.
        password: Password of the new roles.

    Raises:
        StackError: It cannot be reached, is a Supabase project already, or refuses.
    """
    with _connected(owner_url) as connection:
        found = connection.execute("select to_regclass('auth.schema_migrations')").fetchone()
        if found != (None,):
            raise StackError(
                "this database belongs to a real Supabase Auth, whose tables must not be touched: "
                "pass the URL of a plain database",
                part="postgres",
            )
        connection.execute(_script(_ROLES))
        connection.execute(_script(_PROJECT))
        for role, login in logins.items():
            _create_login(connection, login, role, password)


def drop_logins(owner_url: str, logins: Mapping[str, str]) -> None:
    """
    Drop the roles that `prepare_foreign` made.
    """
    with _connected(owner_url) as connection:
        for login in logins.values():
            connection.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(login)))


def _create_login(connection: psycopg.Connection, login: str, role: str, password: str) -> None:
    # `set role` at login makes what the login does, and what it creates, the role's own. The REST
    # server's role must stay powerless until a request names one of the API roles.
    for statement in (
        "create role {login} login noinherit in role {role} password {password}",
        "alter role {login} set role = {role}",
    ):
        connection.execute(
            sql.SQL(statement).format(
                login=sql.Identifier(login),
                role=sql.Identifier(role),
                password=sql.Literal(password),
            )
        )


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    # The message of a failed connection names host, port and reason, and never a password.
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        known = conninfo_to_dict(url)
        raise StackError(
            f"Postgres at {known.get('host')}:{known.get('port', 5432)}, as "
            f"{known.get('user')}, refused: {str(error).strip()}",
            part="postgres",
        ) from error


def _script(name: str) -> bytes:
    return (files("supaopt.local") / "bootstrap" / name).read_bytes()
