"""
The process between the programs that use a stack and the stack: it starts Postgres and the API,
and stops both when one of them dies, when it is told to, or when nobody uses them any more.

    python -m supaopt.local._guard

Reads `Options` as one line of JSON on stdin. Writes events as lines of JSON on stdout: ``ready``,
``busy`` (the folder has a guard already), ``failed``, ``died``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from supaopt.errors import StackError
from supaopt.local import _state
from supaopt.local._api import Api
from supaopt.local._database import ForeignDatabase, OwnCluster
from supaopt.local._options import Options
from supaopt.local._packages import node_binary
from supaopt.local._ports import choose_port
from supaopt.local._project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.local._database import Database, Logins
    from supaopt.local._processes import Child

# Those of the Supabase CLI.
_API_PORT, _DB_PORT = 54321, 54322
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Guard:
    """
    Starts a stack, watches it, and stops it.

    Args:
        options: What to start.
        previous: Where the folder's last stack was, if it had one.
    """

    def __init__(self, options: Options, previous: _state.Running | None) -> None:
        self._ports = _ports_of(previous) if options.keep else (None, None)
        self._options = options
        self._state_dir = Path(options.state_dir)
        self._children: list[Child] = []
        self._database: Database | None = None

    def up(self) -> _state.Running:
        """
        Start everything.

        Raises:
            StackError: A part did not start.
        """
        project = Project.open(self._state_dir)
        launcher = Path(self._options.launcher)
        api = Api(node_binary(), launcher, self._state_dir / "api.log")
        self._children = [api.child]
        self._database = self._choose_database(project)
        logins, children = self._database.open()
        self._children = [*children, api.child]
        port = api.serve(self._settings(project, logins))
        running = self._describe(project, logins, port)
        running.write(self._state_dir)
        return running

    def watch(self) -> Child:
        """
        Wait until a child dies, and return it.
        """
        with _wakeup_on_death() as wakeup:
            while True:
                for child in self._children:
                    if child.process.poll() is not None:
                        return child
                wakeup.recv(1024)

    def down(self) -> None:
        """
        Stop what runs, the API before its database.
        """
        for child in reversed(self._children):
            child.stop()
        if self._database is not None:
            with contextlib.suppress(StackError):
                self._database.close()

    def _choose_database(self, project: Project) -> Database:
        if self._options.database_url:
            return ForeignDatabase(
                self._options.database_url,
                password=project.service_password,
                suffix=os.urandom(4).hex(),
            )
        return OwnCluster(
            self._state_dir,
            project,
            port=self._options.db_port,
            preferred_port=self._ports[1],
            disposable=not self._options.keep,
        )

    def _settings(self, project: Project, logins: Logins) -> dict[str, Any]:
        wanted = self._options.api_port
        return {
            "port": choose_port(wanted, self._ports[0], part="api"),
            "anyPort": wanted is None,
            "adminUrl": logins.owner,
            "restUrl": logins.rest,
            "authUrl": logins.auth,
            "publishableKey": project.publishable_key,
            "secretKey": project.secret_key,
            "jwtSecret": project.jwt_secret,
            "signingKey": project.signing_jwk,
            "hook": self._options.access_token_hook,
            "schemas": self._options.schemas,
            "maxRows": self._options.max_rows,
            "unmended": self._options.unmended,
        }

    def _describe(self, project: Project, logins: Logins, port: int) -> _state.Running:
        return _state.Running(
            pid=os.getpid(),
            detached=self._options.detached,
            url=f"http://127.0.0.1:{port}",
            db_url=logins.owner,
            publishable_key=project.publishable_key,
            secret_key=project.secret_key,
            anon_key=project.legacy_key("anon"),
            service_role_key=project.legacy_key("service_role"),
            jwt_secret=project.jwt_secret,
            signing_jwk=project.signing_jwk,
            state_dir=str(self._state_dir),
        )


def main() -> int:
    """
    Run one stack to its end.
    """
    # Logs and passwords are nobody else's business.
    os.umask(0o077)
    for number in _STOP_SIGNALS:
        signal.signal(number, _raise_exit)
    options = Options(**json.loads(sys.stdin.readline()))
    previous = _state.Running.read(Path(options.state_dir))
    lock = _state.hold(Path(options.state_dir))
    if lock is None:
        _emit("busy")
        return 0
    if not options.detached:
        threading.Thread(target=_leave_when_unused, args=[options], daemon=True).start()
    return _run(options, previous)


def _run(options: Options, previous: _state.Running | None) -> int:
    starter = os.getppid()
    guard = Guard(options, previous)
    try:
        _emit("ready", running=asdict(guard.up()))
        dead = guard.watch()
        _emit("died", part=dead.part, message=dead.obituary(), log=dead.log_tail())
    except StackError as error:
        _emit("failed", part=error.part, message=str(error.args[0]), log=error.log)
        return 1
    except OSError as error:
        message = f"{error.filename or options.state_dir} cannot be used: {error.strerror}"
        _emit("failed", part="state", message=message, log="")
        return 1
    finally:
        # Stopping must not be cut short: nobody may be left to do the rest.
        _ignore_signals()
        guard.down()
        if not options.keep:
            shutil.rmtree(options.state_dir, ignore_errors=True)
        if os.getppid() != starter and not options.detached:
            _say("stopped the local Supabase, whose program has died")
    return 0


@contextlib.contextmanager
def _wakeup_on_death() -> Iterator[socket.socket]:
    ours, signals = socket.socketpair()
    signals.settimeout(0)
    with ours, signals:
        signal.set_wakeup_fd(signals.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(-1)


def _leave_when_unused(options: Options) -> None:
    # The file stays open: newcomers wait until we are gone, and then start a stack of their own.
    _users = _state.await_unused(Path(options.state_dir))
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait()


def _ports_of(previous: _state.Running | None) -> tuple[int | None, int | None]:
    # A stack that is kept should have the same URLs every time.
    if previous is None:
        return _API_PORT, _DB_PORT
    return urlsplit(previous.url).port, urlsplit(previous.db_url).port


def _raise_exit(_number: int, _frame: object) -> None:
    _ignore_signals()
    raise SystemExit(0)


def _ignore_signals() -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _emit(event: str, **values: object) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
        sys.stdout.flush()


def _say(message: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"supaopt: {message}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    # Without the interpreter's farewells: the lock is released when, and only when, we are gone.
    try:
        code = main()
    except SystemExit:
        code = 0
    os._exit(code)
