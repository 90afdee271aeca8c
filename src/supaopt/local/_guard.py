"""
The process between the user's program and the stack: it starts Postgres and the API, and stops
both when one of them dies, when it is told to, or when the user's program is gone.

    python -m supaopt.local._guard

Reads `Options` as one line of JSON on stdin; the end of stdin means that the user's program is
gone. Writes events as lines of JSON on stdout: progress, ready, busy, failed, died.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from supaopt.errors import StackError
from supaopt.local import _state
from supaopt.local._api import start_api
from supaopt.local._bootstrap import prepare_cluster, prepare_project
from supaopt.local._options import Options
from supaopt.local._packages import node_binary
from supaopt.local._ports import choose_port
from supaopt.local._postgres import DATABASE, OWNER, SUPERUSER, Postgres
from supaopt.local._project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.local._processes import Child

_API_PORT = 54321
_DB_PORT = 54322


class Guard:
    """
    Starts the stack, watches it, and stops it.

    Args:
        options: What to start.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._state_dir = Path(options.state_dir)
        self._children: list[Child] = []

    def up(self) -> _state.Running:
        """
        Start everything.

        Raises:
            StackError: A part did not start.
        """
        project = Project.open(self._state_dir)
        urls = self._start_postgres(project)
        api_port = self._start_api(project, urls)
        running = _state.Running(
            pid=os.getpid(),
            url=f"http://127.0.0.1:{api_port}",
            db_url=urls["adminUrl"],
            publishable_key=project.publishable_key,
            secret_key=project.secret_key,
            anon_key=project.legacy_key("anon"),
            service_role_key=project.legacy_key("service_role"),
            jwt_secret=project.jwt_secret,
            signing_jwk=project.signing_jwk,
            state_dir=str(self._state_dir),
        )
        running.write(self._state_dir)
        return running

    def watch(self) -> Child | None:
        """
        Wait until the stack should end.

        Returns:
            The child that died, or None when nobody needs the stack any more.
        """
        with _wakeups() as wakeup:
            watched = [wakeup] if self._options.detached else [wakeup, sys.stdin.buffer]
            while True:
                for child in self._children:
                    if child.process.poll() is not None:
                        return child
                readable, _, _ = select.select(watched, [], [])
                if sys.stdin.buffer in readable:
                    return None
                if _stop_signals & set(wakeup.recv(64)):
                    return None

    def down(self) -> None:
        """
        Stop what runs, the API before its database.
        """
        for child in reversed(self._children):
            child.stop()

    def _start_postgres(self, project: Project) -> dict[str, str]:
        postgres = Postgres(self._state_dir, project, disposable=self._options.disposable)
        is_new = postgres.is_new
        if is_new:
            postgres.create()
        port = choose_port(self._options.db_port, _DB_PORT, part="postgres")
        self._children.append(postgres.start(port))
        if is_new:
            prepare_cluster(_url(SUPERUSER, project.superuser_password, port), project)
            prepare_project(_url(OWNER, project.owner_password, port))
        return {
            "adminUrl": _url(OWNER, project.owner_password, port),
            "restUrl": _url("authenticator", project.service_password, port),
            "authUrl": _url("supabase_auth_admin", project.service_password, port),
        }

    def _start_api(self, project: Project, urls: dict[str, str]) -> int:
        port = choose_port(self._options.api_port, _API_PORT, part="api")
        settings: dict[str, Any] = urls | {
            "port": port,
            "publishableKey": project.publishable_key,
            "secretKey": project.secret_key,
            "jwtSecret": project.jwt_secret,
            "jwtExpiry": 3600,
            "signingKey": project.signing_jwk,
            "siteUrl": "http://127.0.0.1:3000",
            "hook": self._options.access_token_hook,
            "schemas": self._options.schemas,
            "maxRows": self._options.max_rows,
            "poolSize": 10,
            "unmended": self._options.unmended,
        }
        child, port = start_api(
            node_binary(), Path(self._options.launcher), self._state_dir / "api.log", settings
        )
        self._children.append(child)
        return port


_stop_signals = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


@contextlib.contextmanager
def _wakeups() -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    for number in (*_stop_signals, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    with ours, theirs:
        yield ours
        signal.set_wakeup_fd(-1)


def _url(user: str, password: str, port: int) -> str:
    return f"postgresql://{user}:{quote(password)}@127.0.0.1:{port}/{DATABASE}"


def _emit(event: str, **values: object) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
        sys.stdout.flush()


def main() -> int:
    """
    Run one stack to its end.
    """
    started = time.monotonic()
    options = json.loads(sys.stdin.readline())
    guard = Guard(Options(**options))
    lock = _state.lock(Path(options["state_dir"]))
    if lock is None:
        _emit("busy")
        return 0
    with lock:
        try:
            running = guard.up()
            _emit("ready", running=asdict(running), seconds=time.monotonic() - started)
            dead = guard.watch()
            if dead:
                _emit("died", part=dead.part, message=dead.obituary(), log=dead.log_tail())
        except StackError as error:
            _emit("failed", part=error.part, message=str(error), log=error.log)
            return 1
        finally:
            guard.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
