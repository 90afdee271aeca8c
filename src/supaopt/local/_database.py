"""
The database behind the API: a cluster of our own, or one that somebody else runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

from supaopt.local import _bootstrap
from supaopt.local._ports import start_on_port
from supaopt.local._postgres import DATABASE, OWNER, SUPERUSER, Postgres

if TYPE_CHECKING:
    from pathlib import Path

    from supaopt.local._processes import Child
    from supaopt.local._project import Project

_MARK = "prepared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """
    Where the three who work in the database connect.

    Attributes:
        owner: Owner of the database, who migrates it and looks at its schema.
        rest: Role of the REST server, which may become any API role.
        auth: Role of the Auth server, which owns the schema ``auth``.
    """

    owner: str = field(repr=False)
    rest: str = field(repr=False)
    auth: str = field(repr=False)


class Database(Protocol):
    """
    What the guard of a stack asks of its database.
    """

    def open(self) -> tuple[Logins, list[Child]]:
        """
        Make it ready for the API; return who connects how, and the processes to watch.
        """
        ...

    def close(self) -> None:
        """
        Take back what *open* did beyond starting processes.
        """
        ...


class OwnCluster:
    """
    A Postgres that lives and ends with the stack.

    Args:
        state_dir: Folder of the stack.
        project: Its passwords.
        port: Port that must be used, or None for any.
        preferred_port: Port to use if it is free.
        disposable: Whether its data need not survive a crash of the machine.
    """

    def __init__(
        self,
        state_dir: Path,
        project: Project,
        *,
        port: int | None,
        preferred_port: int | None,
        disposable: bool,
    ) -> None:
        self._postgres = Postgres(state_dir, project, disposable=disposable)
        self._mark = state_dir / _MARK
        self._project = project
        self._port = port
        self._preferred_port = preferred_port

    def open(self) -> tuple[Logins, list[Child]]:
        """
        Start the server, making the cluster first if there is none.

        Raises:
            StackError: It did not start.
        """
        if self._postgres.is_new:
            self._postgres.create()
        child, port = start_on_port(
            self._postgres.start, self._port, self._preferred_port, part="postgres"
        )
        try:
            self._prepare(port)
        except BaseException:
            child.stop()
            raise
        password = self._project.service_password
        logins = Logins(
            owner=self._url(OWNER, self._project.owner_password, port),
            rest=self._url("authenticator", password, port),
            auth=self._url("supabase_auth_admin", password, port),
        )
        return logins, [child]

    def close(self) -> None:
        """
        Do nothing: the guard stops the server.
        """

    def _prepare(self, port: int) -> None:
        # Once, and again after an upgrade of supaopt: the scripts may run any number of times.
        version = _bootstrap.version()
        if self._mark.exists() and self._mark.read_text() == version:
            return
        superuser = self._url(SUPERUSER, self._project.superuser_password, port)
        _bootstrap.prepare_cluster(superuser, self._project)
        _bootstrap.prepare_project(self._url(OWNER, self._project.owner_password, port))
        self._mark.write_text(version)

    @staticmethod
    def _url(user: str, password: str, port: int) -> str:
        return f"postgresql://{user}:{quote(password)}@127.0.0.1:{port}/{DATABASE}"


class ForeignDatabase:
    """
    A database that somebody else runs: the API alone is ours.

    Args:
        url: Where a role connects that owns the database and may create roles.
        password: Password of the two login roles that exist while the stack runs.
        suffix: What tells those roles from those of other stacks on the same cluster.
    """

    def __init__(self, url: str, *, password: str, suffix: str) -> None:
        self._url = url
        self._password = password
        self._logins = {
            "authenticator": f"supaopt_rest_{suffix}",
            "supabase_auth_admin": f"supaopt_auth_{suffix}",
        }

    def open(self) -> tuple[Logins, list[Child]]:
        """
        Give the database what the API needs.

        Raises:
            StackError: It cannot be reached, is a Supabase project already, or refuses.
        """
        _bootstrap.prepare_foreign(self._url, self._logins, self._password)
        logins = Logins(
            owner=self._url,
            rest=self._as(self._logins["authenticator"]),
            auth=self._as(self._logins["supabase_auth_admin"]),
        )
        return logins, []

    def close(self) -> None:
        """
        Drop the login roles.
        """
        _bootstrap.drop_logins(self._url, self._logins)

    def _as(self, user: str) -> str:
        parts = urlsplit(self._url)
        host = parts.netloc.rpartition("@")[2]
        netloc = f"{user}:{quote(self._password)}@{host}"
        return urlunsplit(parts._replace(netloc=netloc))
