"""
What a database needs before the API can serve it: roles, schemas, default grants.
"""

from __future__ import annotations

from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from supaopt.errors import StackError

if TYPE_CHECKING:
    from supaopt.local._project import Project

_REST_ROLE = "authenticator"
_AUTH_ROLE = "supabase_auth_admin"


def prepare_cluster(superuser_url: str, project: Project) -> None:
    """
    Prepare a cluster of our own, in which ``postgres`` shall own the database.

    Args:
        superuser_url: Where ``supabase_admin`` connects.
        project: Passwords that the roles get.
    """
    with closing(psycopg.connect(superuser_url)) as connection:
        _run(connection, "1_roles.sql")
        _run(connection, "2_cluster.sql")
        _set_password(connection, "postgres", project.owner_password)
        _set_password(connection, _REST_ROLE, project.service_password)
        _set_password(connection, _AUTH_ROLE, project.service_password)
        connection.commit()


def prepare_foreign_cluster(owner_url: str) -> None:
    """
    Prepare a database that somebody else runs.

    Args:
        owner_url: Where a role connects that may create roles and owns the database.

    Raises:
        StackError: It cannot be reached, or it is a Supabase project already.
    """
    with closing(_connect(owner_url)) as connection:
        if connection.execute("select to_regclass('auth.schema_migrations')").fetchone() != (None,):
            raise StackError(
                "the database holds a real Supabase Auth, whose tables must not be touched: "
                "pass the URL of a plain, empty database",
                part="postgres",
            )
        _run(connection, "1_roles.sql")
        connection.commit()


def prepare_project(owner_url: str) -> None:
    """
    Give the database its extensions and default grants, as its owner.
    """
    with closing(psycopg.connect(owner_url)) as connection:
        _run(connection, "3_project.sql")
        connection.commit()


def create_logins(owner_url: str, names: dict[str, str], password: str) -> None:
    """
    Create login roles of our own in a foreign cluster, whose passwords are not ours to set.

    Args:
        owner_url: Where a role connects that may create roles.
        names: For ``authenticator`` and ``supabase_auth_admin`` the login that stands for it.
        password: Password of both.
    """
    with closing(psycopg.connect(owner_url)) as connection:
        for role, login in names.items():
            inherit = sql.SQL("noinherit" if role == _REST_ROLE else "inherit")
            connection.execute(
                sql.SQL("create role {} login {} in role {} password {}").format(
                    sql.Identifier(login), inherit, sql.Identifier(role), sql.Literal(password)
                )
            )
        connection.commit()


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        known = conninfo_to_dict(url)
        raise StackError(
            f"no connection to Postgres at {known.get('host')}:{known.get('port', 5432)}: {error}",
            part="postgres",
        ) from error


def _run(connection: psycopg.Connection, name: str) -> None:
    script = (files("supaopt.local") / "bootstrap" / name).read_bytes()
    connection.execute(script)


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    connection.execute(
        sql.SQL("alter role {} login password {}").format(
            sql.Identifier(role), sql.Literal(password)
        )
    )
