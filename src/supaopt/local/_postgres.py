"""
A Postgres cluster of our own.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from supaopt.errors import StackError
from supaopt.local._packages import postgres_tool
from supaopt.local._privileges import Account, die_with_parent
from supaopt.local._processes import Child

if TYPE_CHECKING:
    from pathlib import Path

    from supaopt.local._project import Project

SUPERUSER = "supabase_admin"
OWNER = "postgres"
DATABASE = "postgres"

_START_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # A socket's path may hold 107 bytes only, and TCP serves everybody.
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "wal_level": "logical",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_DISPOSABLE = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """
    The cluster in one state folder.

    Args:
        state_dir: Folder of the stack.
        project: Its passwords.
        disposable: Whether its data need not survive a crash of the machine.
    """

    def __init__(self, state_dir: Path, project: Project, *, disposable: bool) -> None:
        self._data = state_dir / "pgdata"
        self._unfinished = state_dir / "pgdata.new"
        self._password_file = state_dir / "initdb.password"
        self._log = state_dir / "postgres.log"
        self._project = project
        self._disposable = disposable
        self._account = Account.needed()

    @property
    def is_new(self) -> bool:
        """
        Whether the cluster has yet to be made.
        """
        return not self._data.exists()

    def create(self) -> None:
        """
        Make the cluster.

        Raises:
            StackError: ``initdb`` failed: no space, no rights, or no account to run as.
        """
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir(mode=0o700)
        self._password_file.write_text(self._project.superuser_password)
        if self._account:
            self._account.give(self._unfinished)
            self._account.give(self._password_file)
        try:
            self._initdb()
        finally:
            self._password_file.unlink()
        self._unfinished.replace(self._data)

    def start(self, port: int) -> Child:
        """
        Start the server and wait until it takes connections.

        Raises:
            StackError: It did not come up.
        """
        settings = _SETTINGS | (_DISPOSABLE if self._disposable else {}) | {"port": str(port)}
        arguments = [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        child = Child(
            "postgres",
            [postgres_tool("postgres"), "-D", str(self._data), *arguments],
            log=self._log,
            stop_signal=signal.SIGINT,
            cwd="/",
            preexec_fn=die_with_parent(),
            **self._as_account(),
        )
        try:
            self._await_ready(child)
        except BaseException:
            child.stop()
            raise
        return child

    def _initdb(self) -> None:
        finished = subprocess.run(  # noqa: S603 - all of it comes from the wheel
            [
                postgres_tool("initdb"),
                *("-D", str(self._unfinished), "-U", SUPERUSER, f"--pwfile={self._password_file}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self._as_account(),
        )
        if finished.returncode != 0:
            log = (finished.stderr or finished.stdout).strip()
            raise StackError(
                f"Postgres could not create its data in {self._data}{self._advice()}",
                part="postgres",
                log=log,
            )

    def _await_ready(self, child: Child) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready(child.process.pid):
            child.require_alive("starting")
            if time.monotonic() > deadline:
                raise child.failure(f"postgres was not ready within {_START_SECONDS} s")
            time.sleep(0.01)

    def _is_ready(self, pid: int) -> bool:
        # The server itself says so in its lock file, which no other program on the port can fake.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _as_account(self) -> dict[str, Any]:
        return self._account.options() if self._account else {}

    def _advice(self) -> str:
        if self._account is None:
            return ""
        return (
            f" as {self._account.name} (it refuses root): that account must be able to read "
            "the packages and to reach the state folder"
        )
