"""
The local Supabase as a context manager.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from supaopt.errors import ConfigError, StackError
from supaopt.local import _state
from supaopt.local._options import Options
from supaopt.local._packages import install_launcher
from supaopt.local._privileges import unprivileged_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

_STOP_SECONDS = 30


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"supaopt: {message}\n")


class LocalSupabase:
    """
    Postgres, REST and Auth of a Supabase project, on this machine's loopback.

    A context manager; or call `start` and `stop`. Both processes end with this one, however it
    ends, unless *detached*.

    Args:
        state_dir: Folder that keeps the data; a temporary one, removed at the end, when None.
        api_port: Port of the API; a free one when None.
        db_port: Port of Postgres; a free one when None.
        database_url: A Postgres to use in place of our own: a plain, empty database, as a role
            that may create roles.
        schemas: Schemas that the API exposes.
        max_rows: Most rows that one answer holds.
        access_token_hook: Function that Auth calls before it issues a token, if it exists.
        detached: Whether the stack lives on after this process.
        progress: Told, in a sentence, what takes long; stderr when None.

    Examples:
        >>> with LocalSupabase() as stack:  # doctest: +SKIP
        ...     stack.url
        'http://127.0.0.1:54321'
    """

    def __init__(
        self,
        state_dir: str | Path | None = None,
        *,
        api_port: int | None = None,
        db_port: int | None = None,
        database_url: str | None = None,
        schemas: Sequence[str] = ("public",),
        max_rows: int = 1000,
        access_token_hook: str = "public.custom_access_token_hook",  # noqa: S107 - a name
        detached: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        if detached and state_dir is None:
            raise ConfigError("a detached stack needs a state_dir, by which it is found again")
        self._wanted_dir = Path(state_dir).absolute() if state_dir else None
        self._settings: dict[str, Any] = {
            "api_port": api_port,
            "db_port": db_port,
            "database_url": database_url,
            "schemas": tuple(schemas),
            "max_rows": max_rows,
            "access_token_hook": access_token_hook,
            "detached": detached,
            "disposable": state_dir is None,
        }
        self._progress = progress or _to_stderr
        self._guard: subprocess.Popen[str] | None = None
        self._running: _state.Running | None = None
        self._state_dir: Path | None = None

    def __repr__(self) -> str:
        return f"LocalSupabase({self._running.url if self._running else 'stopped'})"

    @property
    def url(self) -> str:
        """
        The project's URL, as ``create_client`` takes it.
        """
        return self._info.url

    @property
    def db_url(self) -> str:
        """
        Postgres as the owner of the database, who is no superuser.
        """
        return self._info.db_url

    @property
    def publishable_key(self) -> str:
        """
        API key of anonymous callers.
        """
        return self._info.publishable_key

    @property
    def secret_key(self) -> str:
        """
        API key of the server side, which passes RLS.
        """
        return self._info.secret_key

    @property
    def anon_key(self) -> str:
        """
        The legacy form of `publishable_key`.
        """
        return self._info.anon_key

    @property
    def service_role_key(self) -> str:
        """
        The legacy form of `secret_key`.
        """
        return self._info.service_role_key

    @property
    def jwt_secret(self) -> str:
        """
        Shared secret of legacy HS256 tokens.
        """
        return self._info.jwt_secret

    @property
    def signing_jwk(self) -> dict[str, Any]:
        """
        Private ES256 key that signs the access tokens of users, as a JSON Web Key.
        """
        return dict(self._info.signing_jwk)

    @property
    def issuer(self) -> str:
        """
        What access tokens carry as ``iss``.
        """
        return f"{self.url}/auth/v1"

    @property
    def state_dir(self) -> Path:
        """
        Folder with the data and the logs.
        """
        return Path(self._info.state_dir)

    @property
    def attached(self) -> bool:
        """
        Whether the stack was started by another process, which goes on when this one stops.
        """
        return self._running is not None and self._guard is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        death = self._death()
        self.stop()
        if death is not None and (error is None or isinstance(error, Exception)):
            raise death from error

    def start(self) -> Self:
        """
        Start the stack, or find the one that runs in the same *state_dir*.

        Returns:
            This object, with every property set.

        Raises:
            StackError: It did not start; ``part`` says which part, ``log`` what that printed.
        """
        if self._running is not None:
            return self
        self._state_dir = self._make_state_dir()
        try:
            while self._running is None:
                self._running = _state.find_running(self._state_dir) or self._launch()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """
        Stop the stack, unless another process started it. Stopping twice does no harm.
        """
        guard, self._guard, self._running = self._guard, None, None
        if guard is not None:
            _end(guard)
        if self._wanted_dir is None and self._state_dir is not None:
            shutil.rmtree(self._state_dir, ignore_errors=True)

    def check(self) -> None:
        """
        Raise if a part of the stack has died.

        Raises:
            StackError: It has; the message says which part, and how.
        """
        if death := self._death():
            raise death

    def wait(self) -> None:
        """
        Wait until the stack ends.

        Raises:
            StackError: A part of it died.
        """
        if self._guard is not None and self._guard.stdout is not None:
            select.select([self._guard.stdout], [], [])
        self.check()

    def reload_schema(self) -> None:
        """
        Have the API look at the schema again, and return when it has.

        It also does so by itself soon after each change; call this where "soon" is too late.
        """
        request = urllib.request.Request(  # noqa: S310 - loopback, http
            f"{self.url}/_supaopt/reload", method="POST", headers={"apikey": self.secret_key}
        )
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310

    @property
    def _info(self) -> _state.Running:
        if self._running is None:
            raise StackError("the local Supabase is not running: call start() first", part="state")
        return self._running

    def _make_state_dir(self) -> Path:
        if self._wanted_dir is None:
            return Path(tempfile.mkdtemp(prefix="supaopt-"))
        try:
            self._wanted_dir.mkdir(parents=True, mode=0o700, exist_ok=True)
            (self._wanted_dir / ".gitignore").write_text("*\n")
        except OSError as error:
            raise StackError(
                f"the state folder {self._wanted_dir} cannot be used ({error.strerror}): "
                "name a folder that you may write",
                part="state",
            ) from error
        return self._wanted_dir

    def _launch(self) -> _state.Running | None:
        launcher = install_launcher(self._progress)
        options = Options(
            state_dir=str(self._state_dir),
            launcher=str(launcher),
            unmended=_unmended(),
            **self._settings,
        )
        self._guard = _spawn(options)
        event = _read_event(self._guard)
        if event["event"] == "ready":
            return _state.Running(**event["running"])
        _end(self._guard)
        self._guard = None
        if event["event"] == "busy":
            return None
        raise StackError(event["message"], part=event["part"], log=event["log"])

    def _death(self) -> StackError | None:
        guard = self._guard
        if guard is None or guard.stdout is None or not select.select([guard.stdout], [], [], 0)[0]:
            return None
        event = _read_event(guard)
        return StackError(event["message"], part=event["part"], log=event["log"])


def _unmended() -> tuple[str, ...]:
    return tuple(name for name in os.environ.get("SUPAOPT_UNMENDED", "").split(",") if name)


def _spawn(options: Options) -> subprocess.Popen[str]:
    # -P: the current folder may hold modules that shadow ours.
    guard = subprocess.Popen(  # noqa: S603
        [*unprivileged_prefix(), sys.executable, "-P", "-m", "supaopt.local._guard"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert guard.stdin
    guard.stdin.write(json.dumps(asdict(options)) + "\n")
    guard.stdin.flush()
    return guard


def _read_event(guard: subprocess.Popen[str]) -> dict[str, Any]:
    assert guard.stdout
    line = guard.stdout.readline()
    if not line:
        return {
            "event": "failed",
            "part": "state",
            "message": "the process that guards the local Supabase ended unexpectedly",
            "log": "",
        }
    event: dict[str, Any] = json.loads(line)
    return event


def _end(guard: subprocess.Popen[str]) -> None:
    assert guard.stdin and guard.stdout  # noqa: PT018
    guard.stdin.close()
    try:
        guard.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        guard.kill()
        guard.wait()
    guard.stdout.close()
